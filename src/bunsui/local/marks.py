"""What tasks tell while they run, kept in the Table: live progress, and saved positions that outlive attempts.

Outcomes are not here: they go through the journal.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping

from bunsui.errors import BackendError, Conflict
from bunsui.local.launch import Progress, Saved
from bunsui.model.json import Json
from bunsui.ports import Record, Table

_EVERY = 0.5  # seconds between two writes of one operation's progress
_TRIES = 5
_MOST_KEPT = 10_000
log = logging.getLogger("bunsui.engine")


class Marks:
    def __init__(self, table: Table, clock: Callable[[], float] = time.time) -> None:
        self._table = table
        self._clock = clock
        self._positions: dict[str, dict[str, Json]] = {}  # session -> key -> position
        self._pending: dict[tuple[str, str], dict[str, Json]] = {}  # place -> body, not written yet
        self._revisions: dict[tuple[str, str], int] = {}
        self._written = 0.0

    def position(self, session: str, key: str) -> Json:
        """What an earlier attempt of this operation saved, or None."""
        if session not in self._positions:
            if len(self._positions) > _MOST_KEPT:
                self._positions.clear()
            self._positions[session] = self._load(session)
        return self._positions[session].get(key)

    def forget(self, session: str) -> None:
        """The session is gone; one that takes its name begins anew."""
        self._positions.pop(session, None)
        self._pending = {place: body for place, body in self._pending.items() if place[0] != _partition(session)}

    def saved(self, report: Saved) -> None:
        """Durable when it returns: the spool forgets it with the outcome."""
        session = report.key.partition("/")[0]
        place = (_partition(session), f"saved#{report.key}")
        self._write(place, {"position": report.position, "at": report.at, "id": report.id})
        if session in self._positions:
            self._positions[session][report.key] = report.position

    def progress(self, report: Progress) -> None:
        """Kept for `flush`: what is not written before the next one is overwritten by it."""
        self._pending[_progress_place(report.context)] = {
            "done": report.done,
            "total": report.total,
            "note": report.note,
            "at": report.at,
            "attempt": report.context.get("attempt"),
        }

    def flush(self, *, all: bool = False) -> None:
        """Write pending progress, not too often. Losing some is allowed: it never stops the engine."""
        now = self._clock()
        if not self._pending or (not all and now - self._written < _EVERY):
            return
        self._written = now
        pending, self._pending = self._pending, {}
        for place, body in pending.items():
            try:
                self._write(place, body)
            except BackendError as error:
                log.warning("progress of %s is lost: %s", place[1], error)

    @property
    def due(self) -> float | None:
        """When `flush` has something to write, if ever."""
        return self._written + _EVERY if self._pending else None

    def _write(self, place: tuple[str, str], body: Mapping[str, Json]) -> None:
        revision = self._revisions.get(place, 0)
        for _ in range(_TRIES):
            try:
                self._keep(place, self._table.put(Record(*place, body, revision=revision)).revision)
                return
            except Conflict:
                found = self._table.get(*place)
                revision = found.revision if found else 0
        raise BackendError(f"{place[0]} {place[1]} changed all the time")

    def _keep(self, place: tuple[str, str], revision: int) -> None:
        if len(self._revisions) > _MOST_KEPT:
            self._revisions.clear()
        self._revisions[place] = revision

    def _load(self, session: str) -> dict[str, Json]:
        found: dict[str, Json] = {}
        after: str | None = None
        while True:
            page = self._table.query(_partition(session), "saved#", after=after)
            found |= {record.sort.removeprefix("saved#"): record.body["position"] for record in page.records}
            if (after := page.next) is None:
                return found


def _partition(session: str) -> str:
    return f"session#{session}"


def _progress_place(context: Mapping[str, Json]) -> tuple[str, str]:
    item = context.get("item")
    suffix = "" if item is None else f"#{item}"
    return _partition(str(context["session"])), f"progress#{context['operation']}{suffix}"
