"""Cancelling a session: recorded first, then its execution is stopped, or what waits without one is stored as ended.

Waiting for the end is SessionManager's.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from bunsui.analysis.ways import Action
from bunsui.errors import Conflict
from bunsui.model.session import Session
from bunsui.model.status import SessionStatus
from bunsui.ports import StateMachines
from bunsui.services.logs.session_log import SessionLog
from bunsui.services.pools.pools import Pools
from bunsui.services.records.sessions import SessionStore
from bunsui.services.sessions.ending import Ending
from bunsui.services.sessions.explaining import CANCELLED
from bunsui.services.sessions.recovering import Recovering

_TRIES = 5


@dataclass(frozen=True, slots=True)
class Cancelling:
    """`rests` says that nothing of a session runs and that it stands in no queue."""

    machines: StateMachines
    store: SessionStore
    recovering: Recovering
    log: SessionLog
    ending: Ending
    pools: Callable[[], Pools]
    refresh: Callable[[str], Session]
    rests: Callable[[Session], bool]

    def stop(self, session: Session, why: str) -> Session:
        """It was asked to end, and may not have yet."""
        around = self.recovering.around
        cause = f"cancelled by {around.owner}" + (f": {why}" if why else "")
        session = self._meant(session, why)
        self.log.note(session, around.clock(), cause, once=True)
        if self.rests(session):
            return self.at_rest(session, SessionStatus.CANCELLED, cause)
        if session.status is SessionStatus.QUEUED:
            ended = self.pools().withdraw(session, lambda one: self._ended(one, SessionStatus.CANCELLED, cause))
            if ended is not None:
                return self._told(ended)
            session = self.refresh(session.id)  # it was admitted meanwhile
        if arn := session.executions[-1].arn:
            for said in self.machines.stop(arn, CANCELLED, cause):
                self.log.note(session, around.clock(), said, level="WARNING")
        return session

    def halt(self, id: str, why: str) -> None:
        """The same of one that may have ended by itself."""
        session = self.refresh(id)
        if not session.status.ended:
            self.stop(session, why)

    def at_rest(self, session: Session, status: SessionStatus, reason: str) -> Session:
        """An end while nothing runs: no execution tells of it."""
        ended = self._ended(session, status, reason)
        try:
            return self._told(self.store.save(ended))
        except Conflict:
            return self.store.get(session.id)

    def _told(self, ended: Session) -> Session:
        """In the session's log, once it is so."""
        message, bad = f"ended {ended.status}: {ended.reason}", ended.status is not SessionStatus.COMPLETED
        self.log.end(ended, self.recovering.around.clock(), message, bad=bad)
        return ended

    def _ended(self, session: Session, status: SessionStatus, reason: str) -> Session:
        ended = self.ending.rested(session, status, reason)
        self.recovering.kept.conclude(ended)
        return ended

    def _meant(self, session: Session, why: str) -> Session:
        """The cancel is recorded before it has an effect. Somebody who merely looked may have written meanwhile.

        One that was cut off and is asked for again is one.
        """
        for _ in range(_TRIES):
            if self.recovering.kept.latest(session).get("action") == Action.CANCEL.value:
                break
            try:
                session = self.store.save(*self.recovering.cancelled(session, why))
                break
            except Conflict:
                session = self.store.get(session.id)
        self.recovering.kept.publish(session)
        return session
