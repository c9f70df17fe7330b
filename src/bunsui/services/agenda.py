"""What somebody must do at a time: records that say when they are due, and the sweep that does what they ask for.

Any number may sweep at once: whatever is done here is conditional on what was read, and safe to repeat. Locally the
engine sweeps; whoever looks at a session does its part of it.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime

from bunsui.ports import Record, Table
from bunsui.services.wiring import rfc3339

_INDEX, _ALL = "due", "all"
_AT_ONCE = 100  # records of a sweep
_PAUSE = 1.0  # seconds before what is still due after a sweep is tried again
log = logging.getLogger("bunsui.agenda")

Doers = Mapping[str, Callable[[Record], None]]


def due_at(at: float | str, id: str) -> dict[str, tuple[str, str]]:
    """The index of a record that is due at a time: seconds since the epoch, or RFC 3339 as `rfc3339` writes it."""
    return {_INDEX: (_ALL, f"{rfc3339(at) if isinstance(at, float) else at}#{id}")}


class Agenda:
    def __init__(self, table: Table, clock: Callable[[], float], doers: Doers | None = None) -> None:
        """`doers` are called with the records whose sort is theirs, or begins with theirs and a ``#``."""
        self._table = table
        self._clock = clock
        self._doers = doers or {}

    def due(self) -> Iterator[Record]:
        """What is due now, the oldest first."""
        now = rfc3339(self._clock())
        for record in self._table.query_index(_INDEX, _ALL, limit=_AT_ONCE).records:
            if _when(record) > now:
                return
            yield record

    def next(self) -> float | None:
        """When the next is due, in seconds since the epoch; None when nothing is."""
        page = self._table.query_index(_INDEX, _ALL, limit=1)
        return datetime.fromisoformat(_when(page.records[0])).timestamp() if page.records else None

    def sweep(self) -> float | None:
        """Do what is due. Gives when to come back, None if there is nothing to come back for."""
        for record in list(self.due()):
            doer = self._doers.get(record.sort.partition("#")[0])
            if doer is None:
                continue
            try:
                doer(record)
            except Exception:  # one that fails must not keep the others from being done
                log.warning("%s of %s failed", record.sort, record.partition, exc_info=True)
        following = self.next()
        return None if following is None else max(following, self._clock() + _PAUSE)


def _when(record: Record) -> str:
    return record.indexes[_INDEX][1].partition("#")[0]
