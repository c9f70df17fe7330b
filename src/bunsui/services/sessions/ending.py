"""One end of a session: what follows it, in order, each step safe to repeat, resumable after a kill between any two.

The steps still open are stored with the final status, in one transaction. What a step does is its service's.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace

from bunsui.errors import Conflict
from bunsui.model.session import ExecutionRef, Session
from bunsui.model.status import ExecutionStatus, SessionStatus
from bunsui.services.logs.session_log import SessionLog
from bunsui.services.records.sessions import SessionStore
from bunsui.services.records.transitions import moved
from bunsui.services.wiring import rfc3339

Step = Callable[[Session], None]

ARCHIVE, ANALYSIS, ANSWER, REPORT = "archive", "analysis", "answer", "report"
_ALL = (ARCHIVE, ANALYSIS, ANSWER, REPORT)
_GRACE = 10.0  # seconds that whoever stored the end has to do the rest
_PAUSE = 5.0  # seconds before a step that failed is tried again; doubled each time
_MOST_TRIES = 5
log = logging.getLogger("bunsui.ending")


def nothing(session: Session) -> None:
    return


@dataclass(frozen=True, slots=True)
class Steps:
    """`answer` is automatic recovery, or an alert: when it begins the session anew, what follows is dropped."""

    archive: Step = nothing
    analysis: Step = nothing
    answer: Step = nothing
    report: Step = nothing


class Ending:
    def __init__(self, store: SessionStore, log: SessionLog, clock: Callable[[], float], steps: Steps) -> None:
        self._store = store
        self._log = log
        self._clock = clock
        self._steps: dict[str, Step] = {name: getattr(steps, name) for name in _ALL}
        self._lock = threading.RLock()  # a recovery may admit another session, and see that one end

    def ended(self, session: Session, status: SessionStatus, ended: float, reason: str) -> Session:
        """The session as it ended, with all that is to follow; to be saved."""
        due = rfc3339(self._clock() + _GRACE)
        return moved(session, status, reason=reason, ended=rfc3339(ended), ending=_ALL, due=due)

    def rested(self, session: Session, status: SessionStatus, reason: str) -> Session:
        """The same of one that ends while nothing of it runs."""
        last = replace(session.executions[-1], status=ExecutionStatus.ABORTED.value)
        session = replace(session, executions=(*session.executions[:-1], last))
        return self.ended(session, status, self._clock(), reason)

    def settle(self, session: Session) -> Session:
        """Do what is still open about an end, as far as it is possible now."""
        if not session.status.ended or not session.ending:
            return session
        with self._lock:  # one of this process's watchers does it, the others see it done
            session = self._store.get(session.id)
            return self._settled(session) if session.status.ended and self._is_time(session) else session

    def _is_time(self, session: Session) -> bool:
        """A step that failed is not tried again by everybody who looks."""
        return not session.tries or rfc3339(self._clock()) >= (session.due or "")

    def _settled(self, session: Session) -> Session:
        end = _end(session)
        for number, name in enumerate(session.ending):
            try:
                self._steps[name](session)
            except Exception as error:  # whatever fails: the end stands, and this is tried again
                log.warning("session %s: its %s failed", session.id, name, exc_info=True)
                return self._postponed(session, session.ending[number:], error)
            session = self._store.get(session.id)
            if _end(session) != end or not session.ending:
                return session
        return self._saved(replace(session, ending=(), due=None, tries=0))

    def _postponed(self, session: Session, left: tuple[str, ...], error: Exception) -> Session:
        tries = session.tries + 1 if left == session.ending else 1
        if tries >= _MOST_TRIES:
            self._log.note(session, self._clock(), f"{left[0]} given up after {tries} tries: {error}", level="WARNING")
            tries, left = 0, left[1:]
        due = rfc3339(self._clock() + _PAUSE * 2**tries) if left else None
        return self._saved(replace(session, ending=left, due=due, tries=tries))

    def _saved(self, session: Session) -> Session:
        try:
            return self._store.save(session)
        except Conflict:
            return self._store.get(session.id)


def _end(session: Session) -> tuple[SessionStatus, ExecutionRef]:
    return session.status, session.executions[-1]
