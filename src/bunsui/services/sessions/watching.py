"""Waiting for what a session does: often where looking costs nothing, more and more seldom where it is counted.

How a session looks at a moment is in `looking`; how often a backend may be asked is its `Pace`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from bunsui.errors import Throttled, Unreachable
from bunsui.model.session import Session
from bunsui.services.sessions.looking import Looking
from bunsui.services.views import SessionView
from bunsui.services.wiring import Pace, Surroundings

Going = Callable[[], bool]  # whether somebody still looks
_GROWTH = 1.5
_PATIENCE = (1.0, 5.0, 15.0, 30.0)  # seconds before it is asked again


@dataclass(frozen=True, slots=True)
class Watching:
    looking: Looking
    refresh: Callable[[str], Session]
    around: Surroundings
    pace: Pace

    def watch(self, session: Session, interval: float, going: Going) -> Iterator[SessionView]:
        live, shown, longest = self.looking.live(session), None, max(interval, self.pace.longest)
        pause = longest
        while True:
            view = self.looking.view(session, live)
            if view != shown:
                yield view
                shown, pause = view, min(longest, self.pace.shortest)
            if session.status.ended or not self._slept(pause, going):
                return
            pause = min(longest, pause * _GROWTH)
            session = self._seen(session)
            if live is None or live.arn != _newest(session):
                live = self.looking.live(session)

    def _seen(self, session: Session) -> Session:
        """The session now. One who watches has patience with a backend that does not answer for a while."""
        for pause in _PATIENCE:
            try:
                return self.refresh(session.id)
            except (Throttled, Unreachable):
                self.around.sleep(pause)
        return self.refresh(session.id)

    def _slept(self, pause: float, going: Going) -> bool:
        """Whether somebody still looks after it; who went away is noticed within a second."""
        while going() and pause > 0:
            self.around.sleep(min(pause, 1.0))
            pause -= 1.0
        return going()

    def wait(self, session: Session, timeout: float | None) -> Session:
        pause = self.pace.first
        deadline = None if timeout is None else self.around.clock() + timeout
        while not session.status.ended:
            if deadline is not None and self.around.clock() >= deadline:
                raise TimeoutError(f"session {session.id} is still {session.status}")
            self.around.sleep(pause)
            session, pause = self._seen(session), min(self.pace.slowest, pause * _GROWTH)
        return session

    def pause(self, seconds: float) -> None:
        """Between two looks at a log."""
        self.around.sleep(max(seconds, self.pace.shortest))


def _newest(session: Session) -> str:
    """The ARN of the newest execution that began; empty if none did."""
    return next((one.arn for one in reversed(session.executions) if one.arn), "")
