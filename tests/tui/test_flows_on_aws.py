"""The main flows of the diagrams in the full-screen interface, by their keys, on AWS."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from bunsui.aws.environments import ENVIRONMENT, THIS, environment_body
from bunsui.compiler import compile_pipeline
from bunsui.model.context import Context
from bunsui.model.status import SessionStatus
from bunsui.ports import Record
from bunsui.settings import Settings
from bunsui.tui.session.screen import SessionScreen
from bunsui.workspace import open_workspace
from ministack.functions import pipeline
from ministack.server import REGION, MiniStack
from ministack.stages import Stage
from tui.pilot import Keys, Project, at

_S = SessionStatus
STEPS = """
from bunsui import task


def fetch(n):
    print("fetching", n)
    return {"rows": n}


def total(rows):
    if task.context.attempt.startswith("1.") and rows > 5:
        raise ConnectionError("the warehouse refused the connection")
    return {"sum": rows}
"""
NUMBERS = """
version: 1
name: numbers
params:
  n: {type: integer, default: 3, minimum: 1, maximum: 9}
operations:
  fetch: {python: {call: "steps:fetch"}, with: {n: "{% $params.n %}"}}
  total: {needs: [fetch], python: {call: "steps:total"}, with: {rows: "{% $fetch.rows %}"}}
outputs: {sum: "{% $total.sum %}"}
"""


@pytest.fixture
def project(ministack: MiniStack, tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Project]:
    """What is deployed of it there is run from a context of its name."""
    stage = Stage(ministack)
    (tmp_path / "numbers.yaml").write_text(NUMBERS)
    stage.deployed(tmp_path, NUMBERS, {"steps.py": STEPS})
    stage.ports.machines.deploy(compile_pipeline(pipeline(NUMBERS)))
    body = environment_body(stage.environment, "test", "2026-01-01T00:00:00Z", "tester")
    stage.ports.table.put(Record(ENVIRONMENT, THIS, body))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("AWS_ENDPOINT_URL", ministack.address)
    monkeypatch.setenv("AWS_REGION", REGION)
    settings = Settings(home, "tester", 1, Context("cloud", "aws", environment=stage.environment.name))
    with open_workspace(settings) as workspace:
        yield Project(tmp_path, settings, workspace)


def test_a_pipeline_is_loaded_run_with_its_form_and_watched_to_its_end_on_aws(project: Project) -> None:
    async def flow(keys: Keys) -> None:
        await keys.until("No session yet")
        await keys.press("colon")
        await keys.type("run numbers.yaml")
        await keys.press("enter")
        await keys.until("valid")
        await keys.press("x")
        await keys.until("integer 1 to 9")
        await keys.type("4")
        await keys.until("(?m)-p n=4$")
        await keys.press("enter")
        await keys.until(r"✔ COMPLETED")

    at(project.app(), flow)
    ended = project.workspace.sessions.get("@last")
    assert (ended.status, ended.params, ended.context) == (_S.COMPLETED, {"n": 4}, "cloud")


def test_a_failure_is_seen_recovered_watched_and_reported_on_aws(project: Project) -> None:
    project.run("down", n=7)

    async def flow(keys: Keys) -> None:
        await keys.until("FAILED +down")
        await keys.press("enter")
        assert "the warehouse refused the connection" in await keys.until("ConnectionError")
        await keys.press("4")
        await keys.until("fetching 7")
        await keys.press("r")
        await keys.until("suggested")
        await keys.press("enter")
        await keys.until("bunsui session recover down --resume")
        await keys.press("y")
        await keys.until(lambda: isinstance(keys.app.screen, SessionScreen))
        await keys.until("COMPLETED")
        await keys.press("R")
        await keys.until("X-Amz-")

    at(project.app(), flow)
    session = project.workspace.sessions.get("down")
    assert (session.status, len(session.executions)) == (_S.COMPLETED, 2)


def test_two_people_see_each_others_sessions_on_aws(project: Project) -> None:
    async def flow(keys: Keys) -> None:
        await keys.until("No session yet")
        project.run("theirs")
        await keys.until("COMPLETED +theirs")

    at(project.app(), flow)


def test_a_pipeline_begins_with_a_template_is_changed_and_registered_on_aws(project: Project) -> None:
    async def flow(keys: Keys) -> None:
        await keys.until("No session yet")
        await keys.press("p", "n")
        await keys.until("bunsui init DIR")
        await keys.press("enter")
        await keys.until("into which folder")
        await keys.type("fresh")
        await keys.press("enter")
        await keys.until("edit fresh/pipeline.yaml")
        await keys.until("✔ valid")
        await keys.press("f9")
        await keys.until("version 1 of a new pipeline(?s:.*)bunsui pipeline register fresh/pipeline.yaml")
        await keys.press("y")
        await keys.until(lambda: [one.name for one in project.workspace.pipelines.list()] == ["fresh"])

    at(project.app(), flow)
