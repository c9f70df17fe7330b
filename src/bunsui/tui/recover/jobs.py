"""What the recover screen asks for, as jobs for the loader's threads, and the messages that they answer with."""

from __future__ import annotations

from dataclasses import dataclass

from bunsui.model.failure import ErrorAnalysis
from bunsui.services.views import Action, Ask, RecoveryPlan, SessionView, Way
from bunsui.tui.loader import Job
from bunsui.tui.messages import Told
from bunsui.workspace import Workspace


@dataclass(eq=False)
class Planned(Told):
    """Every way out, the session that they lead out of, and what failed in it."""

    plan: RecoveryPlan
    view: SessionView
    failures: tuple[ErrorAnalysis, ...]


@dataclass(eq=False)
class Tried(Told):
    """A way out exactly, with the operations that were named."""

    ask: Ask
    way: Way


@dataclass(eq=False)
class Exact(Told):
    """The same, with the outputs that were given: to be confirmed."""

    way: Way


def plan(session: str) -> Job:
    def job(workspace: Workspace) -> Told:
        view = workspace.sessions.status(session)
        ended = view.session.status.ended
        found = workspace.errors.strategy(view.session).analyses if ended else ()
        return Planned(workspace.sessions.recovery_plan(session), view, found)

    return job


def way(session: str, action: Action, ask: Ask) -> Job:
    return lambda workspace: Tried(ask, workspace.sessions.plan_way(session, action, ask))


def exactly(session: str, action: Action, ask: Ask) -> Job:
    return lambda workspace: Exact(workspace.sessions.plan_way(session, action, ask))
