"""Resource allocation: a session's place in a queue, its lease when it is admitted, and the end of that.

Who is admitted is decided in `analysis.admission`, stored in `admitting`; starting a session that was admitted is
SessionManager's. Every step is conditional and may be repeated by anybody: a lease is stored before its session starts,
is freed because the session ended (never because time passed), and whoever frees one admits the next.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace

from bunsui.analysis.admission import Request
from bunsui.errors import BunsuiError, Conflict, NotFound, Refused
from bunsui.model.concurrency import Concurrency, OnExcess
from bunsui.model.pipeline import Pipeline
from bunsui.model.session import Session
from bunsui.model.status import SessionStatus
from bunsui.ports import Record, Table
from bunsui.services.pools.admitting import GRACE, TRIES, Admitting, Sessions, concerned
from bunsui.services.pools.lines import Lines
from bunsui.services.pools.patience import Patience
from bunsui.services.pools.records import (
    LEASE,
    WAIT,
    Gate,
    Held,
    PoolRecords,
    Queued,
    deletions,
    gate_record,
    lease_records,
    mark,
    scope_of,
    scopes_of,
    wait_records,
)
from bunsui.services.records.sessions import SessionStore
from bunsui.services.records.transitions import moved
from bunsui.services.views import Place
from bunsui.services.wiring import Surroundings

_S = SessionStatus
_ENTERING = (_S.CREATED, _S.RETRYING, _S.RECOVERING, _S.QUEUED)
log = logging.getLogger("bunsui.pools")


class Pools:
    def __init__(
        self, table: Table, store: SessionStore, around: Surroundings, sessions: Sessions, patience: Patience
    ) -> None:
        self._admitting = Admitting(table, around.clock, sessions)
        self._records = PoolRecords(table)
        self._store = store
        self._clock = around.clock
        self._sessions = sessions
        self._patience = patience
        self._lines = Lines(self._records, store, around.clock)

    # a session asks, holds, and leaves

    def queue(self, pipeline: Pipeline) -> str | None:
        """Where its sessions wait. Raises NotFound for an unknown pool, Refused when it can never have the slots."""
        wanted = Concurrency.of(pipeline.policies)
        if wanted.pool is not None:
            gate = self._records.gate(f"pool/{wanted.pool}")
            if wanted.slots > (gate.slots or 0):
                message = f"pipeline {pipeline.name} needs {wanted.slots} slots and pool {gate.name} has {gate.slots}"
                raise Refused(message, f"bunsui pool set {gate.name} --slots {wanted.slots}")
        return wanted.queue(pipeline.name)

    def enter(self, session: Session) -> tuple[Session, Held | None]:
        """With its lease, if it is admitted: then it may start. Without: as it is now, mostly QUEUED."""
        home = scope_of(session.queue or "")
        for _ in range(TRIES):
            held = self._records.lease(home, session.id)
            if held and held.of == mark(session):
                return session, held
            if session.status is _S.QUEUED and self._records.wait(home, session.id):
                return session, None
            try:
                return self._enter(session, home)
            except Conflict:
                fresh = self._store.get(session.id)
                if mark(fresh) != mark(session) or fresh.status not in _ENTERING:
                    return fresh, None
                session = fresh
        raise Conflict(f"session {session.id} found no place in {session.queue}")

    def _enter(self, session: Session, home: str) -> tuple[Session, Held | None]:
        wanted = self._sessions.wanted(session.id)
        scopes = scopes_of(session, wanted) or (home,)
        gates = {scope: self._records.gate(scope) for scope in scopes}
        if (old := self._records.lease(home, session.id)) or self._records.wait(home, session.id):
            if old and old.of != mark(session) and mark(self._store.get(session.id)) == mark(session):
                self._admitting.free(old)  # of an execution that ended
            raise Conflict(f"session {session.id} was seen to meanwhile")
        if (full := _excess(gates, session, wanted)) is not None:
            return self._sessions.excess(session, *full), None
        on_excess = wanted.on_excess if session.status is _S.CREATED else OnExcess.QUEUE  # a recovery displaces nobody
        asked = Queued(_request(session, wanted, self._clock()), mark(session), scopes, on_excess)
        if all(_has_room(gate, asked) for gate in gates.values()) and not gates[scopes[0]].queue:
            return self._take(session, asked, gates)
        return self._queue(session, asked, gates), None

    def _take(self, session: Session, asked: Queued, gates: Mapping[str, Gate]) -> tuple[Session, Held | None]:
        """Room for it, and nobody before it. The session is written too: it is as it was read."""
        held = asked.held(self._clock())
        taken = [gate.took(asked.weight(gate.scope)) for gate in gates.values()]
        due = self._clock() + GRACE if session.status is _S.QUEUED else None
        return self._store.save(session, [*self._admitting.gates(taken), *lease_records(held, due)]), held

    def _queue(self, session: Session, asked: Queued, gates: Mapping[str, Gate]) -> Session:
        stirred = asked.on_excess is OnExcess.CANCEL_OLDEST or all(_has_room(gate, asked) for gate in gates.values())
        home = asked.scopes[0]
        joined = [gate.joined(home, stirred=stirred and gate.scope == home) for gate in gates.values()]
        waits = replace(session) if session.status is _S.QUEUED else moved(session, _S.QUEUED)
        limit = self._patience.limit(session)
        due = None if limit == float("inf") else asked.request.asked + limit
        queued = self._store.save(waits, [*self._admitting.gates(joined), *wait_records(asked, due)])
        if not stirred:
            return queued
        self._admitting.decide([home])
        return self._store.get(session.id)

    def leave(self, session: Session) -> None:
        """It ended: its lease is freed, and whoever was waiting for that is admitted."""
        if session.queue is None:
            return
        held = self._records.lease(scope_of(session.queue), session.id)
        if held and held.of == mark(session):
            self._admitting.free(held, session)

    def withdraw(self, session: Session, ended: Callable[[Session], Session]) -> Session | None:
        """Stored as ended and out of its queue; None when it does not wait there any more."""
        for _ in range(TRIES):
            home = scope_of(session.queue or "")
            waits = self._records.wait(home, session.id)
            if session.status is not _S.QUEUED or waits is None:
                return None
            try:
                return self._withdraw(ended(session), waits)
            except Conflict:
                session = self._store.get(session.id)
        raise Conflict(f"session {session.id} could not leave {session.queue}")

    def _withdraw(self, ended: Session, waits: Queued) -> Session:
        home, *_ = waits.scopes
        gates = [self._records.gate(scope) for scope in waits.scopes]
        now = self._records.wait(home, ended.id)
        if now is None or now.of != waits.of:
            raise Conflict(f"session {ended.id} was admitted meanwhile")
        left = [gate.left(home).stirred_by(waits.scopes) for gate in gates]
        gone = deletions(WAIT, ended.id, waits.scopes, now.record.revision)
        saved = self._store.save(ended, [*self._admitting.gates(left), *gone])
        self._admitting.decide(concerned(left))
        return saved

    # by hand

    def store(self, gate: Gate) -> None:
        """A pool as somebody set it; whoever may be admitted now is. Raises Conflict."""
        self._admitting.change(gate)

    def free(self, held: Held) -> None:
        """Give a lease back, whatever its session does."""
        self._admitting.free(held)

    # the agenda

    def attend_gate(self, record: Record) -> None:
        """Whoever holds slots that others wait for is looked at, and whoever may be admitted is."""
        scope = str(record.body["scope"])
        gate = self._records.gate(scope)
        if not gate.stirred:
            for lease in list(self._records.every(scope, LEASE)):
                self._heal(scope, str(lease.body["session"]), str(lease.body.get("home", scope)))
        self._admitting.decide([one for one in gate.waiting if one != scope])
        self._admitting.decide([scope])
        rested = self._records.gate(scope)
        if rested.revision == gate.revision or rested.stirred:
            self._admitting.put(gate_record(replace(rested, stirred=False), self._clock()))

    def attend_lease(self, record: Record) -> None:
        """Admitted, and perhaps never started."""
        session, (home, *_) = str(record.body["session"]), _scopes(record)
        self._heal(home, session, home)
        held = self._records.lease(home, session)
        if held and held.unstarted and self._store.get(session).status is _S.RUNNING:
            self._admitting.put(lease_records(held)[0])

    def attend_wait(self, record: Record) -> None:
        """It has waited for long: that is told once."""
        session, (home, *_) = str(record.body["session"]), _scopes(record)
        waits = self._records.wait(home, session)
        if waits is None:
            return
        found = self._store.get(session)
        if place := self.places([found]).get(session):
            self._patience.told(found, waits.request.asked, place.position)
        self._admitting.put(wait_records(waits)[0])

    def _heal(self, scope: str, session: str, home: str) -> None:
        """Start it, or see that it ended. That of a session that is no more goes with it."""
        try:
            self._sessions.look(session)
        except NotFound:
            held = self._records.lease(home, session)
            if held:
                self._admitting.free(held)
        except BunsuiError as error:
            log.warning("%s of %s: %s", session, scope, error)

    # looking

    def started(self, held: Held | None) -> list[Record]:
        """What is stored with its session's start: nobody needs to look after it any more."""
        return lease_records(held)[:1] if held and held.unstarted else []

    def places(self, sessions: Iterable[Session]) -> dict[str, Place]:
        """Of those that wait."""
        return self._lines.places(sessions)

    def place(self, session: Session) -> Place | None:
        """Of a session that waits, at most so old: a watcher asks again and again."""
        return self._lines.place(session)

    def line(self, scope: str) -> Iterator[Place]:
        """A queue in its order."""
        return self._lines.line(scope)


