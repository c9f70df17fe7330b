"""While the backend cannot be reached: what could not be had, why, since when, and when it is tried again.

The loader's threads tell of it and the app asks; what is shown of it is `widgets/banner`.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, replace

from bunsui.tui.asked import Asked

_FIRST, _LONGEST = 1.0, 30.0  # seconds between two tries


@dataclass(frozen=True, slots=True)
class Outage:
    reason: str
    hint: str
    had: float | None  # monotonic: when something was read last
    retry: float  # monotonic: when it is tried again


class Missed:
    """What could not be had. It is asked for again together, not whenever a screen would like to know."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: dict[tuple[str, int], Asked] = {}
        self._trying: dict[tuple[str, int], Asked] = {}
        self._outage: Outage | None = None
        self._pause = _FIRST
        self._had: float | None = None

    def add(self, asked: Asked, reason: str, hint: str) -> None:
        now = time.monotonic()
        with self._lock:
            self._trying.pop(asked.key, None)
            self._waiting[asked.key] = asked
            retry = self._outage.retry if self._outage else now + self._pause
            self._outage = Outage(reason, hint, self._had, retry)

    def had(self, asked: Asked) -> None:
        """It could be had, or nobody wants it any more. With the last one the outage has ended."""
        with self._lock:
            self._trying.pop(asked.key, None)
            self._waiting.pop(asked.key, None)
            if not self._trying and not self._waiting:
                self._outage, self._pause, self._had = None, _FIRST, time.monotonic()

    def keeps(self, asked: Asked) -> bool:
        """Whether it was missed before: then this is what is asked for next time."""
        with self._lock:
            if asked.key in self._waiting:
                self._waiting[asked.key] = asked
            return asked.key in self._waiting or asked.key in self._trying

    def taken(self) -> list[Asked]:
        """All of it, to be tried now; the pause before the next time is longer."""
        with self._lock:
            taken, self._waiting = list(self._waiting.values()), {}
            self._trying |= {one.key: one for one in taken}
            self._pause = min(self._pause * 2, _LONGEST)
            if self._outage is not None:
                self._outage = replace(self._outage, retry=time.monotonic() + self._pause)
            return taken

    @property
    def outage(self) -> Outage | None:
        return self._outage

    @property
    def is_tried(self) -> bool:
        return bool(self._trying)
