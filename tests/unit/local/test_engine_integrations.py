"""Mailboxes, approvals and nested executions, as the engine serves them in its own commits."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from engine_bench import ONE_TASK, Bench, compiled

from bunsui.errors import NotFound
from bunsui.model.machine import CompiledMachine, MachineResource
from bunsui.model.status import ExecutionStatus


def mailbox(key: str, action: str = "updateItem", **more: Any) -> dict[str, Any]:
    return {
        "Type": "Task",
        "Resource": f"arn:aws:states:::aws-sdk:dynamodb:{action}",
        "Arguments": {"TableName": "${Mailboxes}", "Key": {"k": {"S": key}}, **more},
    }


def approval() -> dict[str, Any]:
    return mailbox(
        "run/ok",
        "updateItem.waitForTaskToken",
        UpdateExpression="SET token = :t",
        ConditionExpression="attribute_not_exists(r)",
        ExpressionAttributeValues={":t": {"S": "{% $states.context.Task.Token %}"}},
    )


def token_in_mailbox(bench: Bench, key: str) -> str:
    row = bench.journal.connection.execute("SELECT item FROM mailboxes WHERE k = ?", (key,)).fetchone()
    return str(json.loads(row[0])["token"]["S"])


def test_an_approval_waits_for_its_token_over_a_crash(bench: Bench) -> None:
    arn = bench.start(compiled({"ok": {**approval(), "End": True}}))
    token = token_in_mailbox(bench, "run/ok")
    bench.crash()
    bench.settle()
    with pytest.raises(NotFound):
        bench.command("answer", token="nobody", output=None, error=None, cause=None)
    bench.command("answer", token=token, output={"approved": True}, error=None, cause=None)
    assert bench.reader.describe(arn).output == {"approved": True}
    with pytest.raises(NotFound):
        bench.command("answer", token=token, output={}, error=None, cause=None)


def test_a_refused_approval_fails_with_its_error(bench: Bench) -> None:
    arn = bench.start(compiled({"ok": {**approval(), "End": True}}))
    token = token_in_mailbox(bench, "run/ok")
    bench.command("answer", token=token, output=None, error="Bunsui.Rejected", cause="no")
    assert bench.reader.describe(arn).error == "Bunsui.Rejected"


def test_a_failed_condition_is_dynamodbs_error(bench: Bench) -> None:
    write = mailbox("run/p", UpdateExpression="SET r = :r", ExpressionAttributeValues={":r": {"S": "{}"}})
    once = mailbox(
        "run/p",
        UpdateExpression="SET r = :r",
        ConditionExpression="attribute_not_exists(r)",
        ExpressionAttributeValues={":r": {"S": "other"}},
    )
    arn = bench.start(compiled({"w": {**write, "Next": "v"}, "v": {**once, "End": True}}))
    assert bench.reader.describe(arn).error == "DynamoDb.ConditionalCheckFailedException"


def test_a_wake_answers_a_waiting_branch_in_one_commit(bench: Bench) -> None:
    publish = mailbox(
        "run/ok",
        UpdateExpression="SET r = :r",
        ExpressionAttributeValues={":r": {"S": "{}"}},
        ReturnValues="ALL_NEW",
    )
    wake = {
        "Type": "Task",
        "Resource": "arn:aws:states:::aws-sdk:sfn:sendTaskSuccess",
        "Arguments": {"TaskToken": "{% $states.input.Attributes.token.S %}", "Output": '{"woken": true}'},
        "End": True,
    }
    branches = [
        {"StartAt": "ok", "States": {"ok": {**approval(), "End": True}}},
        {"StartAt": "p", "States": {"p": {**publish, "Next": "wake"}, "wake": wake}},
    ]
    arn = bench.start(compiled({"Both": {"Type": "Parallel", "Branches": branches, "End": True}}))
    execution = bench.reader.describe(arn)
    assert execution.status is ExecutionStatus.SUCCEEDED
    assert isinstance(execution.output, list)
    assert execution.output[0] == {"woken": True}


def test_a_wake_for_a_gone_token_is_an_error_that_can_be_caught(bench: Bench) -> None:
    wake = {
        "Type": "Task",
        "Resource": "arn:aws:states:::aws-sdk:sfn:sendTaskSuccess",
        "Arguments": {"TaskToken": "gone", "Output": "{}"},
        "Catch": [{"ErrorEquals": ["Sfn.TaskTimedOutException"], "Next": "fine"}],
        "End": True,
    }
    arn = bench.start(compiled({"wake": wake, "fine": {"Type": "Succeed", "Output": "fine"}}))
    assert bench.reader.describe(arn).output == "fine"


def test_a_batch_read_gives_what_is_there(bench: Bench) -> None:
    write = mailbox("run/p", UpdateExpression="SET r = :r", ExpressionAttributeValues={":r": {"S": "1"}})
    keys = [{"k": {"S": "run/p"}}, {"k": {"S": "run/none"}}]
    read = {
        "Type": "Task",
        "Resource": "arn:aws:states:::aws-sdk:dynamodb:batchGetItem",
        "Arguments": {"RequestItems": {"${Mailboxes}": {"Keys": keys, "ConsistentRead": True}}},
        "Output": "{% $states.result.Responses %}",
        "End": True,
    }
    arn = bench.start(compiled({"w": {**write, "Next": "read"}, "read": read}))
    item = {"k": {"S": "run/p"}, "r": {"S": "1"}}
    assert bench.reader.describe(arn).output == {"bunsui-mailboxes": [item]}


def nested(child: CompiledMachine) -> CompiledMachine:
    state = {
        "Type": "Task",
        "Resource": "arn:aws:states:::states:startExecution.sync:2",
        "Arguments": {"StateMachineArn": "${Machine_sub}", "Input": {"deep": 1}},
        "Output": "{% $states.result.Output %}",
        "End": True,
    }
    return compiled({"sub": state}, {"Machine_sub": MachineResource(replace(child, name="sub"))})


def test_a_nested_execution_answers_its_parent(bench: Bench) -> None:
    arn = bench.start(nested(ONE_TASK))
    child = bench.reader.children(arn)[0]
    assert bench.reader.describe(child).input == {"deep": 1}
    assert bench.supervisor.launched[0].folder == "/srv"
    bench.crash()
    bench.settle()
    bench.finish({"y": 9})
    assert bench.reader.describe(child).status is ExecutionStatus.SUCCEEDED
    assert bench.reader.describe(arn).output == {"y": 9}
    assert [told[0] for told in bench.told] == [arn]


def test_a_failed_nested_execution_fails_its_parents_task(bench: Bench) -> None:
    arn = bench.start(nested(ONE_TASK))
    bench.finish(error="ValueError", cause="no")
    execution = bench.reader.describe(arn)
    assert execution.error == "States.TaskFailed"
    assert json.loads(execution.cause or "")["Error"] == "ValueError"


def test_stopping_the_parent_stops_the_child_and_its_task(bench: Bench) -> None:
    arn = bench.start(nested(ONE_TASK))
    id = bench.supervisor.launched[0].id
    bench.command("stop", arn=arn, error="Cancelled", cause="")
    assert bench.reader.describe(bench.reader.children(arn)[0]).status is ExecutionStatus.ABORTED
    assert bench.supervisor.cancelled == [id]
    assert bench.engine.idle
