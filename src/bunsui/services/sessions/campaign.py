"""Recovering many sessions: a few at a time, each once, so that the same command again goes on where it was.

What is done for each of them is SessionManager's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from bunsui.errors import Refused
from bunsui.model.session import Session
from bunsui.model.status import SessionStatus
from bunsui.services.sessions.manager import SessionManager
from bunsui.services.views import Action, Way
from bunsui.services.wiring import rfc3339

_PAUSE = 0.2  # seconds between two looks at those that run


@dataclass(frozen=True, slots=True)
class Selection:
    """Sessions that ended with `status`, after `since` (seconds since the epoch). `limit`: at most so many."""

    status: SessionStatus
    pipeline: str | None = None
    since: float | None = None
    limit: int | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """`what`: planned, started, ended, passed over (`why` says it)."""

    session: str
    what: str
    way: Way | None = None
    status: SessionStatus | None = None
    why: str = ""


@dataclass(slots=True)
class Campaign:
    sessions: SessionManager
    selection: Selection
    action: Action
    sleep: Callable[[float], None]
    max_parallel: int = 4
    why: str = ""
    dry_run: bool = False
    _running: list[str] = field(default_factory=list)

    def steps(self) -> Iterator[Step]:
        """Carries them out as they are asked for. Whoever stops asking leaves the rest as it was."""
        for session in self._selected():
            while len(self._running) >= self.max_parallel:
                yield from self._ended()
            yield self._recover(session)
        while self._running:
            yield from self._ended()

    def _selected(self) -> Iterator[Session | Step]:
        count = 0
        for session in self._matching():
            if self._recovered(session):
                why = f"it was recovered already, and {session.status} again"
                yield Step(session.id, "passed over", status=session.status, why=why)
                continue
            if self.selection.limit is not None and count == self.selection.limit:
                return
            count += 1
            yield session

    def _matching(self) -> list[Session]:
        """Read before anything is done: what is done changes the index that is read."""
        found: list[Session] = []
        wanted, after = self.selection, None
        while True:
            page = self.sessions.list(status=wanted.status, pipeline=wanted.pipeline, limit=100, after=after)
            found += [
                one for one in page.sessions if wanted.since is None or (one.ended or "") >= rfc3339(wanted.since)
            ]
            if (after := page.next) is None:
                return found

    def _recovered(self, session: Session) -> bool:
        """By this command, or anybody, within the time that is looked at: once is what was asked for."""
        since = self.selection.since
        return any(
            one.action != Action.CANCEL and (since is None or one.when >= rfc3339(since))
            for one in self.sessions.recoveries(session.id)
        )

    def _recover(self, session: Session | Step) -> Step:
        if isinstance(session, Step):
            return session
        try:
            way = self.sessions.plan_way(session.id, self.action)
            if not way.possible:
                return Step(session.id, "passed over", way, session.status, way.why)
            if self.dry_run:
                return Step(session.id, "planned", way, session.status, "; ".join(way.warnings))
            started = self.sessions.recover(way, why=self.why)
        except Refused as error:
            return Step(session.id, "passed over", status=session.status, why=str(error))
        self._running.append(started.id)
        return Step(started.id, "started", way, started.status)

    def _ended(self) -> Iterator[Step]:
        """Those that ended meanwhile."""
        self.sleep(_PAUSE)
        for id in list(self._running):
            session = self.sessions.refresh(id)
            if session.status.ended:
                self._running.remove(id)
                yield Step(id, "ended", status=session.status, why=session.reason)
