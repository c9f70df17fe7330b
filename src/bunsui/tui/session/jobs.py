"""What the screen of a session asks for, as jobs for the loader's threads, and the messages that they answer with."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass

from bunsui.errors import NotFound
from bunsui.model.failure import CAUSE, ErrorAnalysis
from bunsui.model.log import LogLine
from bunsui.model.pipeline import Pipeline
from bunsui.services.views import Outcome, RunView
from bunsui.tui.loader import Job
from bunsui.tui.messages import Recorded, Told
from bunsui.tui.pipelines import addresses, typing
from bunsui.tui.session.pane import About
from bunsui.workspace import Workspace


@dataclass(eq=False)
class Detailed(Told):
    """The last execution in all detail; None before the first start. `seconds`: how long it took to read."""

    run: RunView | None
    seconds: float


@dataclass(eq=False)
class Abouts(Told):
    about: About


@dataclass(eq=False)
class Analysed(Told):
    """What failed; `lines` are those of the evidence, by their places. `recoveries`: how many there were by then."""

    analyses: tuple[ErrorAnalysis, ...]
    lines: Mapping[tuple[str, int], LogLine]
    recoveries: int


@dataclass(eq=False)
class Outcomes(Told):
    outcome: Outcome


@dataclass(eq=False)
class Ready(Told):
    """The pipeline of a session, to be run again with what that was given."""

    source: str
    pipeline: Pipeline
    texts: Mapping[str, str]


def record(session: str) -> Job:
    return lambda workspace: Recorded(workspace.sessions.get(session))


def detail(session: str) -> Job:
    def job(workspace: Workspace) -> Told:
        began = time.monotonic()
        run = workspace.sessions.run_view(session)
        return Detailed(run, time.monotonic() - began)

    return job


def about(session: str) -> Job:
    def job(workspace: Workspace) -> Told:
        record = workspace.sessions.get(session)
        outcome = workspace.sessions.outcome(session) if record.status.ended else None
        return Abouts(
            About(
                usual=workspace.sessions.glances().usual(record.pipeline),
                alerts=tuple(workspace.alerts.of_session(record)),
                recoveries=tuple(workspace.sessions.recoveries(session)),
                report=outcome.report if outcome else "",
                left=outcome.left if outcome else "",
            )
        )

    return job


def analysis(session: str) -> Job:
    def job(workspace: Workspace) -> Told:
        record = workspace.sessions.refresh(session)
        found = workspace.errors.strategy(record).analyses
        lines: dict[tuple[str, int], LogLine] = {}
        for place, number in {(one.place, one.line) for each in found for one in each.evidence if one.place != CAUSE}:
            try:
                lines[place, number] = workspace.sessions.log_line(place, number)
            except NotFound:
                continue
        return Analysed(found, lines, record.recoveries)

    return job


def outcome(session: str) -> Job:
    return lambda workspace: Outcomes(workspace.sessions.outcome(session))


def once_more(session: str) -> Job:
    """As its pipeline is now: the newest registered version, or its file."""

    def job(workspace: Workspace) -> Told:
        record = workspace.sessions.get(session)
        source = addresses.file_of(record) if record.version is None else record.pipeline
        pipeline = workspace.pipelines.load(source)[0]
        return Ready(source, pipeline, typing.previous(pipeline, record.params))

    return job
