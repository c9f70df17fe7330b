"""`states:startExecution.sync:2`: a nested execution in the same engine, answered when it ends."""

from __future__ import annotations

from bunsui.asl.effects import Ended
from bunsui.asl.inputs import TaskFailed, TaskSucceeded
from bunsui.local.integrations.call import Call, Integration, Reaction, StartChild, Stores
from bunsui.local.journal import ExecutionRow
from bunsui.local.payloads import dumps
from bunsui.model.json import Json
from bunsui.model.status import ExecutionStatus


def _react(call: Call, stores: Stores) -> Reaction:
    name = call.arguments.get("Name")
    return StartChild(str(call.arguments.get("StateMachineArn")), name and str(name), call.arguments.get("Input") or {})


def submitted(arn: str, at: float) -> Json:
    return {"ExecutionArn": arn, "StartDate": _time(at)}


def answer(child: ExecutionRow, at: float, end: Ended) -> TaskSucceeded | TaskFailed:
    """What the parent's task is told: DescribeExecution's answer, its texts parsed on success (that is ``:2``)."""
    result: dict[str, Json] = {
        "ExecutionArn": child.arn,
        "Input": child.input,
        "Name": child.name,
        "StartDate": _time(child.started),
        "StateMachineArn": child.machine,
        "Status": end.status.value,
        "StopDate": _time(at),
    }
    task = child.parent_task or ""
    if end.status is ExecutionStatus.SUCCEEDED:
        return TaskSucceeded(at, task, {**result, "Output": end.output})
    failure = {key: value for key, value in (("Cause", end.cause), ("Error", end.error)) if value is not None}
    text = dumps({**failure, **result, "Input": dumps(child.input).decode()}).decode()
    return TaskFailed(at, task, "States.TaskFailed", text)


def _time(at: float) -> int:
    """Milliseconds, as AWS gives them to a state machine."""
    return int(at * 1000)


START = Integration(_react)
