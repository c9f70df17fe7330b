"""Does what is due, from a thread of its own, for as long as this process is the engine.

What is due, and how it is done, is the caller's; here is only when.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

_LOOK_SECONDS = 1.0  # between two looks: other processes write what is due, too
_REACH = 7 * 86_400.0  # an engine does not stay for what is due later than that
log = logging.getLogger("bunsui.engine")

Sweep = Callable[[], float | None]


class Sweeper:
    def __init__(self, sweep: Sweep, clock: Callable[[], float] = time.time) -> None:
        """`sweep` does what is due, and gives when the next thing is (seconds since the epoch), None if there is none.

        It looks for itself again and again: what is due may be written by anybody.
        """
        self._sweep = sweep
        self._clock = clock
        self._next: float | None = None
        self._swept = 0
        self._wake = threading.Event()
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="bunsui-sweeper", daemon=True)
        self._thread.start()

    @property
    def idle(self) -> bool:
        """Whether there is nothing to stay for."""
        return self._swept > 0 and (self._next is None or self._next > self._clock() + _REACH)

    def look(self) -> None:
        """Look now: something may have become due."""
        self._wake.set()

    def close(self) -> None:
        """It ends after what it is doing."""
        self._stopping = True
        self._wake.set()

    @property
    def closed(self) -> bool:
        return not self._thread.is_alive()

    def _run(self) -> None:
        while not self._stopping:
            try:
                self._next = self._sweep()
            except Exception:  # whatever a sweep does, the engine goes on
                log.warning("what is due could not be done", exc_info=True)
            self._swept += 1
            ahead = _LOOK_SECONDS if self._next is None else self._next - self._clock()
            self._wake.wait(min(max(ahead, 0.0), _LOOK_SECONDS))
            self._wake.clear()
