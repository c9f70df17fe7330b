"""NotificationService: tells people what they asked to be told of sessions, once, through an outbox that survives.

It reads like diagram 3.1. What is said is in `alerts.messages`, whom it is for in `alerts.policies`, and delivering,
with its tries, in `outbox`.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from bunsui.analysis.usual import Usual, usual
from bunsui.errors import BunsuiError, Conflict, NotFound
from bunsui.model.alert import Alert, AlertKind, Message, Target
from bunsui.model.alert_address import shown
from bunsui.model.json import Json
from bunsui.model.notify import Notify, parse
from bunsui.model.problem import Problem
from bunsui.model.session import Session
from bunsui.model.status import SessionStatus
from bunsui.model.words import seconds_of
from bunsui.ports import AlertChannel, Deletion, Record
from bunsui.services.agenda import due_at
from bunsui.services.alerts import messages as messages
from bunsui.services.alerts.outbox import Outbox
from bunsui.services.alerts.policies import AlertPolicies
from bunsui.services.alerts.records import AlertPage, AlertRecords, alert_id, of_record, target_key
from bunsui.services.errors.views import Strategy
from bunsui.services.records.files import SessionFiles
from bunsui.services.records.sessions import ENDED, SessionStore
from bunsui.services.wiring import Files, Ports, rfc3339

_S, _K = SessionStatus, AlertKind
_FAILED = (_S.FAILED, _S.TIMED_OUT)
_LOOKED_AT = 20  # earlier sessions of a pipeline
_MOMENT = 2.0  # seconds
WATCH = "slow"  # sort of the records that say when a running session becomes slow
log = logging.getLogger("bunsui.alerts")


@dataclass(frozen=True, slots=True)
class Tested:
    """How a test of a target went; `error` is empty if it went well."""

    target: str
    how: str = ""
    error: str = ""
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Earlier:
    """An earlier session of the pipeline."""

    status: SessionStatus
    began: str
    ended: str | None
    recovered: bool


class NotificationService:
    def __init__(
        self,
        ports: Ports,
        channel: AlertChannel,
        files: Files,
        home: str,
        clock: Callable[[], float],
        where: tuple[str, str] = ("machine", ""),
        strategy: Callable[[Session], Strategy] = lambda session: Strategy(False, ()),
    ) -> None:
        """`home` is the folder of `alerts.toml`; `where`: what alerts say of the place; `strategy`: ErrorHandler's."""
        self._table = ports.table
        self._channel = channel
        self._clock = clock
        self._where = where
        self._strategy = strategy
        self._policies = AlertPolicies(files, home)
        self._files = SessionFiles(ports.table, ports.objects)
        self._sessions = SessionStore(ports.table)
        self._records = AlertRecords(ports.table)
        self._outbox = Outbox(self._records, channel, clock)
        self._limits: dict[str, tuple[float, float]] = {}  # of the pipeline last asked for: when, and what it was

    # What sessions call

    def ended(self, session: Session, strategy: Strategy | None = None, *, note: str = "") -> tuple[Alert, ...]:
        """Tell of an end: a failure, a recovery, a success. As often as it is called, everything is told once.

        `note` says what else there is to know, such as why automatic recovery stopped. Nothing is told of a cancel.
        """
        notify = self._notify(session)
        found = list(self._of_end(session, strategy, notify, note))
        told: list[Alert] = []
        for message in found:
            known = {target_key(alert.target) for alert in told} if message.kind is _K.SUCCESS else set()
            for target in notify.to(message.kind):
                if target_key(target) not in known:  # whoever was told that it recovered knows that it succeeded
                    told.append(self._tell(session, message, target))
        self._forget_watch(session)
        return tuple(told)

    def quiet(self, session: Session, policies: Mapping[str, Json]) -> list[Deletion] | None:
        """What else is stored with an end that nobody is told of; None if somebody is."""
        if session.status is not _S.COMPLETED or was_recovered(session):
            return None
        notify = self._notify(session, policies)
        if notify.to(_K.SUCCESS):
            return None
        earlier = self._earlier(session)
        limit, _ = _slow_limit(notify, earlier)
        if limit is not None and notify.to(_K.SLOW) and messages.spent(session) >= limit:
            return None
        if notify.to(_K.FIXED) and _failed_last(earlier):
            return None
        watch = self._watch_of(session)
        return [Deletion(watch.partition, watch.sort, watch.revision)] if watch else []

    def _of_end(self, session: Session, strategy: Strategy | None, notify: Notify, note: str) -> Iterator[Message]:
        """The most telling first. The report is written after this; where it lies is known before."""
        facts = messages.facts(session, self._where, note, self._files.report_of_end(session))
        if session.status in _FAILED:
            found = (strategy or self._strategy(session)).analyses
            yield messages.failure(session, found, facts)
        elif session.status is _S.COMPLETED:
            earlier = self._earlier(session)
            if was_recovered(session):
                yield messages.good(session, _K.RECOVERY, facts)
            elif _failed_last(earlier):
                yield messages.good(session, _K.FIXED, facts)
            yield from self._slow_end(session, notify, earlier)
            yield messages.good(session, _K.SUCCESS, facts)

    def queued_too_long(self, session: Session, since: float, position: int) -> tuple[Alert, ...]:
        """Tell, once, of a session that has waited since a time, if that is too long by now: see `queue_limit`."""
        notify = self._notify(session)
        waited = self._clock() - since
        if waited < notify.queue_limit:
            return ()
        message = messages.queued(session, waited, position, messages.facts(session, self._where))
        return tuple(self._tell(session, message, target) for target in notify.to(_K.QUEUE))

    def queue_limit(self, session: Session) -> float:
        """Seconds of waiting that are too long."""
        return self._notify(session).queue_limit

    def _notify(self, session: Session, policies: Mapping[str, Json] | None = None) -> Notify:
        try:
            own = (self._files.policies(session.id) if policies is None else policies).get("notify")
        except NotFound:  # a record from before there were policies
            own = None
        return self._policies.of(own, session.runtime.folder)

    def _tell(self, session: Session, message: Message, target: Target) -> Alert:
        """The intent is stored before anything is sent; its id is the same for everybody who means the same."""
        id = alert_id(session.id, _end(session), message.kind, target_key(target))
        return self._outbox.put(Alert(replace(message, id=id), target, rfc3339(self._clock())))

    def _earlier(self, session: Session) -> list[Earlier]:
        """The pipeline's sessions that ran and ended before this one. Of each no more is read than what is asked."""
        found = self._table.query_index(ENDED, session.pipeline, newest_first=True, limit=_LOOKED_AT).records
        until = session.ended or rfc3339(self._clock())
        every = [_earlier(record.body) for record in found if record.body["id"] != session.id]
        return [one for one in every if one.ended and one.ended <= until]

    # Slow runs

    def watch(self, session: Session, policies: Mapping[str, Json] | None = None) -> tuple[Record, ...]:
        """For a session that begins to run: the record (not yet stored) that has somebody look when it may be slow."""
        there = None if _is_first(session) else self._watch_of(session)
        limit = None if was_recovered(session) else self._first_limit(session, self._notify(session, policies))
        if limit is None and there is None:
            return ()
        due = due_at(self._clock() + limit, session.id) if limit is not None else {}
        return (Record(WATCH, f"{WATCH}#{session.id}", {"end": _end(session)}, due, there.revision if there else 0),)

    def look(self, record: Record) -> None:
        """Such a record is due: tell if what it is about still runs, and look no more."""
        session = self._sessions.get(record.sort.partition("#")[2])
        notify = self._notify(session)
        limit, known = self._limit(session, notify)
        if session.status is not _S.RUNNING or record.body["end"] != _end(session) or limit is None:
            self._delete(record)
            return
        began = seconds_of(session.started or session.created)
        if self._clock() < began + limit:  # sessions that took longer have completed meanwhile
            self._table.put(replace(record, indexes=due_at(began + limit, session.id)))
            return
        message = messages.slow(session, self._clock() - began, known, limit, messages.facts(session, self._where))
        for target in notify.to(_K.SLOW):
            self._tell(session, message, target)
        self._delete(record)

    def _limit(self, session: Session, notify: Notify | None = None) -> tuple[float | None, Usual | None]:
        notify = notify or self._notify(session)
        needs_past = notify.slow_after is None and notify.to(_K.SLOW)
        return _slow_limit(notify, self._earlier(session) if needs_past else ())

    def _first_limit(self, session: Session, notify: Notify) -> float | None:
        """When to look first. `look` reckons anew, so that what was known a moment ago is good enough."""
        if notify.slow_after is not None or not notify.to(_K.SLOW):
            return notify.slow_after
        known, now = self._limits.get(session.pipeline), self._clock()
        if known is not None and 0 <= now - known[0] < _MOMENT:
            return known[1]
        limit, _ = self._limit(session, notify)
        if limit is not None:
            self._limits = {session.pipeline: (now, limit)}
        return limit

    def _watch_of(self, session: Session) -> Record | None:
        return self._table.get(WATCH, f"{WATCH}#{session.id}")

    def _slow_end(self, session: Session, notify: Notify, earlier: Sequence[Earlier]) -> Iterator[Message]:
        limit, known = _slow_limit(notify, earlier)
        if limit is not None and not was_recovered(session) and messages.spent(session) >= limit:
            facts = messages.facts(session, self._where)
            yield messages.slow(session, messages.spent(session), known, limit, facts)

    def _forget_watch(self, session: Session) -> None:
        record = self._watch_of(session)
        if record:
            self._delete(record)

    def _delete(self, record: Record) -> None:
        try:
            self._table.transact([Deletion(record.partition, record.sort, record.revision)])
        except Conflict:
            return  # somebody else did

    # Delivering, and looking

    def deliver_due(self, record: Record) -> None:
        """An alert's record is due: send it, or see to it that it is tried again."""
        self._outbox.deliver(of_record(record))

    def of_session(self, session: Session) -> tuple[Alert, ...]:
        """What was told of it, the oldest first."""
        return self._records.of_session(session.id)

    def list(self, session: Session | None = None, *, limit: int = 50, after: str | None = None) -> AlertPage:
        return self._records.list(session.id if session else None, limit, after)

    def problems(self) -> tuple[Problem, ...]:
        """What is wrong with the home's `alerts.toml`: such a file counts for nothing."""
        return self._policies.problems()

    def targets(self, notify: Json, folder: str) -> tuple[Target, ...]:
        """Everybody whom a pipeline with this `notify` tells anything, the home's targets included."""
        found = self._policies.of(notify, folder)
        every = [target for kind in _K for target in found.to(kind)]
        return tuple({target_key(target): target for target in every}.values())

    def test(self, targets: Sequence[Target]) -> Iterator[Tested]:
        """Send a message that says it is a test, at once; nothing of it is stored."""
        facts = (self._where, ("at", rfc3339(self._clock())))
        for target in targets:
            id = alert_id("test", rfc3339(self._clock()), target_key(target))
            try:
                how = self._channel.send(replace(messages.test(facts), id=id), target)
            except BunsuiError as error:
                yield Tested(shown(target), error=str(error), hint=error.hint)
            else:
                yield Tested(shown(target), how)


