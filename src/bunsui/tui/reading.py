"""What screens ask for, as jobs for the reading thread: each reads one thing and tells it as a message."""

from __future__ import annotations

from bunsui.services.views import Action, Ask
from bunsui.tui.loader import Job
from bunsui.tui.messages import (
    Ended,
    Errors,
    History,
    Loaded,
    Planned,
    Recorded,
    Registered,
    Told,
    Ways,
)
from bunsui.workspace import Workspace


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
