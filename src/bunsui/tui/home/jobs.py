"""What the home screen asks for, as jobs for the loader's threads, and the messages that they answer with.

What is done about a single session is in `bunsui.tui.doing`.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from bunsui.errors import NotFound
from bunsui.model.alert import Message
from bunsui.model.session import Session
from bunsui.model.status import SessionStatus
from bunsui.model.words import seconds_of
from bunsui.services.sessions.glances import Glances
from bunsui.services.views import Action, Place, SessionView, Way
from bunsui.tui.home.query import Query
from bunsui.tui.home.top import Health
from bunsui.tui.loader import Job
from bunsui.tui.messages import Told
from bunsui.workspace import Workspace

PAGE = 100
MOST_COUNTED = 100
_LOOKED_AT = 1_000  # sessions in one job, for those that a filter takes
_LOOKED_INTO = 24  # running sessions, for what they ask and how far they are
_DAY = 86400.0
_S = SessionStatus

Streams = tuple[tuple[SessionStatus | None, str | None], ...]  # where each index is read on; an empty one: no more


@dataclass(slots=True)
class Desk:
    """What the screen wants now, for jobs that begin later: they read it as it is then.

    The histories of sessions that were looked at are kept by the thread that reads: another begins anew.
    """

    query: Query = Query()
    first: str = ""  # when the newest session that was looked at for it was created
    streams: Streams = ()  # where to read on
    seen: tuple[str, ...] = ()  # rows on the screen
    key: str | None = None  # the cursor's
    kept: tuple[int, Glances] | None = field(default=None, repr=False)

    def glances(self, workspace: Workspace) -> Glances:
        kept, thread = self.kept, threading.get_ident()
        if kept is None or kept[0] != thread:
            kept = self.kept = thread, workspace.sessions.glances()
        return kept[1]


@dataclass(eq=False)
class Sessions(Told):
    """Sessions that the filter takes: the `newest`, or those below. `streams`: where to go on."""

    asked: Query
    sessions: tuple[Session, ...]
    places: Mapping[str, Place]
    streams: Streams
    first: str  # when the newest of them was created
    frontier: str  # nothing that was created after it is left out (empty: nothing at all is)
    looked: int  # how many were looked at
    newest: bool = False
    again: tuple[Session, ...] = ()  # other rows, read again
    gone: tuple[str, ...] = ()


@dataclass(eq=False)
class Glanced(Told):
    views: Mapping[str, SessionView]
    usual: Mapping[str, float | None]  # by pipeline


@dataclass(eq=False)
class Healthy(Told):
    health: Health
    asking: Mapping[str, str]
    noticed: tuple[Message, ...]  # alerts for whoever sits here, each told once


@dataclass(eq=False)
class Plans(Told):
    """The same way out of several sessions, or what cancelling them stops; and those with none, and why."""

    action: Action
    ways: tuple[Way, ...]
    without: tuple[tuple[str, str], ...]


def begin(query: Query) -> Streams:
    return tuple((status, None) for status in query.statuses) or ((None, None),)


def newest(desk: Desk) -> Job:
    """What is new, and the rows on the screen that are older, as they are now."""

    def job(workspace: Workspace) -> Told:
        query, first = desk.query, desk.first
        told = _read(workspace, query, begin(query), until=first)
        told.newest = True
        there = {one.id for one in told.sessions}
        told.again, told.gone = _again(workspace, [id for id in desk.seen if id not in there])
        return told

    return job


def more(desk: Desk) -> Job:
    """What comes below."""

    def job(workspace: Workspace) -> Told | None:
        query, streams = desk.query, desk.streams
        return _read(workspace, query, streams) if streams else None

    return job


def _read(workspace: Workspace, asked: Query, streams: Streams, until: str = "") -> Sessions:
    """Page by page until there is enough, or what was created at `until` is reached: that is known."""
    query, now = asked.by(workspace.owner), time.time()
    pipeline = _whole(workspace, query.pipeline)
    found: dict[str, Session] = {}
    places: dict[str, Place] = {}
    looked, first, frontier = 0, "", ""
    while streams and len(found) < PAGE and looked < _LOOKED_AT and not (looked and frontier < until):
        left: list[tuple[SessionStatus | None, str | None]] = []
        frontier = ""
        for status, after in streams:
            page = workspace.sessions.list(status=status, pipeline=pipeline, limit=PAGE, after=after)
            looked += len(page.sessions)
            places |= page.places
            found |= {one.id: one for one in page.sessions if query.takes(one, now)}
            first = max([first, *(one.created for one in page.sessions[:1])])
            last = page.sessions[-1] if page.sessions else None
            if page.next is not None and not (last and query.is_before(last, now)):
                left.append((status, page.next))
                frontier = max(frontier, last.created if last else "")
        streams = tuple(left)
    return Sessions(asked, tuple(found.values()), places, streams, first, frontier, looked)


def _whole(workspace: Workspace, name: str | None) -> str | None:
    """The name of a pipeline, for its index; of a beginning of names, all sessions are looked at."""
    there = name is not None and workspace.sessions.list(pipeline=name, limit=1).sessions
    return name if there else None


def _again(workspace: Workspace, ids: Iterable[str]) -> tuple[tuple[Session, ...], tuple[str, ...]]:
    found: list[Session] = []
    gone: list[str] = []
    for id in ids:
        try:
            found.append(workspace.sessions.get(id))
        except NotFound:
            gone.append(id)
    return tuple(found), tuple(gone)


def glance(desk: Desk, running: Sequence[str], pipelines: Sequence[str]) -> Job:
    """The session under the cursor as it is when this is read, then those that run; and what is usual."""

    def job(workspace: Workspace) -> Told:
        glances = desk.glances(workspace)
        others = () if glances.are_counted else running[:_LOOKED_INTO]
        wanted = dict.fromkeys([*((desk.key,) if desk.key else ()), *others])
        views: dict[str, SessionView] = {}
        for id in wanted:
            try:
                views[id] = glances.view(id)
            except NotFound:
                continue
        return Glanced(views, {name: glances.usual(name) for name in pipelines})

    return job


def health(desk: Desk) -> Job:
    def job(workspace: Workspace) -> Told:
        began = time.perf_counter()

        def some(status: SessionStatus) -> tuple[Session, ...]:
            return workspace.sessions.list(status=status, limit=MOST_COUNTED).sessions

        running, failed = some(_S.RUNNING), some(_S.FAILED)
        recent = Query(since=_DAY)
        glances = desk.glances(workspace)
        looked = [one for one in running if one.id == desk.key] if glances.are_counted else running[:_LOOKED_INTO]
        asking = _asking(glances, looked)
        told = Health(
            running=len(running),
            queued=len(some(_S.QUEUED)),
            waiting=len(some(_S.RETRYING)),
            failed=sum(not recent.is_before(one, time.time()) for one in failed),
            asking=len(asking),
            most=MOST_COUNTED,
            pools=workspace.pools.list(),
            engine=workspace.engine_process(),
            owner=workspace.owner,
            seconds=time.perf_counter() - began,
            is_here=workspace.context.backend == "local",
            heard=_heard(workspace),
        )
        return Healthy(told, asking, tuple(workspace.noticed()))

    return job


def _heard(workspace: Workspace) -> float | None:
    """How long ago the environment's controller was at work, as far as it says."""
    since = workspace.reconciling.looked_last() if workspace.context.backend == "aws" else None
    return max(time.time() - seconds_of(since), 0.0) if since else None


def _asking(glances: Glances, running: Iterable[Session]) -> dict[str, str]:
    """What sessions want to know of a person: of each the first question."""
    found: dict[str, str] = {}
    for session in running:
        try:
            waiting = glances.view(session.id).approvals
        except NotFound:
            continue
        if waiting:
            found[session.id] = waiting[0].message or waiting[0].operation
    return found


def plans(ids: Sequence[str], action: Action, going: Callable[[], bool]) -> Job:
    """The same way out of each, exactly; nothing once it is not wanted any more."""

    def job(workspace: Workspace) -> Told | None:
        ways: list[Way] = []
        for id in ids:
            if not going():
                return None
            ways.append(workspace.sessions.plan_way(id, action))
        without = tuple((way.session, way.why) for way in ways if not way.possible)
        return Plans(action, tuple(way for way in ways if way.possible), without)

    return job
