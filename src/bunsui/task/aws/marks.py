"""What a task tells while it runs, in the environment's table: live progress, and positions that outlive attempts.

The records are those that the local engine writes (`local.marks`); who reads them is `services.records.files`.
"""

from __future__ import annotations

import threading
import time
from typing import Any

from bunsui.task.aws.client import AwsError
from bunsui.task.aws.services import Items
from bunsui.task.current import Context

_EVERY = 0.5  # seconds between two writes of progress


class Marks:
    def __init__(self, items: Items, context: Context) -> None:
        self._items = items
        self._context = context
        self._partition = f"session#{context.session}"
        self._pending: dict[str, Any] | None = None
        self._lock = threading.Lock()
        self._written = 0.0

    def position(self) -> Any:
        """What an earlier attempt of this work saved, or None. Raises AwsError."""
        found = self._items.get(self._partition, self._saved)
        return None if found is None else found["position"]

    def save(self, position: Any, at: float) -> None:
        """Durable when it returns. Raises AwsError."""
        body = {"position": position, "at": at, "id": self._context.attempt}
        self._items.put(self._partition, self._saved, body, tries=5)

    def progress(self, done: float, total: float | None, note: str, at: float) -> None:
        """Kept for `flush`: what is not written before the next one is overwritten by it."""
        with self._lock:
            attempt = self._context.attempt
            self._pending = {"done": done, "total": total, "note": note, "at": at, "attempt": attempt}

    def flush(self, *, all: bool = False) -> None:
        """Write what is pending, not too often. Losing some is allowed."""
        with self._lock:
            if self._pending is None or (not all and time.monotonic() - self._written < _EVERY):
                return
            body, self._pending = self._pending, None
            self._written = time.monotonic()
        item = "" if self._context.item is None else f"#{self._context.item}"
        try:
            self._items.put(self._partition, f"progress#{self._context.operation}{item}", body, tries=2)
        except AwsError:
            return

    @property
    def _saved(self) -> str:
        return f"saved#{self._context.key}"
