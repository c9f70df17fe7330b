"""The end of the program with its terminal: one that is gone sends a signal only to those that it controls.

Without it a program that was started otherwise (`setsid`, `nohup`, `docker exec`) would live on, unseen, for ever.
"""

from __future__ import annotations

import os
import select
import signal
import threading

_GONE = select.POLLHUP | select.POLLERR
_EXIT = 128 + signal.SIGHUP


def end_with_terminal(descriptor: int) -> None:
    """Watch it from a thread that only waits. What runs goes on in the background, as after any end of the program."""
    threading.Thread(target=_watch, args=(descriptor,), name="tui-hangup", daemon=True).start()


def _watch(descriptor: int) -> None:
    watched = select.poll()
    watched.register(descriptor, 0)  # what is watched for needs no asking
    ((_, happened),) = watched.poll()
    if happened & _GONE:  # else the system cannot tell of terminals
        os._exit(_EXIT)
