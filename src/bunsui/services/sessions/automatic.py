"""Automatic recovery (diagram 3.2): a session that failed begins again from its last checkpoint, by its policy.

Whether it does is decided in `analysis.automatic`. Exactly one recovers, however many watch: the record is written on
condition that nobody else wrote.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from bunsui.analysis import recovery
from bunsui.analysis.automatic import Decision
from bunsui.analysis.ways import Action, Way
from bunsui.errors import Conflict
from bunsui.model.failure import ErrorAnalysis
from bunsui.model.json import Json
from bunsui.model.session import Session
from bunsui.ports import Record
from bunsui.services.errors.views import Strategy
from bunsui.services.logs.session_log import SessionLog
from bunsui.services.records.sessions import SessionStore
from bunsui.services.sessions.partners import Errors
from bunsui.services.sessions.recovering import Recovering

WHO = "automatic recovery"


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

    def recover(self, session: Session, strategy: Strategy) -> bool:
        """Whether the session begins again, now or in a while; if not, the session's log says why."""
        decision = strategy.decision
        if decision.action is None:
            return self._left(session, decision.why)
        way, against = self._way(session, decision.action)
        if against:
            return self._left(session, against)
        try:
            begun = self._store.save(*self._intended(session, way, decision, strategy.analyses))
        except Conflict:
            return True  # somebody else did something about it
        self._begin(begun)
        self._errors.recovered(session, begun.executions[-1].name)
        return True

    def _left(self, session: Session, why: str) -> bool:
        if why:
            message = f"not recovered by itself: {why}"
            self._log.note(session, self._recovering.around.clock(), message, "WARNING", once=True)
        return False

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
