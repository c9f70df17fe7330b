"""Admitting: the leases of whoever may start are stored, and freed again; SessionManager is asked to do the rest.

Who is admitted is decided in `analysis.admission`. Any number of processes may decide at once: what one decided is
stored only if nothing changed since it looked.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from bunsui.analysis.admission import Request, admissions, superseded
from bunsui.errors import BunsuiError, Conflict
from bunsui.model.concurrency import Concurrency, OnExcess
from bunsui.model.session import Session
from bunsui.model.status import SessionStatus
from bunsui.ports import Record, Table
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
)

TRIES = 200  # of something that others change meanwhile
GRACE = 10.0  # seconds that whoever admitted a session has to start it
log = logging.getLogger("bunsui.pools")


@dataclass(frozen=True, slots=True)
class Sessions:
    """What is asked of SessionManager. All may be repeated.

    `look` starts a session that was admitted, or folds in that it ended. `stop` asks one to end, and does not wait for
    it. `excess` stores one as ended that was never started. `wanted` is what its pipeline says.
    """

    look: Callable[[str], object]
    stop: Callable[[str, str], object]
    excess: Callable[[Session, SessionStatus, str], Session]
    wanted: Callable[[str], Concurrency]


class Admitting:
    def __init__(self, table: Table, clock: Callable[[], float], sessions: Sessions) -> None:
        self._table = table
        self._records = PoolRecords(table)
        self._clock = clock
        self._sessions = sessions
        self._thread = threading.local()  # `pending`: the scopes that this thread has still to decide on

    def free(self, held: Held, session: Session | None = None) -> None:
        """The lease as it was read, unless it is gone or another's by now."""
        for _ in range(TRIES):
            gates = [self._records.gate(scope) for scope in held.scopes]
            now = self._records.lease(held.scopes[0], held.lease.session)
            if now is None or now.of != held.of:
                return
            freed = [self._learnt(gate.freed(held.weight(gate.scope)), held, session) for gate in gates]
            freed = [gate.stirred_by(held.scopes) for gate in freed]
            gone = deletions(LEASE, held.lease.session, held.scopes, now.record.revision)
            try:
                self._table.transact([*self.gates(freed), *gone])
            except Conflict:
                continue
            self.decide(concerned(freed))
            return
        raise Conflict(f"the slots of session {held.lease.session} were not freed")

    def _learnt(self, gate: Gate, held: Held, session: Session | None) -> Gate:
        if session is None or session.status is not SessionStatus.COMPLETED:
            return gate
        return gate.learnt(session.pipeline, self._clock() - held.lease.admitted)

    def change(self, gate: Gate) -> None:
        """Store a gate that somebody set. Raises Conflict."""
        self._table.put(gate_record(gate, self._clock()))
        self.decide([gate.scope])

    def gates(self, gates: Iterable[Gate]) -> list[Record]:
        return [gate_record(gate, self._clock()) for gate in gates]

    def decide(self, scopes: Iterable[str]) -> None:
        """Admit whoever may be, and start them. What comes up meanwhile in this thread is done after, not within."""
        pending: list[str] | None = getattr(self._thread, "pending", None)
        if pending is not None:
            pending.extend(scopes)
            return
        self._thread.pending = pending = list(scopes)
        try:
            while pending:
                for session in self._admit(pending.pop(0)):
                    self._attempt(self._sessions.look, session)
        finally:
            self._thread.pending = None

    def _attempt(self, what: Callable[..., object], *arguments: str) -> None:
        """One that fails is tried again by the sweep, and keeps nobody else from starting."""
        try:
            what(*arguments)
        except BunsuiError as error:
            log.warning("%s: %s", arguments[0], error)

    def _admit(self, scope: str) -> list[str]:
        """Store the leases of all who are admitted; their sessions."""
        done: list[str] = []
        for _ in range(TRIES):
            gate = self._records.gate(scope)
            try:
                done += self._admitted(gate)
                return list(dict.fromkeys(done))
            except _Overtaken as overtaken:
                done += overtaken.done
        log.warning("%s is changed faster than it can be decided on", scope)
        return done

    def _admitted(self, gate: Gate) -> list[str]:
        held = [one.lease for one in self._records.leases(gate.scope)]
        waits = {one.request.session: one for one in self._records.waits(gate.scope)}
        gates = {gate.scope: gate, **counting(self._records, gate, waits.values())}
        requests = [one.request for one in waits.values()]
        chosen = admissions(gate.pool, held, requests, self._clock(), busy(gates))
        gone = {request.session for request in chosen}
        self._supersede([one for session, one in waits.items() if session not in gone])
        done: list[str] = []
        try:
            for number, request in enumerate(chosen, 1):
                self._store_lease(waits[request.session], gates, last=number == len(chosen))
                done.append(request.session)
            if not chosen and gate.stirred:
                self._table.put(gate_record(replace(gate, stirred=False), self._clock()))
        except Conflict:
            raise _Overtaken(done) from None
        return done

    def _store_lease(self, queued: Queued, gates: dict[str, Gate], *, last: bool) -> None:
        home = queued.scopes[0]
        taken = [gates[scope].left(home).took(queued.weight(scope)) for scope in queued.scopes]
        taken = [replace(gate, stirred=gate.stirred and not (last and gate.scope == home)) for gate in taken]
        now = self._clock()
        self._table.transact(
            [
                *self.gates(taken),
                *lease_records(queued.held(now), now + GRACE),
                *deletions(WAIT, queued.request.session, queued.scopes, queued.record.revision),
            ]
        )
        gates |= {gate.scope: replace(gate, revision=gate.revision + 1) for gate in taken}

    def _supersede(self, waits: Sequence[Queued]) -> None:
        """Of pipelines whose newest sessions displace the oldest: ask those to end."""
        for pipeline, newest in _displacing(waits).items():
            scope = f"pipeline/{pipeline}"
            asked = [*self._records.every(scope, LEASE), *self._records.every(scope, WAIT)]
            held = [Request(str(one.body["session"]), pipeline, "", 1, float(str(one.body["asked"]))) for one in asked]
            why = f"superseded by {newest.session} (max_sessions: {newest.limit}, on_excess: cancel_oldest)"
            homes = {str(one.body["session"]): str(one.body.get("home", scope)) for one in asked}
            for session in superseded(held, newest.limit or 1):
                self._stop(homes[session], session, why)

    def _stop(self, home: str, session: str, why: str) -> None:
        held = self._records.lease(home, session)
        if held and held.stopped:
            return
        self._attempt(self._sessions.stop, session, why)
        if held and (there := self._records.lease(home, session)) and there.of == held.of:
            self.put(lease_records(replace(there, stopped=True))[0])

    def put(self, record: Record) -> None:
        """Unless somebody else wrote it meanwhile."""
        try:
            self._table.put(record)
        except Conflict:
            log.debug("%s %s was written by somebody else", record.partition, record.sort)


