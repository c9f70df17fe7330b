"""The console: alerts for the person at this process, kept until its face has room to show them.

Where nobody sits at the process, the record alone has them.
"""

from __future__ import annotations

import sys
import threading

from bunsui.model.alert import Message


class Console:
    def __init__(self) -> None:
        self._waiting: list[Message] = []
        self._lock = threading.Lock()

    def send(self, message: Message) -> str:
        if not is_attended():
            return "kept in the record"
        with self._lock:
            self._waiting.append(message)
        return "shown"

    def taken(self) -> list[Message]:
        """Those that nobody was shown yet."""
        with self._lock:
            found, self._waiting = self._waiting, []
        return found


def is_attended() -> bool:
    return sys.stderr is not None and sys.stderr.isatty()
