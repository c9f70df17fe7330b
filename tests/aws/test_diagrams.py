"""The messages of the sequence diagrams on AWS: what the services ask of DynamoDB, S3 and Step Functions, in order."""

from __future__ import annotations

import dataclasses

import pytest

from aws.matrix import until
from bunsui.channels.console import Console
from bunsui.channels.outlets import Outlets
from bunsui.model.session import Session
from bunsui.model.status import SessionStatus
from bunsui.services.wiring import Backend, Duties
from bunsui.settings import load
from bunsui.workspace import Workspace
from e2e.recorded import Recorded, in_order
from ministack.server import MiniStack
from ministack.stages import Stage
from ministack.workspaces import nothing

PATIENCE = 120.0
CODE = """
from bunsui import task

def extract(n):
    print("extracting", n)
    task.progress(1, 2, "half")
    return {"rows": list(range(n))}

def total(rows, bad):
    print("adding", len(rows))
    if bad and not task.context.attempt.startswith(bad):
        raise ConnectionError("connection reset by peer")
    return {"sum": sum(rows)}
"""
TEXT = """
version: 1
name: {name}
params:
  n: {{type: integer, default: 3}}
  good: {{type: string, default: ""}}
{more}
operations:
  extract:
    python: {{call: "work:extract"}}
    with: {{n: "{{% $params.n %}}"}}
  total:
    needs: [extract]
    python: {{call: "work:total"}}
    with: {{rows: "{{% $extract.rows %}}", bad: "{{% $params.good %}}"}}
outputs: {{sum: "{{% $total.sum %}}"}}
"""
FAILS = {"good": "9."}  # the execution in which it does not: never, here
PASSES = {"good": "2."}


@pytest.fixture(scope="module")
def stage(ministack: MiniStack) -> Stage:
    return Stage(ministack)


@pytest.fixture(scope="module")
def numbers(stage: Stage, tmp_path_factory: pytest.TempPathFactory) -> str:
    text = TEXT.format(name="numbers", more="report: always")
    return stage.deployed(tmp_path_factory.mktemp("numbers"), text, {"work.py": CODE})


@pytest.fixture(scope="module")
def recovering(stage: Stage, tmp_path_factory: pytest.TempPathFactory) -> str:
    text = TEXT.format(name="recovering", more="recovery: {on: [transient], interval: 0s}")
    return stage.deployed(tmp_path_factory.mktemp("recovering"), text, {"work.py": CODE})


@pytest.fixture
def messages() -> list[str]:
    return []


@pytest.fixture
def recorded(stage: Stage, messages: list[str]) -> Workspace:
    """Every look is this test's: no controller is there."""
    of = stage.ports
    table, objects, machines = (Recorded(port, messages) for port in (of.table, of.objects, of.machines))
    ports = dataclasses.replace(of, table=table, objects=objects, machines=machines)

    def opened(duties: Duties) -> Backend:
        return Backend(ports, Outlets(Console()), leave=nothing, close=nothing)

    return Workspace(load(), opened)


def over(stage: Stage, session: Session) -> None:
    """The execution ended; nobody has looked."""
    until(lambda: stage.ports.machines.describe(session.executions[-1].arn).ended)


def failed(recorded: Workspace, stage: Stage, messages: list[str], source: str, params: dict[str, str]) -> str:
    session = recorded.run(source, params)
    over(stage, session)
    messages.clear()
    return session.id


def test_a_start_stores_starts_initialises_logs_and_stores_again(recorded, stage, numbers, messages) -> None:
    session = recorded.run(numbers)
    in_order(messages, "deploy", "store CREATED", "start", "put_if_absent manifest", "store RUNNING")
    assert session.status is SessionStatus.RUNNING
    assert recorded.sessions.wait(session.id, PATIENCE).status is SessionStatus.COMPLETED


def test_an_end_is_seen_stored_and_its_logs_archived_and_status_reads_them(recorded, stage, numbers, messages) -> None:
    id = failed(recorded, stage, messages, numbers, {})
    view = recorded.sessions.status(id, lines=5)
    in_order(messages, "describe", "history", "put_if_absent log", "store COMPLETED checkpoint", "get log")
    assert view.session.status is SessionStatus.COMPLETED
    assert view.lines[-1].message == "ended COMPLETED"
    assert list(stage.ports.objects.list(f"logs/{id}/archive/"))
    assert not list(stage.ports.objects.list(f"logs/{id}/extract/"))


