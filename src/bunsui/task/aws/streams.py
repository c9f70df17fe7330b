"""Standard output and error of this process, led into pipes and read by a thread: whatever writes, whoever started it.

What becomes of the bytes is in `task.attempt_log`.
"""

from __future__ import annotations

import os
import select
import sys
import threading
import time
from collections.abc import Callable
from typing import Any, TextIO

_SIZE = 1 << 16
_TICK = 0.05  # seconds: how soon an end is noticed
_LONGEST_END = 1.0  # seconds: something may go on writing
Feed = Callable[[str, bytes], None]  # the stream's name, and what was read


class Streams:
    """Made once in a process: what still writes after an end never meets a number that means something else."""

    def __init__(self) -> None:
        self._reads: dict[int, str] = {}
        self._writes: list[int] = []
        for name in ("stdout", "stderr"):
            read, write = os.pipe()
            os.set_blocking(read, False)
            self._reads[read] = name
            self._writes.append(write)
        self._texts = [_text(write) for write in self._writes]
        self._before: list[tuple[int, TextIO]] = []
        self._stopped = threading.Event()
        self._reader: threading.Thread | None = None

    @property
    def pipe(self) -> int:
        """That of stdout."""
        return self._writes[0]

    def begin(self, feed: Feed) -> None:
        """From now on all is fed."""
        for text in (sys.stdout, sys.stderr):
            _flush(text)
        self._before = [(os.dup(1), sys.stdout), (os.dup(2), sys.stderr)]
        for number, write in zip((1, 2), self._writes):
            os.dup2(write, number)
        sys.stdout, sys.stderr = self._texts
        self._stopped.clear()
        self._reader = threading.Thread(target=self._read, args=(feed,), daemon=True)
        self._reader.start()

    def end(self) -> None:
        """All that was written is fed when this returns; the streams are what they were."""
        for text in (sys.stdout, sys.stderr):
            _flush(text)
        for number, (kept, _) in enumerate(self._before, 1):
            os.dup2(kept, number)
            os.close(kept)
        sys.stdout, sys.stderr = (text for _, text in self._before)
        self._stopped.set()
        if self._reader is not None:
            self._reader.join()

    def _read(self, feed: Feed) -> None:
        while not self._stopped.is_set():
            self._fed(feed, _TICK)
        deadline = time.monotonic() + _LONGEST_END
        while self._fed(feed, 0) and time.monotonic() < deadline:
            continue

    def _fed(self, feed: Feed, patience: float) -> bool:
        """Whether there was something."""
        ready, _, _ = select.select(list(self._reads), [], [], patience)
        for descriptor in ready:
            feed(self._reads[descriptor], os.read(descriptor, _SIZE))
        return bool(ready)


def _text(number: int) -> Any:
    return open(number, "w", buffering=1, encoding="utf-8", errors="backslashreplace", closefd=False)


def _flush(text: TextIO) -> None:
    try:
        text.flush()
    except (OSError, ValueError, AttributeError):  # closed or replaced by user code
        return
