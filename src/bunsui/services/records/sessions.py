"""Session records in the Table: written conditionally, found by id, prefix, status and pipeline. Decides nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from bunsui.errors import NewerSchema, NotFound, Refused
from bunsui.model.json import Json
from bunsui.model.nearest import did_you_mean
from bunsui.model.session import SESSION_SCHEMA, ExecutionRef, Runtime, Session
from bunsui.model.status import SessionStatus
from bunsui.ports import Deletion, Record, Table
from bunsui.services.agenda import due_at
from bunsui.services.views import SessionPage

LAST = "@last"
_LIST = "See what there is: bunsui session list"
_COMPARED = 200  # sessions, to see which is meant
ENDED = "ended"  # an index, by pipeline: of sessions that ended after they had run, not of those that were rejected
IDS = "sessions"  # a partition of bare ids: what a prefix is looked up in


class SessionStore:
    def __init__(self, table: Table) -> None:
        self.table = table

    def create(self, session: Session, documents: Sequence[Record] = ()) -> Session:
        """Store a new session with what belongs to it. Raises Conflict when the id is taken."""
        self.table.transact([_record(session), Record(IDS, session.id, {}), *documents])
        return replace(session, revision=1)

    def save(self, session: Session, documents: Sequence[Record | Deletion] = ()) -> Session:
        """Store it, with what belongs to it, on condition that nobody else wrote since it was read. Raises Conflict."""
        self.table.transact([_record(session), *documents])
        return replace(session, revision=session.revision + 1)

    def get(self, id: str) -> Session:
        record = self.table.get(partition(id), "session")
        if record is None:
            raise NotFound(f"there is no session {id!r}", _LIST)
        return _session(record)

    def find(self, ref: str) -> Session:
        """By id, by a prefix that only one session has, or the newest by ``@last``."""
        if ref == LAST:
            return self._last()
        record = self.table.get(partition(ref), "session") if ref else None
        return _session(record) if record else self._by_prefix(ref)

    def _last(self) -> Session:
        page = self.table.query_index("sessions", "all", newest_first=True, limit=1)
        if not page.records:
            raise NotFound("there is no session yet", "Start one: bunsui run FILE")
        return _session(page.records[0])

    def _by_prefix(self, ref: str) -> Session:
        found = [record.sort for record in self.table.query(IDS, ref, limit=6).records]
        if not ref or not found:
            newest = self.table.query_index("sessions", "all", newest_first=True, limit=_COMPARED).records
            ids = [str(record.body["id"]) for record in newest]
            raise NotFound(f"there is no session {ref!r}", did_you_mean(ref, [LAST, *ids], _LIST))
        if len(found) > 1:
            names = ", ".join(found[:5]) + (", ..." if len(found) > 5 else "")
            raise Refused(f"{ref!r} could be any of: {names}", "Type more of the id")
        return self.get(found[0])

    def list(self, status: SessionStatus | None, pipeline: str | None, limit: int, after: str | None) -> SessionPage:
        """Newest first, `limit` of them where there are as many."""
        index, value = _index(status, pipeline)
        kept: list[Session] = []
        while True:
            page = self.table.query_index(index, value, newest_first=True, limit=limit - len(kept), after=after)
            sessions = map(_session, page.records)
            kept += [one for one in sessions if pipeline is None or one.pipeline == pipeline]
            after = page.next
            if after is None or len(kept) >= limit:
                return SessionPage(tuple(kept), after)

    def ended(self, pipeline: str, limit: int) -> tuple[Session, ...]:
        """The newest sessions of the pipeline that ended after they had run: what is learnt from."""
        page = self.table.query_index(ENDED, pipeline, newest_first=True, limit=limit)
        return tuple(map(_session, page.records))


def partition(id: str) -> str:
    return f"session#{id}"


def _index(status: SessionStatus | None, pipeline: str | None) -> tuple[str, str]:
    if status is not None:
        return "status", status.value
    return ("pipeline", pipeline) if pipeline is not None else ("sessions", "all")


def _record(session: Session) -> Record:
    sort = f"{session.created}#{session.id}"
    indexes = {
        "sessions": ("all", sort),
        "status": (session.status.value, sort),
        "pipeline": (session.pipeline, sort),
    }
    if session.started is not None and session.ended is not None:
        indexes[ENDED] = (session.pipeline, sort)
    if session.due is not None:
        indexes |= due_at(session.due, session.id)
    return Record(partition(session.id), "session", to_json(session), indexes, session.revision)


def to_json(session: Session) -> dict[str, Json]:
    """The record as it is stored and exported; the revision belongs to the Table."""
    body: dict[str, Any] = {name: getattr(session, name) for name in Session.__slots__ if name != "revision"}
    body["status"] = session.status.value
    body["runtime"] = _plain(session.runtime)
    body["ending"] = list(session.ending)
    body["executions"] = [_plain(ref) for ref in session.executions]
    body |= {name: dict(body[name]) for name in ("params", "generations", "tags")}
    return body


def _plain(part: Runtime | ExecutionRef) -> dict[str, Json]:
    """Its fields; `asdict` would copy deep, which takes ten times as long."""
    return {name: getattr(part, name) for name in part.__slots__}


def _session(record: Record) -> Session:
    body: dict[str, Any] = dict(record.body)
    if body["schema"] > SESSION_SCHEMA:
        raise NewerSchema(f"session {body['id']} was written by a newer Bunsui (schema {body['schema']})")
    body["status"] = SessionStatus(body["status"])
    body["runtime"] = Runtime(**body["runtime"])
    body["ending"] = tuple(body.get("ending", ()))
    body["executions"] = tuple(ExecutionRef(**ref) for ref in body["executions"])
    return Session(**body, revision=record.revision)
