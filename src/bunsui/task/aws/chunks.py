"""Lines of one attempt on their way to the bucket, as numbered chunks that never change: `task.attempt_log.Chunks`.

Where they go is the same on a laptop: ``logs/<session>/<operation>/[<item>/]<attempt>/000001.jsonl``.
"""

from __future__ import annotations

import threading

from bunsui.task.aws.client import AwsError
from bunsui.task.aws.services import Bucket
from bunsui.task.current import Context

_MOST = 8 * 1024 * 1024  # bytes in memory, while the bucket takes nothing
_AT_ONCE = 1024 * 1024


class BucketChunks:
    """Lines are added and closed by whoever reads them, and shipped by another thread."""

    def __init__(self, bucket: Bucket, prefix: str) -> None:
        self._bucket = bucket
        self._prefix = prefix
        self._buffer = bytearray()
        self._closed = 0  # bytes of it that are to go
        self._number = 0
        self._lock = threading.Lock()
        self._shipping = threading.Lock()
        self.lost = 0

    @property
    def waiting(self) -> int:
        return len(self._buffer)

    def add(self, line: bytes) -> None:
        with self._lock:
            if len(self._buffer) >= _MOST:
                self.lost += 1
            else:
                self._buffer += line

    def write(self) -> bool:
        with self._lock:
            self._closed = len(self._buffer)
            return self._closed < _MOST

    def shed(self) -> None:
        with self._lock:
            self.lost += self._buffer.count(b"\n")
            self._buffer.clear()
            self._closed = 0

    def close(self) -> None:
        return

    def ship(self, tries: int) -> bool:
        """Send what is closed; False if the bucket does not take it now."""
        with self._shipping:
            while self._closed:
                body = self._next()
                try:
                    while not self._bucket.put_if_absent(self._key(), body, tries):
                        self._number += 1  # an attempt that was delivered twice goes on behind the other's
                except AwsError:
                    return False
                self._number += 1
                with self._lock:
                    del self._buffer[: len(body)]
                    self._closed -= len(body)
            return True

    def left(self) -> bytes:
        """What no bucket took."""
        with self._lock:
            return bytes(self._buffer)

    def _key(self) -> str:
        return f"{self._prefix}{self._number + 1:06d}.jsonl"

    def _next(self) -> bytes:
        """Whole lines."""
        with self._lock:
            if self._closed <= _AT_ONCE:
                return bytes(self._buffer[: self._closed])
            end = self._buffer.rfind(b"\n", 0, _AT_ONCE) + 1 or self._buffer.find(b"\n", _AT_ONCE) + 1
            return bytes(self._buffer[: min(end, self._closed)])


def prefix_of(context: Context) -> str:
    """As `model.log.attempt_prefix` has it; nothing that a machine's author named leads out of it."""
    item = "" if context.item is None else f"{context.item}/"
    return f"logs/{_safe(context.session)}/{_safe(context.operation)}/{item}{_safe(context.attempt)}/"


def _safe(name: str) -> str:
    name = name.replace("/", "%2F").replace("\0", "%00")
    return "%2E" + name[1:] if name.startswith(".") else name