def test_a_failure_is_analysed_from_its_logs_stored_and_told(recorded, stage, numbers, messages) -> None:
    id = failed(recorded, stage, messages, numbers, FAILS)
    session = recorded.sessions.refresh(id)
    in_order(messages, "describe", "store FAILED checkpoint", "list log", "get log", "store group", "put alert")
    (found,) = recorded.errors.strategy(session).analyses
    assert (found.operation, found.error, found.category.value) == ("total", "ConnectionError", "transient")
    assert recorded.errors.strategy(session).decision.action is None
    assert [alert.message.kind.value for alert in recorded.alerts.of_session(session)] == ["failure"]
    assert "total" in session.reason


def test_a_recoverable_error_goes_on_from_its_checkpoint(recorded, stage, recovering, messages) -> None:
    id = failed(recorded, stage, messages, recovering, PASSES)
    assert recorded.sessions.refresh(id).status is SessionStatus.RUNNING
    in_order(
        messages,
        "store FAILED checkpoint",
        "store group",
        "get checkpoint",
        "store RETRYING",
        "put_if_absent recovery",
        "start",
        "put_if_absent log",
        "store RUNNING",
        "put recovered",
    )
    ended = recorded.sessions.wait(id, PATIENCE)
    assert (ended.status, recorded.sessions.outcome(id).outputs) == (SessionStatus.COMPLETED, {"sum": 3})
    statuses = {one.name: one.status.value for one in recorded.sessions.status(id).operations}
    assert statuses == {"extract": "REUSED", "total": "SUCCEEDED"}


def test_a_recovery_reads_state_and_history_then_resumes_and_stores(recorded, stage, numbers, messages) -> None:
    id = failed(recorded, stage, messages, numbers, PASSES)
    plan = recorded.sessions.plan_resume(id)
    in_order(messages, "get", "history")
    assert plan.reused == ("extract",)
    assert recorded.sessions.recovery_plan(id).suggested is not None
    messages.clear()
    recorded.sessions.recover(plan)
    in_order(messages, "store RECOVERING", "start", "store RUNNING")
    assert recorded.sessions.wait(id, PATIENCE).status is SessionStatus.COMPLETED


def test_two_users_sessions_run_side_by_side(stage: Stage, numbers: str, monkeypatch: pytest.MonkeyPatch) -> None:
    begun = []
    for owner in ("ada", "bob"):
        monkeypatch.setenv("BUNSUI_OWNER", owner)
        workspace = stage.workspace()
        begun.append(workspace.run(numbers, name=f"of-{owner}"))
    running = {(one.id, one.owner) for one in workspace.sessions.list(status=SessionStatus.RUNNING).sessions}
    assert {("of-ada", "ada"), ("of-bob", "bob")} <= running
    for session in begun:
        assert workspace.sessions.wait(session.id, PATIENCE).status is SessionStatus.COMPLETED


def test_a_task_streams_logs_and_progress_and_its_end_reaches_the_session(
    recorded: Workspace, stage: Stage, numbers: str, messages: list[str]
) -> None:
    id = failed(recorded, stage, messages, numbers, {})
    view = recorded.sessions.status(id)
    (said,) = stage.ports.table.query(f"session#{id}", "progress#").records
    assert (said.sort, said.body["note"]) == ("progress#extract", "half")
    assert "extracting 3" in [line.message for line in recorded.sessions.logs(id)]
    assert view.session.status is SessionStatus.COMPLETED


def test_a_report_is_made_of_records_and_logs_stored_and_its_address_shown(recorded, stage, numbers, messages) -> None:
    id = failed(recorded, stage, messages, numbers, FAILS)
    session = recorded.sessions.refresh(id)
    in_order(messages, "store FAILED checkpoint", "history", "get log", "put", "url")
    assert "X-Amz-Expires=" in recorded.reports.generate(session)
    assert b"connection reset by peer" in recorded.reports.written(session)[1]