def _scopes(record: Record) -> tuple[str, ...]:
    found = record.body["scopes"]
    return tuple(map(str, found)) if isinstance(found, list) else ()


def _request(session: Session, wanted: Concurrency, now: float) -> Request:
    return Request(
        session=session.id,
        pipeline=session.pipeline,
        owner=session.owner,
        slots=wanted.slots if wanted.pool is not None else 1,
        asked=now,
        priority=wanted.priority,
        limit=wanted.max_sessions,
    )


def _has_room(gate: Gate, asked: Queued) -> bool:
    if gate.scope.startswith("pipeline/"):
        return asked.request.limit is None or gate.held < asked.request.limit
    return not gate.drained and gate.used + asked.request.slots <= (gate.slots or 0)


def _excess(gates: Mapping[str, Gate], session: Session, wanted: Concurrency) -> tuple[SessionStatus, str] | None:
    """How it ends at once, where `max_sessions` are open and it may not wait."""
    gate = gates.get(f"pipeline/{session.pipeline}")
    if session.status is not _S.CREATED:
        return None  # a recovery waits
    if gate is None or wanted.max_sessions is None or gate.held + gate.queue < wanted.max_sessions:
        return None
    which = {OnExcess.REJECT: (_S.FAILED, "rejected"), OnExcess.SKIP: (_S.CANCELLED, "skipped")}
    if wanted.on_excess not in which:
        return None
    status, word = which[wanted.on_excess]
    return status, f"{word}: {gate.held + gate.queue} of {wanted.max_sessions} sessions of {session.pipeline} are open"
