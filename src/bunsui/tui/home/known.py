"""What the home screen has read so far: sessions by their ids, where to read on, and what is known besides. No I/O."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bunsui.model.session import Session
from bunsui.services.views import Place, SessionView
from bunsui.tui.home import detail
from bunsui.tui.home.jobs import PAGE, Glanced, Sessions, Streams
from bunsui.tui.home.lines import Around
from bunsui.tui.home.query import Query
from bunsui.tui.home.sorting import Order

SORTED = 2_000  # sessions that are read to be sorted
_LOOKED_AT = 20_000  # sessions, for those that a filter takes, before somebody has to ask for more
_VIEWS = 200  # sessions of which is kept what was read last


class Loaded:
    def __init__(self) -> None:
        self.sessions: dict[str, Session] = {}
        self.streams: Streams = ()
        self.known = False  # something was read for this filter
        self.asking: dict[str, str] = {}
        self.looked = 0
        self.first = ""  # when the newest that was looked at was created
        self._frontier = ""
        self._wanted, self._patience = PAGE, _LOOKED_AT
        self._places: dict[str, Place] = {}
        self._views: dict[str, SessionView] = {}
        self._progress: dict[str, tuple[int, int]] = {}
        self._usual: dict[str, float | None] = {}

    # What comes

    def narrow(self, query: Query, now: float, order: Order) -> None:
        """Another filter: those that it takes, too, until it was read."""
        self.sessions = {id: one for id, one in self.sessions.items() if query.takes(one, now)}
        self.streams, self.known, self.looked, self.first, self._frontier = (), False, 0, "", ""
        self._wanted, self._patience = PAGE if order.is_stored else SORTED, _LOOKED_AT

    def take(self, told: Sessions) -> None:
        found = {one.id: self._same(one) for one in told.sessions}
        if told.newest:
            self._renew(found, told)
        else:
            self.sessions |= found
            self._reach(told)
        self.known = True
        self._places |= told.places
        self._again(told)

    def _same(self, session: Session) -> Session:
        before = self.sessions.get(session.id)
        return before if before is not None and before.revision == session.revision else session

    def _renew(self, found: dict[str, Session], told: Sessions) -> None:
        """The newest anew; what was read of older ones stays below them, unless there may be some between."""
        joined = self.known and told.frontier <= self.first
        self.first = told.first or self.first
        if not (joined and told.streams):
            self.sessions, self.looked = found, 0
            self._reach(told)
            return
        self.sessions = found | {id: one for id, one in self.sessions.items() if one.created < told.frontier}

    def _reach(self, told: Sessions) -> None:
        self.streams, self._frontier = told.streams, told.frontier
        self.looked += told.looked

    def _again(self, told: Sessions) -> None:
        """Rows that were read by their ids: those that the filter does not take any more are gone, too."""
        for one in told.again:
            if one.id in self.sessions:
                self.sessions[one.id] = self._same(one)
        wanted = told.asked.statuses
        gone = [one.id for one in told.again if wanted and one.status not in wanted]
        for id in (*told.gone, *gone):
            self.sessions.pop(id, None)

    def glanced(self, told: Glanced) -> None:
        for id, view in told.views.items():
            self._views.pop(id, None)
            self._views[id] = view
            self._progress[id] = detail.progress(view)
            if id in self.sessions and view.session.revision >= self.sessions[id].revision:
                self.sessions[id] = view.session
            if view.approvals:
                self.asking[id] = view.approvals[0].message or view.approvals[0].operation
            else:
                self.asking.pop(id, None)
        for old in [*self._views][:-_VIEWS]:
            del self._views[old], self._progress[old]
        self._usual |= told.usual

    def asked(self, asking: Mapping[str, str]) -> None:
        """Of the newest that run, wherever they stand."""
        self.asking = {**asking}

    # Reading on

    def wants_more(self, height: int) -> bool:
        """Whether there should be more rows than there are."""
        wanted = max(self._wanted, height)
        return bool(self.streams) and len(self.sessions) < wanted and self.looked < self._patience

    def further(self, order: Order, *, begins: bool = False) -> bool:
        """Somebody came to the end, or wants them sorted. Whether there is more to read."""
        step = PAGE if order.is_stored else SORTED
        self._wanted = step if begins else len(self.sessions) + (1 if order.is_stored else SORTED)
        self._patience = self.looked + _LOOKED_AT
        return bool(self.streams)

    # What is known

    def keys(self, order: Order, now: float) -> list[str]:
        """Of what is stored in several indexes, only as far as all of them were read."""
        found = list(self.sessions.values())
        if order.is_stored and self.streams:
            found = [one for one in found if one.created >= self._frontier]
        return [one.id for one in order.sorted(found, now)]

    def around(self, now: float) -> Around:
        return Around(now, self._progress, self._places, self.asking, self._usual)

    def view(self, session: Session | None) -> SessionView | None:
        """As it was read last, unless the session is another by now."""
        view = self._views.get(session.id) if session else None
        return view if view and session and view.session.executions == session.executions else None

    def is_stale(self, id: str) -> bool:
        """Whether there is more to know of a session than is known."""
        session = self.sessions.get(id)
        view = self.view(session)
        return session is not None and (view is None or not session.status.ended or view.session != session)

    def lacks(self, pipelines: Sequence[str]) -> bool:
        return any(name not in self._usual for name in pipelines)
