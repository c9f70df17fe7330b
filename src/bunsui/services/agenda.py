"""What somebody must do at a time: records that say when they are due, and the sweep that does what they ask for.

Any number may sweep at once: whatever is done here is conditional on what was read, and safe to repeat. Locally the
engine sweeps; whoever looks at a session does its part of it.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime

from bunsui.ports import Record, Table
from bunsui.services.wiring import rfc3339

_INDEX, _ALL = "due", "all"
_AT_ONCE = 100  # records of a page
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
        now, after = rfc3339(self._clock()), None
        while True:
            page = self._table.query_index(_INDEX, _ALL, limit=_AT_ONCE, after=after)
            for record in page.records:
                if _when(record) > now:
                    return
                yield record
            if (after := page.next) is None:
                return

    def next(self) -> float | None:
        """When the next is due, in seconds since the epoch; None when nothing is."""
        page = self._table.query_index(_INDEX, _ALL, limit=1)
        return datetime.fromisoformat(_when(page.records[0])).timestamp() if page.records else None

    def sweep(self) -> float | None:
        """Do what is due. Gives when to come back, None if there is nothing to come back for."""
        self.do_due()
        following = self.next()
        return None if following is None else max(following, self._clock() + _PAUSE)

    def do_due(self, going: Callable[[], bool] = lambda: True) -> Sequence[str]:
        """Do what is due as long as `going` says so. Gives what failed, in words; the others were done all the same."""
        failed: list[str] = []
        for record in list(self.due()):
            doer = self._doers.get(record.sort.partition("#")[0])
            if doer is None or not going():
                continue
            try:
                doer(record)
            except Exception as error:  # one that fails must not keep the others from being done
                log.warning("%s of %s failed", record.sort, record.partition, exc_info=True)
                failed.append(f"{record.sort} of {record.partition}: {type(error).__name__}: {error}")
        return failed


def _when(record: Record) -> str:
    return record.indexes[_INDEX][1].partition("#")[0]
