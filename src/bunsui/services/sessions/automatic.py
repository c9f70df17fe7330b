"""Automatic recovery (diagram 3.2): a session that failed begins again from its last checkpoint, by its policy.

Whether it does is decided in `analysis.automatic`. Exactly one recovers, however many watch: the record is written on
condition that nobody else wrote.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from bunsui.analysis import recovery
from bunsui.analysis.automatic import Decision
from bunsui.analysis.ways import Action, Way
from bunsui.errors import Conflict
from bunsui.model.failure import ErrorAnalysis
from bunsui.model.json import Json
from bunsui.model.session import Session
from bunsui.model.status import SessionStatus
from bunsui.ports import Record
from bunsui.services.errors.views import Strategy
from bunsui.services.logs.session_log import SessionLog
from bunsui.services.records.sessions import SessionStore
from bunsui.services.sessions.partners import Errors
from bunsui.services.sessions.recovering import Recovering

WHO = "automatic recovery"
_LEFT = "not recovered by itself: "
_FAILED = (SessionStatus.FAILED, SessionStatus.TIMED_OUT)


class AutomaticRecovery:
    def __init__(
        self,
        recovering: Recovering,
        store: SessionStore,
        log: SessionLog,
        errors: Errors,
        begin: Callable[[Session], Session],
    ) -> None:
        self._recovering = recovering
        self._store = store
        self._log = log
        self._errors = errors
        self._begin = begin

    def recover(self, session: Session, strategy: Strategy) -> Strategy | None:
        """None: the session begins again, now or in a while. If not, the strategy and the session's log say why."""
        decision = strategy.decision
        if decision.action is None:
            return self._left(session, strategy)
        way, against = self._way(session, decision.action)
        if against:
            return self._left(session, replace(strategy, decision=Decision(None, against)))
        try:
            begun = self._store.save(*self._intended(session, way, decision, strategy.analyses))
        except Conflict:
            return None  # somebody else did something about it
        self._begin(begun)
        self._errors.recovered(session, begun.executions[-1].name)
        return None

    def left(self, session: Session) -> str:
        """Why the end of a session was left to a person; "" where no policy had to decide."""
        notes = self._log.notes(session) if session.status in _FAILED else ()
        return next((note.removeprefix(_LEFT) for note in notes if note.startswith(_LEFT)), "")

    def _left(self, session: Session, strategy: Strategy) -> Strategy:
        if why := strategy.decision.why:
            self._log.note(session, self._recovering.around.clock(), _LEFT + why, "WARNING", once=True)
        return strategy

    def _way(self, session: Session, action: Action) -> tuple[Way, str]:
        """The way out, and what stands against taking it without a person."""
        of = self._recovering
        known = None if action is Action.REDRIVE else of.last_checkpoint(session)
        facts = of.facts(session, of.files.shapes(session.id), known)
        way = recovery.way_out(facts, action)
        if not way.possible:
            return way, f"a {action} is not possible: {way.why}"
        if way.delicate:
            return way, f"{', '.join(way.delicate)} must not run twice (idempotent: false) and would run again"
        return way, ""

    def _intended(
        self, session: Session, way: Way, decision: Decision, failures: Sequence[ErrorAnalysis]
    ) -> tuple[Session, list[Record]]:
        """The session's next record, RETRYING until its time has come, and what is stored with it. Raises Conflict."""
        of = f"{decision.attempt} of {decision.of}"
        when = f" after {decision.delay:g} s" if decision.delay else ""
        reason = f"{way.action} by itself{when} ({of}): {decision.why}"
        who = (WHO, f"{of}{when}: {decision.why}")
        return self._recovering.retried(session, way, who, reason, decision.delay, policy(session, failures))


def policy(session: Session, failures: Sequence[ErrorAnalysis]) -> dict[str, Json]:
    """What the next decision must know of this one."""
    return {
        "failed": session.ended,
        "categories": [*sorted({one.category.value for one in failures})],
        "fingerprints": [*sorted({one.fingerprint for one in failures})],
    }
