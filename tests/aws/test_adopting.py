"""State machines that somebody else made, over the wire: adopted, watched, analysed, redriven; or imported."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from bunsui.errors import AlreadyExists, InvalidInput, NotFound, Refused
from bunsui.model.context import Context
from bunsui.model.session import Session
from bunsui.model.status import SessionStatus
from bunsui.services.adopting.adoption import ADOPTED, named
from bunsui.services.adopting.importing import imported
from bunsui.services.views import Action
from bunsui.settings import load
from bunsui.workspace import Workspace, open_workspace
from ministack.deployed import Deployed
from ministack.server import MiniStack

CODE = """
def handler(event, context):
    if event.get("n", 0) > 5:
        raise ValueError("too large: " + str(event["n"]))
    return {"n": event.get("n")}
"""
MENDED = "def handler(event, context):\n    return {}\n"
CHANGES = {
    "CreateStateMachine",
    "UpdateStateMachine",
    "PublishStateMachineVersion",
    "DeleteStateMachine",
    "TagResource",
}


def machine_of(function: str) -> dict[str, Any]:
    """Prepare, Work, Done: as anybody would write it."""
    work = {
        "Type": "Task",
        "Resource": "arn:aws:states:::lambda:invoke",
        "Parameters": {"FunctionName": function, "Payload.$": "$"},
        "Next": "Done",
    }
    prepare = {"Type": "Pass", "Result": 1, "ResultPath": "$.prepared", "Next": "Work"}
    return {"StartAt": "Prepare", "States": {"Prepare": prepare, "Work": work, "Done": {"Type": "Succeed"}}}


def checking(language: str = "JSONPath") -> dict[str, Any]:
    """Fails by itself when n is more than 5."""
    if language == "JSONPath":
        rule: dict[str, Any] = {"Variable": "$.n", "NumericGreaterThan": 5}
    else:
        rule = {"Condition": "{% $states.input.n > 5 %}"}
    check = {"Type": "Choice", "Choices": [{**rule, "Next": "TooLarge"}], "Default": "Done"}
    fail = {"Type": "Fail", "Error": "ValueError", "Cause": "too large"}
    states = {"Check": check, "TooLarge": fail, "Done": {"Type": "Succeed"}}
    return {"QueryLanguage": language, "StartAt": "Check", "States": states}


@dataclass
class Account:
    deployed: Deployed
    workspace: Workspace
    asked: list[str] = field(default_factory=list)

    def machine(self, name: str, definition: dict[str, Any], kind: str = "STANDARD") -> str:
        given = {"name": f"{self.deployed.name}{name}", "definition": json.dumps(definition), "type": kind}
        role = "arn:aws:iam::000000000000:role/somebody"
        return str(self.ask("create_state_machine", **given, roleArn=role)["stateMachineArn"])

    def start(self, machine: str, name: str, **input: Any) -> str:
        text = json.dumps(input)
        arn = str(self.ask("start_execution", stateMachineArn=machine, name=name, input=text)["executionArn"])
        while self.ask("describe_execution", executionArn=arn)["status"] == "RUNNING":
            time.sleep(0.02)
        return arn

    def ask(self, method: str, **given: Any) -> Any:
        return self.deployed.clients.ask("stepfunctions", method, **given)


@pytest.fixture
def account(ministack: MiniStack, monkeypatch: pytest.MonkeyPatch) -> Iterator[Account]:
    deployed = Deployed(ministack)
    for name, value in deployed.environ.items():
        monkeypatch.setenv(name, value)
    context = Context("there", "aws", environment=deployed.name)
    settings = load()
    with open_workspace(type(settings)(settings.home, settings.owner, settings.workers, context)) as workspace:
        yield Account(deployed, workspace)


def finished(workspace: Workspace, session: Session) -> Session:
    workspace.sessions.wait(session.id, 60)
    while (found := workspace.sessions.refresh(session.id)).ending:
        continue
    return found


@pytest.mark.parametrize("language", ["JSONPath", "JSONata"])
def test_executions_that_others_started_are_sessions_with_their_errors_and_a_report(
    account: Account, language: str
) -> None:
    machine = account.machine("OrdersNightly", checking(language))
    for number, n in enumerate([1, 9]):
        account.start(machine, f"night-{number}", n=n)
    found = account.workspace.adoption.adopt(machine, "orders")
    assert (found.version.name, found.version.source) == ("orders", machine)
    by_name = {one.tags["execution"]: one for one in found.sessions}
    assert {name: one.status for name, one in by_name.items()} == {
        "night-0": SessionStatus.COMPLETED,
        "night-1": SessionStatus.FAILED,
    }
    assert dict(by_name["night-1"].params) == {"n": 9}
    failed = finished(account.workspace, by_name["night-1"])
    [analysis] = account.workspace.errors.of_session(failed)
    assert (analysis.operation, analysis.error) == ("TooLarge", "ValueError")
    view = account.workspace.sessions.status(failed.id)
    assert {one.name: str(one.status) for one in view.operations} == {
        "Check": "SUCCEEDED",
        "TooLarge": "FAILED",
        "Done": "CANCELLED",
    }
    assert b"too large" in account.workspace.reports.written(failed)[1]
    assert account.workspace.alerts.list().alerts == ()  # of what had ended before nobody is told
    assert account.workspace.adoption.again("orders").sessions == ()


def test_a_redrive_and_a_restart_are_its_ways_out_and_nothing_of_the_machine_is_changed(account: Account) -> None:
    function = account.deployed.function("work", CODE)
    machine = account.machine("Orders", machine_of(function))
    account.start(machine, "once", n=9)
    hooks = account.deployed.clients._client("stepfunctions").meta.events
    hooks.register("before-send", lambda event_name, **_: account.asked.append(event_name.rpartition(".")[2]))
    adoption, sessions = account.workspace.adoption, account.workspace.sessions
    [session] = adoption.adopt(machine).sessions
    plan = sessions.recovery_plan(session.id)
    assert {way.action for way in plan.ways if way.possible} == {Action.REDRIVE, Action.RESTART}
    assert "cannot begin in the middle" in next(way.why for way in plan.ways if way.action is Action.RESUME)
    account.deployed.replace_function(function, MENDED)
    sessions.recover(sessions.plan_way(session.id, Action.REDRIVE))
    assert finished(account.workspace, session).status is SessionStatus.COMPLETED
    sessions.restart(session.id)
    again = finished(account.workspace, session)
    assert [one.name for one in again.executions] == ["once", f"{session.id}-2"]
    assert adoption.again(session.pipeline).sessions == ()  # its second execution is no session of its own
    assert not CHANGES & set(account.asked)


def test_one_execution_is_adopted_by_its_arn_and_what_comes_later_is_found_when_it_is_looked(account: Account) -> None:
    machine = account.machine("Orders", checking())
    account.start(machine, "first", n=1)
    second = account.start(machine, "second", n=9)
    adoption = account.workspace.adoption
    [session] = adoption.adopt(second, "orders").sessions
    assert (session.tags["execution"], session.status) == ("second", SessionStatus.FAILED)
    account.start(machine, "third", n=2)
    record = account.workspace.ports.table.get(ADOPTED, f"{ADOPTED}#orders")
    assert record is not None
    adoption.look(record)
    names = {one.tags["execution"] for one in account.workspace.sessions.list(pipeline="orders").sessions}
    assert names == {"first", "second", "third"}


def test_what_was_redriven_elsewhere_goes_on_as_the_same_session(account: Account) -> None:
    function = account.deployed.function("work", CODE)
    machine = account.machine("Orders", machine_of(function))
    arn = account.start(machine, "once", n=9)
    [session] = account.workspace.adoption.adopt(machine, "orders").sessions
    account.deployed.replace_function(function, MENDED)
    account.ask("redrive_execution", executionArn=arn)
    assert account.workspace.adoption.again("orders").sessions == ()
    done = finished(account.workspace, session)
    assert (done.status, len(done.executions)) == (SessionStatus.COMPLETED, 1)


def test_what_cannot_be_adopted_says_why(account: Account) -> None:
    adoption = account.workspace.adoption
    express = account.machine("Fast", machine_of("f"), "EXPRESS")
    with pytest.raises(Refused, match="keeps no history"):
        adoption.adopt(express)
    with pytest.raises(InvalidInput, match="no ARN of a state machine"):
        adoption.adopt("arn:aws:s3:::bucket")
    with pytest.raises(InvalidInput, match="is in eu-west-1, and this context in us-east-1"):
        adoption.adopt("arn:aws:states:eu-west-1:000000000000:stateMachine:x")
    with pytest.raises(NotFound, match="there is no"):
        adoption.adopt("arn:aws:states:us-east-1:000000000000:stateMachine:nothing")
    with pytest.raises(NotFound, match="no adopted state machine"):
        adoption.again("nothing")
    first, second = (account.machine(name, machine_of("f")) for name in ("One", "Two"))
    adoption.adopt(first, "taken")
    with pytest.raises(AlreadyExists, match="there is a pipeline 'taken' already"):
        adoption.adopt(second, "taken")
    with pytest.raises(Refused, match="is an adopted state machine"):
        account.workspace.run("taken")
    with open_workspace(load()) as here, pytest.raises(Refused, match="this context is none"):
        here.adoption.adopt(first)


def test_a_machine_is_imported_as_a_pipeline_file_that_validates(account: Account, tmp_path: Path) -> None:
    arn = account.machine("Orders", machine_of("f"))
    machine = account.workspace.existing.machine(arn)
    definition, text = imported(machine, "orders", "orders.asl.json")
    (tmp_path / "orders.asl.json").write_text(definition)
    (tmp_path / "orders.yaml").write_text(text)
    found = account.workspace.pipelines.load_config(str(tmp_path / "orders.yaml"))
    assert found.pipeline is not None
    assert found.pipeline.definition == machine_of("f")
    assert found.problems == ()


@pytest.mark.parametrize(
    ("machine", "name"),
    [("OrdersNightly", "orders-nightly"), ("a_b.C", "a-b-c"), ("2024 run", "m-2024-run"), ("X" * 60, "x" * 40)],
)
def test_a_pipeline_is_called_like_its_machine(machine: str, name: str) -> None:
    assert named(machine) == name


def test_an_execution_whose_input_is_no_object_is_not_restarted(account: Account) -> None:
    fail = {"Type": "Fail", "Error": "Always", "Cause": "always"}
    machine = account.machine("Lists", {"StartAt": "F", "States": {"F": fail}})
    arn = str(account.ask("start_execution", stateMachineArn=machine, name="one", input="[1]")["executionArn"])
    [session] = account.workspace.adoption.adopt(arn).sessions
    done = finished(account.workspace, session)
    ways = account.workspace.sessions.recovery_plan(done.id).ways
    restart = next(way for way in ways if way.action is Action.RESTART)
    assert (restart.possible, "no JSON object" in restart.why) == (False, True)
