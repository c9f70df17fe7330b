"""An engine in a process of its own, and the file that engines write what they have to say to.

The engine itself is in `host`, which is loaded only where it is hosted.
"""

from __future__ import annotations

import logging
import os
import subprocess
import sys
from io import TextIOWrapper

from bunsui.local import database
from bunsui.local.home import Home

log = logging.getLogger("bunsui.engine")


def log_to_file(home: Home) -> None:
    """What the engine says goes into a file of the home: a command that hosts it has a terminal of its own use."""
    if not log.handlers:
        log.addHandler(_PrivateFile(home.run / "engine.log", delay=True, encoding="utf-8"))
        log.propagate = False


class _PrivateFile(logging.FileHandler):
    def handleError(self, record: logging.LogRecord) -> None:
        """A log that cannot be written must not spoil the terminal; what keeps the engine waiting is told there."""

    def _open(self) -> TextIOWrapper:
        return open(
            self.baseFilename, "a", encoding=self.encoding, opener=lambda path, flags: os.open(path, flags, 0o600)
        )


def background_argv() -> list[str]:
    """How an engine of its own is started; the hidden command ends when idle."""
    return [sys.executable, "-m", "bunsui", "engine"]


def spawn_background(home: Home) -> None:
    """Start an engine that outlives this process, unless one waits already. It takes over when the lock frees."""
    path = home.run / "engine.log"
    with database.translated(path):
        output = os.open(path, os.O_CREAT | os.O_WRONLY | os.O_APPEND, 0o600)
        try:
            subprocess.Popen(  # noqa: S603 (our own interpreter, no user text)
                background_argv(),
                env={**os.environ, "BUNSUI_HOME": str(home.path)},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                cwd=home.path,
                start_new_session=True,
            )
        finally:
            os.close(output)
