"""Views of a session as they come, without blocking: a thread waits for the next one, so that the clock goes on.

What is done with them is in `watching`.
"""

from __future__ import annotations

from collections.abc import Iterator
from queue import Empty, Queue
from threading import Thread

from bunsui.services.views import SessionView


class Feed:
    """`newest` gives what arrived, at the latest after `patience` seconds."""

    def __init__(self, views: Iterator[SessionView]) -> None:
        self.ended = False
        self._arrived: Queue[SessionView | Exception | None] = Queue()
        self._thread = Thread(target=self._read, args=(views,), name="watch", daemon=True)
        self._thread.start()

    def _read(self, views: Iterator[SessionView]) -> None:
        try:
            for view in views:
                self._arrived.put(view)
            self._arrived.put(None)
        except Exception as error:
            self._arrived.put(error)

    def next(self, patience: float) -> SessionView | None:
        """The next view, or None when there is none yet, or never will be (`ended`). Raises what the reader raised."""
        if self.ended:
            return None
        try:
            item = self._arrived.get(timeout=patience)
        except Empty:
            return None
        if isinstance(item, Exception):
            self.ended = True
            raise item
        self.ended = item is None
        return item
