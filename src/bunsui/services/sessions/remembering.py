"""Histories as whoever looks at sessions reads them: what was read holds for a moment, where a backend counts requests.

What is decided by a history is never read through here: it must be whole.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from bunsui.model.history import Execution, HistoryEvent
from bunsui.ports import StateMachines

_MOST = 8  # executions whose events are kept: those looked at last
_LONGEST = 50_000  # events of one; of a longer history nothing is kept


@dataclass(slots=True)
class _Kept:
    until: float = 0.0  # seconds on the clock
    events: list[HistoryEvent] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def last(self) -> int:
        return self.events[-1].id if self.events else 0


class Remembering:
    """`holds` seconds pass between two requests for one history, whoever asks; with 0 each asks for himself."""

    def __init__(self, machines: StateMachines, clock: Callable[[], float], holds: float) -> None:
        self._machines = machines
        self._clock = clock
        self._holds = holds
        self._kept: dict[str, _Kept] = {}
        self._lock = threading.Lock()

    def describe(self, arn: str) -> Execution:
        return self._machines.describe(arn)

    def history(self, arn: str, after: int = 0) -> Iterator[HistoryEvent]:
        if not self._holds:
            return self._machines.history(arn, after)
        return iter(self._read(self._of(arn), arn, after))

    def expire(self) -> None:
        """The next look is to see everything, as when an execution has ended with those that it started."""
        with self._lock:
            for kept in self._kept.values():
                kept.until = 0.0

    def _of(self, arn: str) -> _Kept:
        with self._lock:
            kept = self._kept[arn] = self._kept.pop(arn, _Kept())
            for old in [*self._kept][:-_MOST]:
                del self._kept[old]
            return kept

    def _read(self, kept: _Kept, arn: str, after: int) -> list[HistoryEvent]:
        with kept.lock:
            if self._clock() >= kept.until:
                kept.events += self._machines.history(arn, kept.last)
                kept.until = self._clock() + self._holds
            found = [event for event in kept.events if event.id > after]
            if len(kept.events) > _LONGEST:
                kept.events, kept.until = [], 0.0
            return found
