"""Lines of one attempt on their way to the object store, as numbered chunks; what it does not take is spilled.

How bytes become lines is in `logs`; what is spilled, and when it is tried again, in `spill`.
"""

from __future__ import annotations

from bunsui.local.supervisor.chunk_files import UNKNOWN
from bunsui.local.supervisor.spill import Spill

CHUNK = 64 * 1024
_BUFFER_CAP = 1024 * 1024  # in memory, while no disk takes anything


class Chunks:
    def __init__(self, prefix: str, spill: Spill) -> None:
        self._prefix = prefix
        self._spill = spill
        self._last = UNKNOWN  # number of the newest chunk
        self._buffer = bytearray()
        self.lost = 0  # lines, since no disk took any

    def add(self, line: bytes) -> None:
        if len(self._buffer) >= _BUFFER_CAP:
            self.lost += 1
            return
        self._buffer += line
        if len(self._buffer) >= CHUNK and not self.lost:
            self.write()

    @property
    def waiting(self) -> int:
        return len(self._buffer)

    def write(self) -> bool:
        """Close the chunk; False if no disk took it."""
        if not self._buffer:
            return True
        if not self._taken(bytes(self._buffer)):
            return False
        self._buffer.clear()
        return True

    def _taken(self, body: bytes) -> bool:
        """By the object store, or by the spill: always by that one while it has earlier lines of the attempt."""
        if self._prefix not in self._spill and self._spill.may_store():
            try:
                self._last = self._spill.store(self._prefix, self._last, body)
                return True
            except OSError:
                pass
        return self._spill.add(self._prefix, self._last, body)

    def shed(self) -> None:
        """Give up what waits: there is no room for it. The lines count as lost."""
        self.lost += self._buffer.count(b"\n")
        self._buffer.clear()

    def close(self) -> None:
        self._spill.forget(self._prefix)