def given_targets(texts: Sequence[str], folder: str) -> tuple[Target, ...]:
    """As a person types them: ``env:NAME`` and ``file:PATH`` are references, all else is an address."""
    listed: list[Json] = [{"secret": one} if one.startswith(("env:", "file:")) else one for one in texts]
    return parse({"on_failure": listed}, folder).targets.get(_K.FAILURE, ())


def was_recovered(session: Session) -> bool:
    """Whether an execution of it had failed before."""
    *before, last = session.executions
    return bool(last.redrives) or any(one.status in _FAILED or one.redrives for one in before)


def _is_first(session: Session) -> bool:
    return len(session.executions) == 1 and not session.executions[-1].redrives


def _earlier(body: Mapping[str, Any]) -> Earlier:
    refs = body["executions"]
    recovered = any(one["redrives"] for one in refs) or any(one["status"] in _FAILED for one in refs[:-1])
    return Earlier(_S(body["status"]), body["started"] or body["created"], body["ended"], recovered)


def _failed_last(earlier: Sequence[Earlier]) -> bool:
    """Whether the last session of the pipeline that ended, and was not cancelled, failed."""
    counted = [one for one in earlier if one.status in (*_FAILED, _S.COMPLETED)]
    last = max(counted, key=lambda one: one.ended or "", default=None)
    return last is not None and last.status in _FAILED


def _slow_limit(notify: Notify, earlier: Sequence[Earlier]) -> tuple[float | None, Usual | None]:
    """As the pipeline says, else by the sessions before it that completed without help."""
    if notify.slow_after is not None or not notify.to(_K.SLOW):
        return notify.slow_after, None
    good = [one for one in earlier if one.status is _S.COMPLETED and not one.recovered]
    known = usual([seconds_of(one.ended) - seconds_of(one.began) for one in good if one.ended])
    return (known.limit if known else None), known


def _end(session: Session) -> str:
    last = session.executions[-1]
    return f"{last.name}#{last.redrives}"
