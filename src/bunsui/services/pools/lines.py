"""Queues as people see them: who stands where, why, and when each will probably start. Changes nothing.

Who is admitted is decided in `analysis.admission`; when, as far as it can be told, in `analysis.admission_forecast`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from statistics import median

from bunsui.analysis.admission import Request, Waiting, Why, decide
from bunsui.analysis.admission_forecast import forecast
from bunsui.model.concurrency import OnExcess
from bunsui.model.session import Session
from bunsui.model.status import SessionStatus
from bunsui.model.words import seconds_of
from bunsui.services.pools.admitting import busy, counting
from bunsui.services.pools.records import Gate, PoolRecords, scope_of
from bunsui.services.pools.words import reason
from bunsui.services.records.sessions import SessionStore
from bunsui.services.views import Place

_FRESH = 0.3  # seconds for which a watcher is shown the same line
_LOOKED_AT = 20  # sessions of a pipeline, to see how long they take
_DISPLACES = "the oldest session of its pipeline is cancelled for it"
_NEVER = (Why.DRAINED, Why.TOO_LARGE)


class Lines:
    def __init__(self, records: PoolRecords, store: SessionStore, clock: Callable[[], float]) -> None:
        self._records = records
        self._store = store
        self._clock = clock
        self._seen: dict[str, tuple[float, dict[str, Place]]] = {}  # lines, and until when they are fresh

    def places(self, sessions: Iterable[Session]) -> dict[str, Place]:
        wanted = [one for one in sessions if _waits(one)]
        scopes = dict.fromkeys(scope_of(one.queue or "") for one in wanted)
        found = {place.session: place for scope in scopes for place in self.line(scope)}
        return {one.id: found[one.id] for one in wanted if one.id in found}

    def place(self, session: Session) -> Place | None:
        if not _waits(session):
            return None
        queue = session.queue or ""
        until, line = self._seen.get(queue, (0.0, {}))
        if self._clock() >= until or session.id not in line:
            line = {place.session: place for place in self.line(scope_of(queue))}
            self._seen[queue] = (self._clock() + _FRESH, line)
        return line.get(session.id)

    def line(self, scope: str) -> Iterator[Place]:
        gate, now = self._records.gate(scope), self._clock()
        held = [one.lease for one in self._records.leases(scope)]
        waits = self._records.waits(scope)
        gates = {scope: gate, **counting(self._records, gate, waits)}
        requests = [one.request for one in waits]
        found = decide(gate.pool, held, requests, now, busy(gates))
        usual = self._usual(gate, {one.pipeline for one in held} | {one.pipeline for one in requests})
        starts = forecast(gate.pool, held, requests, now, usual, busy(gates))
        starts |= {one.session: now for one in found.admitted}
        line = [*((one, None) for one in found.admitted), *((one.request, one) for one in found.waiting)]
        before = {one.pipeline for one in held} - usual.keys()
        displacing = {one.request.session for one in waits if one.on_excess is OnExcess.CANCEL_OLDEST}
        for number, (request, waiting) in enumerate(line, 1):
            unknown = tuple(sorted(before))
            place = _place(gate, request, waiting, (number, len(line)), starts.get(request.session), unknown)
            displaces = request.session in displacing and waiting is not None and waiting.why is Why.LIMIT
            yield replace(place, why=_DISPLACES, starts=now, unknown=()) if displaces else place
            before |= {request.pipeline} - usual.keys()

    def _usual(self, gate: Gate, pipelines: Iterable[str]) -> dict[str, float]:
        """What was learnt in this queue; of pipelines that are new to it, what their sessions took before."""
        new = {name: self._past(name) for name in pipelines if name not in gate.usual}
        return {**gate.usual, **{name: took for name, took in new.items() if took is not None}}

    def _past(self, pipeline: str) -> float | None:
        """Seconds that those of the pipeline's sessions took which completed at once."""
        good = [one for one in self._store.ended(pipeline, _LOOKED_AT) if one.status is SessionStatus.COMPLETED]
        spans = [(one.started, one.ended) for one in good if len(one.executions) == 1]
        took = [seconds_of(ended) - seconds_of(started) for started, ended in spans if started and ended]
        return median(took) if took else None


def _waits(session: Session) -> bool:
    return session.status is SessionStatus.QUEUED and session.queue is not None


def _place(
    gate: Gate,
    request: Request,
    waiting: Waiting | None,
    position: tuple[int, int],
    starts: float | None,
    unknown: tuple[str, ...],
) -> Place:
    return Place(
        session=request.session,
        pool=gate.name,
        position=position[0],
        waiting=position[1],
        since=request.asked,
        why=reason(gate, waiting) if waiting else "it is about to start",
        starts=starts,
        owner=request.owner,
        priority=request.priority,
        slots=request.slots,
        unknown=unknown if starts is None and waiting and waiting.why not in _NEVER else (),
    )
