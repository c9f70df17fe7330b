"""What the screen of alerts asks for and does, as jobs for the loader's threads, and the messages they answer with."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass

from bunsui.model.problem import Problem
from bunsui.services.alerts.records import AlertPage
from bunsui.services.alerts.service import Tested, given_targets
from bunsui.tui.loader import Job
from bunsui.tui.messages import Told
from bunsui.workspace import Workspace

PAGE = 100


@dataclass(eq=False)
class Alerts(Told):
    page: AlertPage
    after: str | None  # where it began (None: with the newest)
    problems: tuple[Problem, ...]  # of the home's `alerts.toml`


@dataclass(eq=False)
class Results(Told):
    """How a test went, target by target."""

    tested: Sequence[Tested]


def alerts(after: str | None = None) -> Job:
    def job(workspace: Workspace) -> Told:
        return Alerts(workspace.alerts.list(limit=PAGE, after=after), after, workspace.alerts.problems())

    return job


def test(texts: Sequence[str]) -> Job:
    """Of addresses as typed; of none, everybody whom the home names."""

    def job(workspace: Workspace) -> Told:
        given = given_targets(texts, os.getcwd())
        return Results(tuple(workspace.alerts.test(given or workspace.alerts.targets(None, os.getcwd()))))

    return job
