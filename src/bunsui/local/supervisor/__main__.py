"""``python -m bunsui.local.supervisor HOME SOCKET WORKERS LINGER``: started by `client`, never by hand.

Says ``ready`` or ``taken`` on stdout, then speaks only on its socket. Complaints go to stderr.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import socket
import sys
from functools import partial
from pathlib import Path

from bunsui.local.supervisor.loop import Loop
from bunsui.local.supervisor.runtime import prepare
from bunsui.local.supervisor.server import Server
from bunsui.local.supervisor.supervisor import Supervisor


def main(arguments: list[str]) -> None:
    home, socket_path = Path(arguments[0]), arguments[1]
    workers, linger = int(arguments[2]), float(arguments[3])
    umask = os.umask(0o077)
    lock_path = home / "run" / "supervisor.lock"
    lock = _lock(lock_path)
    if lock is None:
        _say("taken")
        return
    removed = partial(_is_other, lock, lock_path)
    loop = Loop()
    supervisor = Supervisor(home, prepare(home / "run"), socket_path, workers, loop, umask)
    server = Server(_listen(socket_path), supervisor, loop, linger, removed)
    _say("ready")
    supervisor.warm_up(_likely_python())
    server.run()
    if not removed():
        Path(socket_path).unlink(missing_ok=True)  # while the lock is still held: it is nobody else's


def _likely_python() -> str:
    """What most pipelines run their functions with (see `runtime.python`)."""
    environment = os.environ.get("VIRTUAL_ENV")
    python = os.path.join(environment, "bin", "python") if environment else ""
    return python if os.path.exists(python) else sys.executable


def _lock(path: Path) -> int | None:
    """One supervisor a home; the kernel frees it at death."""
    descriptor = os.open(path, os.O_CREAT | os.O_RDWR, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    return descriptor


def _is_other(descriptor: int, path: Path) -> bool:
    """Whether the file that we hold is no longer the one of that name."""
    try:
        return not os.path.samestat(os.fstat(descriptor), os.stat(path))
    except FileNotFoundError:
        return True


def _listen(path: str) -> socket.socket:
    Path(path).unlink(missing_ok=True)  # of a dead one: we hold the lock
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listener.bind(path)
    listener.listen(64)
    return listener


def _say(word: str) -> None:
    with contextlib.suppress(OSError):  # whoever began it may have ended meanwhile
        os.write(1, word.encode() + b"\n")
    nothing = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nothing, 1)
    os.close(nothing)


if __name__ == "__main__":
    main(sys.argv[1:])
