"""Several sessions that are looked at again and again, as a list of them is: each look costs only what is new.

One session that is watched is SessionManager's `watch`. Not for several threads at once.
"""

from __future__ import annotations

from collections.abc import Callable
from statistics import median

from bunsui.model.session import Session
from bunsui.model.status import SessionStatus
from bunsui.model.words import seconds_of
from bunsui.services.records.sessions import SessionStore
from bunsui.services.sessions.histories import LiveExecution
from bunsui.services.sessions.looking import Looking
from bunsui.services.views import SessionView

_MOST = 64  # sessions whose histories are kept; the ones looked at last
_LEARNT_FROM = 30  # sessions of a pipeline
_FEWEST = 3  # of them, before anything is usual
_HOLDS = 60.0  # seconds for which what is usual is not reckoned again


class Glances:
    def __init__(
        self,
        refresh: Callable[[str], Session],
        looking: Looking,
        store: SessionStore,
        clock: Callable[[], float],
        holds: float = 0.0,
    ) -> None:
        """A look holds for so many seconds."""
        self._refresh = refresh
        self._looking = looking
        self._store = store
        self._clock, self._holds = clock, holds
        self._seen: dict[str, tuple[float, SessionView]] = {}
        self._kept: dict[tuple[str, str, int], LiveExecution] = {}
        self._usual: dict[str, tuple[float, float | None]] = {}

    @property
    def are_counted(self) -> bool:
        """Whether every look takes requests that are counted: then only the session that somebody looks at is."""
        return self._holds > 0

    def view(self, ref: str) -> SessionView:
        """The session now (refreshed), with its operations."""
        until, view = self._seen.pop(ref, (0.0, None))
        if view is None or self._clock() >= until:
            session = self._refresh(ref)
            until, view = self._clock() + self._holds, self._looking.view(session, self._live(session))
        if self._holds:
            self._seen[ref] = until, view
            for old in [*self._seen][:-_MOST]:
                del self._seen[old]
        return view

    def _live(self, session: Session) -> LiveExecution | None:
        """The one that was read before, unless another execution, or a redrive, began meanwhile."""
        last = session.executions[-1]
        key = session.id, last.arn, last.redrives
        live = self._kept.pop(key, None) or self._looking.live(session)
        if live is not None:
            self._kept[key] = live
            for old in [*self._kept][:-_MOST]:
                del self._kept[old]
        return live

    def usual(self, pipeline: str) -> float | None:
        """Seconds that its last sessions took which completed without help: their median."""
        until, seconds = self._usual.get(pipeline, (0.0, None))
        if self._clock() >= until:
            seconds = self._reckoned(pipeline)
            self._usual[pipeline] = self._clock() + _HOLDS, seconds
        return seconds

    def _reckoned(self, pipeline: str) -> float | None:
        last = self._store.ended(pipeline, _LEARNT_FROM)
        good = [one for one in last if one.status is SessionStatus.COMPLETED and not one.recoveries]
        took = [seconds_of(one.ended) - seconds_of(one.started) for one in good if one.started and one.ended]
        return median(took) if len(took) >= _FEWEST else None