class _Overtaken(Exception):
    """Somebody else decided meanwhile; `done` were admitted before that."""

    def __init__(self, done: list[str]) -> None:
        self.done = done


def concerned(gates: Iterable[Gate]) -> list[str]:
    """In which queues somebody may be admitted, now that these gates changed."""
    return list(dict.fromkeys(scope for gate in gates for scope in gate.waiting))


def counting(records: PoolRecords, gate: Gate, waits: Iterable[Queued]) -> dict[str, Gate]:
    """The gates of those pipelines that count their sessions."""
    scopes = {scope for one in waits for scope in one.scopes if scope != gate.scope}
    return {scope: records.gate(scope) for scope in sorted(scopes)}


def busy(gates: Mapping[str, Gate]) -> dict[str, int]:
    """How many sessions of each counting pipeline are admitted."""
    counted = (gate for gate in gates.values() if gate.scope.startswith("pipeline/"))
    return {gate.scope.removeprefix("pipeline/"): gate.held for gate in counted}


def _displacing(waits: Iterable[Queued]) -> dict[str, Request]:
    found: dict[str, Request] = {}
    for one in sorted(waits, key=lambda one: one.request.asked):
        if one.on_excess is OnExcess.CANCEL_OLDEST:
            found[one.request.pipeline] = one.request
    return found
