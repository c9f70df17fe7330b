"""Purging: which ended sessions may go, how much that frees, and removing all that is theirs and nobody else's.

Pipeline texts and graphs, which sessions share by their hash, are looked through in `collecting`. Files that another
session was handed stay.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from bunsui.errors import Conflict, NotFound, Refused
from bunsui.model.json import Json
from bunsui.model.session import Session
from bunsui.model.status import SessionStatus
from bunsui.ports import Deletion, Record, StateMachines
from bunsui.services.agenda import due_at
from bunsui.services.alerts.records import PARTITION as ALERTS
from bunsui.services.alerts.service import WATCH
from bunsui.services.errors.records import ErrorRecords
from bunsui.services.records.sessions import IDS, SessionStore, partition
from bunsui.services.wiring import Ports, rfc3339

PURGE = "purge"  # the sort prefix of what was begun and is not done
_GRACE = 30.0  # seconds that whoever began has to finish it
_AT_ONCE = 50  # sessions whose executions go in one command
_PAGE = 100
_PATIENCE = 20  # times that somebody else may write a record meanwhile


@dataclass(frozen=True, slots=True)
class Selection:
    """Ended sessions: these, or all that ended so, of this pipeline, before `before` (seconds since the epoch).

    The newest `keep` of each pipeline stay.
    """

    ids: tuple[str, ...] = ()
    status: SessionStatus | None = None
    pipeline: str | None = None
    before: float | None = None
    keep: int = 0


@dataclass(frozen=True, slots=True)
class Purgeable:
    """A session that would go, and the bytes that its logs, outputs and reports take."""

    session: Session
    bytes: int


class Purging:
    def __init__(self, ports: Ports, clock: Callable[[], float]) -> None:
        self._table, self._objects, self._machines = ports.table, ports.objects, ports.machines
        self._clock = clock
        self._store = SessionStore(ports.table)
        self._errors = ErrorRecords(ports.table)

    def preview(self, selection: Selection) -> Iterator[Purgeable]:
        """What would go, newest first. Raises Refused when one that is named has not ended."""
        for session in self._named(selection.ids) if selection.ids else self._matching(selection):
            yield Purgeable(session, sum(self._objects.size(prefix) for prefix in _prefixes(session.id)))

    def _named(self, refs: Sequence[str]) -> Iterator[Session]:
        for session in {found.id: found for found in map(self._store.find, refs)}.values():
            if not _is_over(session):
                raise Refused(
                    f"session {session.id} has not ended: it is {session.status}", f"bunsui session cancel {session.id}"
                )
            yield session

    def _matching(self, wanted: Selection) -> Iterator[Session]:
        before = None if wanted.before is None else rfc3339(wanted.before)
        newer: dict[str, int] = {}
        for session in self._all(wanted.pipeline):
            newer[session.pipeline] = newer.get(session.pipeline, 0) + 1
            if (
                _is_over(session)
                and newer[session.pipeline] > wanted.keep
                and wanted.status in (None, session.status)
                and (before is None or (session.ended or session.created) < before)
            ):
                yield session

    def _all(self, pipeline: str | None = None) -> Iterator[Session]:
        after: str | None = None
        while True:
            page = self._store.list(None, pipeline, _PAGE, after)
            yield from page.sessions
            if (after := page.next) is None:
                return

    def purge(self, sessions: Iterable[Session]) -> Iterator[str]:
        """Remove them; their ids, as they are gone. One that somebody began anew meanwhile stays.

        What was begun is finished by the next sweep, if this process ends before it is done.
        """
        handed: frozenset[str] | None = None
        waiting = iter(sessions)
        while some := list(islice(waiting, _AT_ONCE)):
            begun = [record for session in some if (record := self._begun(session)) is not None]
            self._machines.forget([arn for record in begun for arn in _texts(record, "arns")])
            handed = self._handed() if handed is None else handed
            for record in begun:
                self._remove(record, handed)
                yield str(record.body["id"])

    def _begun(self, session: Session) -> Record | None:
        """It is a session no more, in one step, and all that is left to do is stored; its id stays taken until then."""
        if not _is_over(session):
            return None
        arns: list[Json] = [ref.arn for ref in session.executions if ref.arn]
        names: list[Json] = [name for arn in arns for name in _names(self._machines, str(arn))]
        body: dict[str, Json] = {"id": session.id, "arns": arns, "executions": names}
        intent = Record(_key(session.id), PURGE, body, due_at(self._clock() + _GRACE, session.id))
        try:
            self._table.transact([Deletion(partition(session.id), "session", session.revision), intent])
        except Conflict:
            return None
        return self._table.get(intent.partition, intent.sort)

    def finish(self, record: Record) -> None:
        """Go on with what was begun; for the agenda."""
        self._machines.forget(_texts(record, "arns"))
        self._remove(record, self._handed())

    def _remove(self, record: Record, handed: frozenset[str]) -> None:
        id = str(record.body["id"])
        for prefix in (*_prefixes(id), *(f"inputs/{name}/" for name in _texts(record, "executions"))):
            for key in list(self._objects.list(prefix)):
                if key not in handed:
                    self._objects.delete(key)
        self._errors.forget(id)
        for one in list(self._records(id)):
            self._delete(one.partition, one.sort)
        self._delete(WATCH, f"{WATCH}#{id}")
        self._delete(IDS, id)
        self._delete(record.partition, record.sort)

    def _records(self, id: str) -> Iterator[Record]:
        after: str | None = None
        while True:
            page = self._table.query(partition(id), limit=_PAGE, after=after)
            yield from page.records
            if (after := page.next) is None:
                break
        while True:
            page = self._table.query_index("session-alerts", id, limit=_PAGE, after=after)
            yield from (record for record in page.records if record.partition == ALERTS)
            if (after := page.next) is None:
                return

    def _delete(self, partition: str, sort: str) -> None:
        for _ in range(_PATIENCE):
            there = self._table.get(partition, sort)
            if there is None:
                return None
            try:
                return self._table.transact([Deletion(partition, sort, there.revision)])
            except Conflict:
                continue
        raise Conflict(f"{partition} {sort} is written all the time")

    def _handed(self) -> frozenset[str]:
        """Keys of files that sessions which stay were given as parameters."""
        return frozenset(key for session in self._all() for key in _references(dict(session.params)))


def _key(id: str) -> str:
    return f"{PURGE}#{id}"


def _is_over(session: Session) -> bool:
    return session.status.ended and not session.ending


def _prefixes(id: str) -> tuple[str, ...]:
    return tuple(f"{folder}/{id}/" for folder in ("logs", "outputs", "checkpoints", "reports"))


def _texts(record: Record, name: str) -> list[str]:
    found = record.body.get(name)
    return [str(one) for one in found] if isinstance(found, list) else []


def _names(machines: StateMachines, arn: str) -> Iterator[str]:
    """Of the execution and those nested in it. One that is gone has none."""
    try:
        yield machines.describe(arn).name
        children = machines.children(arn)
    except NotFound:
        return
    for child in children:
        yield from _names(machines, child)


def _references(value: Json) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(reference := value.get("$ref"), str):
            yield reference
        for one in value.values():
            yield from _references(one)
    elif isinstance(value, list):
        for one in value:
            yield from _references(one)
