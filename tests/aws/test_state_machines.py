"""What StepFunctionsClient does beyond its port's suite: tokens, nested executions, long histories, versions."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest

from bunsui.aws.names import Environment
from bunsui.aws.state_machines import StepFunctionsClient
from bunsui.errors import InvalidInput, NotFound
from bunsui.model.history import Execution
from bunsui.model.machine import CompiledMachine, MachineResource
from bunsui.model.status import ExecutionStatus
from bunsui.ports import Answer
from ministack.functions import make_mailboxes
from ministack.server import MiniStack

_PATIENCE = 30


def compiled(states: dict[str, Any], name: str = "flow", **resources: MachineResource) -> CompiledMachine:
    definition = {"QueryLanguage": "JSONata", "StartAt": next(iter(states)), "States": states}
    return CompiledMachine(name, definition, json.dumps(definition), "", resources)


def ended(machines: StepFunctionsClient, arn: str) -> Execution:
    deadline = time.monotonic() + _PATIENCE
    while (found := machines.describe(arn)).status is ExecutionStatus.RUNNING:
        assert time.monotonic() < deadline
        time.sleep(0.02)
    return found


WAITING = compiled(
    {
        "ask": {
            "Type": "Task",
            "Resource": "arn:aws:states:::aws-sdk:dynamodb:updateItem.waitForTaskToken",
            "Arguments": {
                "TableName": "${Mailboxes}",
                "Key": {"k": {"S": "{% $states.context.Execution.Name %}"}},
                "UpdateExpression": "SET t = :t",
                "ExpressionAttributeValues": {":t": {"S": "{% $states.context.Task.Token %}"}},
            },
            "HeartbeatSeconds": 60,
            "End": True,
        }
    }
)


class Desk:
    """Where somebody waits for an answer."""

    def __init__(self, running: MiniStack) -> None:
        self._clients, self._environment = running.clients(), running.environment()
        make_mailboxes(self._clients, self._environment)
        self.machines = running.machines(self._environment)

    def wait(self, name: str) -> tuple[str, str]:
        """A new execution that waits, and its token."""
        arn = self.machines.start(self.machines.deploy(WAITING), name, {})
        deadline = time.monotonic() + _PATIENCE
        while True:
            key = {"k": {"S": name}}
            there = self._clients.ask("dynamodb", "get_item", TableName=self._environment.mailboxes, Key=key)
            if "Item" in there:
                return arn, there["Item"]["t"]["S"]
            assert time.monotonic() < deadline
            time.sleep(0.02)


@pytest.fixture
def desk(ministack: MiniStack) -> Desk:
    return Desk(ministack)


def test_a_token_is_answered_once(desk: Desk) -> None:
    arn, token = desk.wait("w-1")
    desk.machines.heartbeat(token)
    desk.machines.answer(token, Answer({"ok": [1, "é"]}))
    assert ended(desk.machines, arn).output == {"ok": [1, "é"]}
    for again in (lambda: desk.machines.answer(token, Answer({})), lambda: desk.machines.heartbeat(token)):
        with pytest.raises(NotFound):
            again()


def test_a_token_is_answered_with_an_error(desk: Desk) -> None:
    arn, token = desk.wait("w-1")
    desk.machines.answer(token, Answer(error="Refused", cause="not now"))
    execution = ended(desk.machines, arn)
    assert (execution.status, execution.error, execution.cause) == (ExecutionStatus.FAILED, "Refused", "not now")


def test_a_token_of_an_execution_that_was_stopped_is_not_found(desk: Desk) -> None:
    arn, token = desk.wait("w-1")
    desk.machines.stop(arn, "Cancelled", "c" * 40_000)
    assert len(str(ended(desk.machines, arn).cause)) == 32_768
    deadline = time.monotonic() + _PATIENCE
    while True:
        try:
            desk.machines.heartbeat(token)
        except NotFound:
            return
        assert time.monotonic() < deadline


def test_whoever_does_not_beat_is_taken_for_lost_and_whoever_does_is_not(ministack: MiniStack) -> None:
    call = {
        "Type": "Task",
        "Resource": "arn:aws:states:::aws-sdk:sts:getCallerIdentity.waitForTaskToken",
        "HeartbeatSeconds": 1,
        "End": True,
    }
    machines = ministack.machines()
    execution = ended(machines, machines.start(machines.deploy(compiled({"call": call})), "run-1", {}))
    assert execution.error == "States.HeartbeatTimeout"


def test_what_a_branch_assigns_is_its_own(ministack: MiniStack) -> None:
    inner = {"StartAt": "a", "States": {"a": {"Type": "Pass", "Assign": {"x": 1}, "End": True}}}
    states = {
        "P": {"Type": "Parallel", "Branches": [inner], "Next": "after"},
        "after": {"Type": "Pass", "Output": "{% $exists($x) %}", "End": True},
    }
    machines = ministack.machines()
    assert ended(machines, machines.start(machines.deploy(compiled(states)), "run-1", {})).output is False


INNER = compiled({"p": {"Type": "Pass", "Output": {"x": "{% $states.input.n * 2 %}"}, "End": True}}, "inner")
STUCK = compiled({"w": {"Type": "Wait", "Seconds": 600, "End": True}}, "stuck")


def nesting(inner: CompiledMachine) -> CompiledMachine:
    call = {
        "Type": "Task",
        "Resource": "arn:aws:states:::states:startExecution.sync:2",
        "Arguments": {"StateMachineArn": "${Machine_inner}", "Input": "{% $states.input %}"},
        "Output": "{% $states.result.Output %}",
        "End": True,
    }
    return compiled({"call": call}, "outer", Machine_inner=MachineResource(inner))


def test_a_nested_machine_is_deployed_with_its_parent_and_its_execution_is_a_child(ministack: MiniStack) -> None:
    machines = ministack.machines()
    arn = machines.start(machines.deploy(nesting(INNER)), "run-1", {"n": 4})
    assert ended(machines, arn).output == {"x": 8}
    (child,) = machines.children(arn)
    assert machines.describe(child).output == {"x": 8}


def test_what_is_nested_ends_with_its_parent(ministack: MiniStack) -> None:
    machines = ministack.machines()
    arn = machines.start(machines.deploy(nesting(STUCK)), "run-1", {})
    deadline = time.monotonic() + _PATIENCE
    while not (children := machines.children(arn)):
        assert time.monotonic() < deadline
    machines.stop(arn, "Cancelled", "")
    assert ended(machines, children[0]).status is ExecutionStatus.ABORTED


def test_a_history_of_many_pages_is_read_whole_and_from_anywhere(ministack: MiniStack) -> None:
    machines = ministack.machines()
    each = {"StartAt": "p", "States": {"p": {"Type": "Pass", "End": True}}}
    states = {
        "m": {
            "Type": "Map",
            "Items": "{% [1..300] %}",
            "MaxConcurrency": 4,
            "ItemProcessor": {"ProcessorConfig": {"Mode": "INLINE"}, **each},
            "End": True,
        }
    }
    arn = machines.start(machines.deploy(compiled(states)), "run-1", {})
    assert ended(machines, arn).status is ExecutionStatus.SUCCEEDED
    count = len(list(machines.history(arn)))
    assert count == 300 * 4 + 6
    for after in (0, 1, 5, 150, count - 1, count):
        assert [event.id for event in machines.history(arn, after)] == list(range(after + 1, count + 1))


def test_another_process_finds_the_version_that_is_there(ministack: MiniStack) -> None:
    environment = ministack.environment()
    first, second = ministack.machines(environment), ministack.machines(environment)
    one, other = first.deploy(INNER), first.deploy(compiled({"p": {"Type": "Pass", "End": True}}, "inner"))
    assert one != other
    assert second.deploy(INNER) == one


def test_names_of_the_environment_stand_where_the_definition_names_them(ministack: MiniStack) -> None:
    environment = Environment("prod", "000000000000", "us-east-1", subnets=("subnet-1",))
    bucket = "{% '${Bucket}' & ' ${Mailboxes} ${Cluster} ${Subnets} ${unknown}' %}"
    named = compiled({"p": {"Type": "Pass", "Output": bucket, "End": True}})
    machines = ministack.machines(environment)
    arn = machines.start(machines.deploy(named), "run-1", {})
    assert ended(machines, arn).output == (
        "bunsui-prod-000000000000-us-east-1 bunsui-prod-mailboxes bunsui-prod subnet-1 ${unknown}"
    )


def test_an_input_that_aws_would_refuse_is_refused_with_its_size(ministack: MiniStack) -> None:
    machines = ministack.machines()
    machine = machines.deploy(INNER)
    with pytest.raises(InvalidInput, match="300,0"):
        machines.start(machine, "run-1", {"text": "x" * 300_000})


def test_a_definition_that_is_none_is_refused_with_the_reason(ministack: MiniStack) -> None:
    broken = compiled({"p": {"Type": "Pass", "Output": "{% ( %}", "End": True}})
    with pytest.raises(InvalidInput):
        ministack.machines().deploy(broken)
