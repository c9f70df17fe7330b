"""What screens ask for, as jobs for the reading thread: each reads one thing and tells it as a message."""

from __future__ import annotations

from bunsui.model.session import Session
from bunsui.model.status import OperationStatus, SessionStatus
from bunsui.services.views import Action, Ask, Place, SessionView
from bunsui.tui.home.query import Query
from bunsui.tui.loader import Job
from bunsui.tui.messages import (
    Counts,
    Ended,
    Errors,
    History,
    Loaded,
    Planned,
    Recorded,
    Registered,
    Sessions,
    Told,
    Ways,
)
from bunsui.workspace import Workspace

PAGE = 100
MOST_COUNTED = 100
_LOOKED_AT = 2_000  # sessions, for those that a filter takes
_LOOKED_INTO = 12  # running sessions, for how far they are
_S = SessionStatus
_DONE = (OperationStatus.SUCCEEDED, OperationStatus.REUSED, OperationStatus.SKIPPED)


def sessions(query: Query, after: str | None, now: float, again: tuple[str, ...] = ()) -> Job:
    """A page, and how far those of it are that run; `again`: others that may have changed."""

    def job(workspace: Workspace) -> Told:
        found, places, more = _page(workspace, query, after, now)
        new = {one.id for one in found}
        others = tuple(workspace.sessions.get(id) for id in again if id not in new)
        running = [one for one in (*found, *others) if one.status is _S.RUNNING][:_LOOKED_INTO]
        views = [workspace.sessions.status(one.id) for one in running]
        return Sessions(
            asked=query,
            sessions=found,
            places=places,
            progress={view.session.id: _progress(view) for view in views},
            asking={view.session.id: view.approvals[0].message for view in views if view.approvals},
            more=more,
            after=after,
            again=others,
        )

    return job


def _page(
    workspace: Workspace, query: Query, after: str | None, now: float
) -> tuple[tuple[Session, ...], dict[str, Place], str | None]:
    found: list[Session] = []
    places: dict[str, Place] = {}
    looked = 0
    while len(found) < PAGE and looked < _LOOKED_AT:
        page = workspace.sessions.list(status=query.status, pipeline=query.pipeline, limit=PAGE, after=after)
        looked += PAGE
        places |= page.places
        found += [one for one in page.sessions if query.takes(one, now)]
        after = page.next
        if after is None or (page.sessions and query.is_before(page.sessions[-1], now)):
            return tuple(found), places, None
    return tuple(found), places, after


def _progress(view: SessionView) -> tuple[int, int]:
    top = [one for one in view.operations if not one.depth]
    return sum(one.status in _DONE for one in top), len(top)


def counts(workspace: Workspace) -> Counts:
    """Of what needs attention."""

    def number(status: SessionStatus) -> int:
        return len(workspace.sessions.list(status=status, limit=MOST_COUNTED).sessions)

    return Counts(
        running=number(_S.RUNNING),
        queued=number(_S.QUEUED),
        waiting=number(_S.RETRYING),
        failed=number(_S.FAILED),
        most=MOST_COUNTED,
        engine=workspace.engine_process(),
    )


def errors(session: str) -> Job:
    return lambda workspace: Errors(workspace.errors.strategy(workspace.sessions.refresh(session)).analyses)


def record(session: str) -> Job:
    return lambda workspace: Recorded(workspace.sessions.get(session))


def outcome(session: str) -> Job:
    return lambda workspace: Ended(workspace.sessions.outcome(session))


def history(session: str) -> Job:
    return lambda workspace: History(workspace.sessions.history(session))


def plan(session: str) -> Job:
    return lambda workspace: Planned(workspace.sessions.recovery_plan(session))


def way(session: str, action: Action, ask: Ask) -> Job:
    return lambda workspace: Ways(workspace.sessions.plan_way(session, action, ask))


def pipelines(workspace: Workspace) -> Registered:
    return Registered(tuple(workspace.pipelines.list()))


def loaded(source: str, *, registered: bool) -> Job:
    """A file with its problems or its preview; a registered pipeline likewise, by its name."""

    def job(workspace: Workspace) -> Told:
        if registered:
            return Loaded(source, None, workspace.pipelines.preview(source))
        config = workspace.pipelines.load_config(source)
        if config.pipeline is None:
            return Loaded(source, config, None)
        return Loaded(source, config, workspace.pipelines.preview(source))

    return job
