"""A machine with everything that a crash could tear: branches, a retry, a mailbox join, a fan-out, a nested machine."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from bunsui.local.home import Home
from bunsui.local.inbox import Inbox
from bunsui.local.machines import body_of
from bunsui.model.machine import CompiledMachine, FunctionResource, MachineResource

CODE = """
import os, pathlib

FOLDER = pathlib.Path(__file__).parent

def work(name, **more):
    with open(FOLDER / "ran.txt", "a") as file:
        file.write(name + "\\n")
    return {"did": name}

def fails_once(name):
    work(name)
    try:
        os.close(os.open(FOLDER / ("failed-" + name), os.O_CREAT | os.O_EXCL))
    except FileExistsError:
        return {"did": name}
    raise RuntimeError("once")
"""
OUTPUT = [
    {"a": {"did": "a2"}},
    {"b": {"did": "b2"}},
    {"c": {"did": "inner"}},
    {"d": [{"did": "item0"}, {"did": "item1"}, {"did": "item2"}]},
]
RUNS = sorted(["a1", "a2", "a2", "b1", "b2", "inner", "item0", "item1", "item2"])
ARN = "arn:aws:states:local:000000000000:execution:flow:kill-20260101-abcdef-1"


def _task(name: str, function: str = "Work", **more: Any) -> dict[str, Any]:
    context = {
        "session": "kill-20260101-abcdef",
        "operation": name.split("{")[0],
        "item": None,
        "generation": 0,
        "attempt": "1.0.0",
        "key": name,
    }
    return {
        "Type": "Task",
        "Resource": "arn:aws:states:::lambda:invoke",
        "Arguments": {
            "FunctionName": f"${{Function_{function}}}",
            "Payload": {"bunsui": context, "with": {"name": name}},
        },
        "Output": "{% $states.result.Payload %}",
        **({} if "Next" in more else {"End": True}),
        **more,
    }


def _dynamodb(action: str, next: str, values: dict[str, str], expression: str, **more: Any) -> dict[str, Any]:
    return {
        "Type": "Task",
        "Resource": f"arn:aws:states:::aws-sdk:dynamodb:{action}",
        "Arguments": {
            "TableName": "${Mailboxes}",
            "Key": {"k": {"S": "{% $states.context.Execution.Name & '/a' %}"}},
            "UpdateExpression": expression,
            "ExpressionAttributeValues": {name: {"S": value} for name, value in values.items()},
            **more.pop("arguments", {}),
        },
        "Next": next,
        **more,
    }


def _producer() -> dict[str, Any]:
    retry = [{"ErrorEquals": ["States.ALL"], "IntervalSeconds": 1, "MaxAttempts": 2}]
    wake = {
        "Type": "Task",
        "Resource": "arn:aws:states:::aws-sdk:sfn:sendTaskSuccess",
        "Arguments": {"TaskToken": "{% $found.t_b.S %}", "Output": "{}"},
        "Output": {"a": "{% $result %}"},
        "Catch": [{"ErrorEquals": ["Sfn.TaskTimedOutException"], "Next": "aDone", "Output": {"a": "{% $result %}"}}],
        "Next": "aDone",
    }
    publish = _dynamodb(
        "updateItem",
        "aAny",
        {":r": "{}"},
        "SET r = :r",
        arguments={"ReturnValues": "ALL_NEW"},
        Assign={"found": "{% $states.result.Attributes %}"},
        Output="{% $states.input %}",
    )
    choice = {
        "Type": "Choice",
        "Choices": [{"Condition": "{% $exists($found.t_b) %}", "Next": "aWake"}],
        "Default": "aOnly",
    }
    states = {
        "a1": _task("a1", Next="a2"),
        "a2": _task("a2", "Fails", Retry=retry, Next="aPublish", Assign={"result": "{% $states.result.Payload %}"}),
        "aPublish": publish,
        "aAny": choice,
        "aOnly": {"Type": "Pass", "Output": {"a": "{% $result %}"}, "Next": "aDone"},
        "aWake": wake,
        "aDone": {"Type": "Pass", "End": True},
    }
    return {"StartAt": "a1", "States": states}


def _consumer() -> dict[str, Any]:
    there = [{"ErrorEquals": ["DynamoDb.ConditionalCheckFailedException"], "Next": "b2"}]
    await_ = _dynamodb(
        "updateItem.waitForTaskToken",
        "b2",
        {":t": "{% $states.context.Task.Token %}"},
        "SET t_b = :t",
        arguments={"ConditionExpression": "attribute_not_exists(r)"},
        Catch=there,
    )
    last = {**_task("b2"), "Output": {"b": "{% $states.result.Payload %}"}}
    return {"StartAt": "b1", "States": {"b1": _task("b1", Next="bAwait"), "bAwait": await_, "b2": last}}


def _nested() -> dict[str, Any]:
    state = {
        "Type": "Task",
        "Resource": "arn:aws:states:::states:startExecution.sync:2",
        "Arguments": {"StateMachineArn": "${Machine_sub}", "Input": {}},
        "Output": {"c": "{% $states.result.Output %}"},
        "End": True,
    }
    return {"StartAt": "c", "States": {"c": state}}


def _fan_out() -> dict[str, Any]:
    item = _task("x")
    item["Arguments"]["Payload"]["with"] = {"name": "{% 'item' & $string($states.input) %}"}
    state = {
        "Type": "Map",
        "Items": [0, 1, 2],
        "ItemProcessor": {"StartAt": "d.item", "States": {"d.item": item}},
        "Output": {"d": "{% $states.result %}"},
        "End": True,
    }
    return {"StartAt": "d", "States": {"d": state}}


def _machine(name: str, definition: dict[str, Any], code: Path, **more: Any) -> CompiledMachine:
    whole = {"QueryLanguage": "JSONata", **definition}
    resources = {
        "Function_Work": FunctionResource("jobs:work", str(code)),
        "Function_Fails": FunctionResource("jobs:fails_once", str(code)),
        **more,
    }
    return CompiledMachine(name, whole, json.dumps(whole), "", resources, python=sys.executable, folder=str(code))


def prepare(home: Home, code: Path) -> None:
    """The commands of the scenario in the inbox, and its code in a folder."""
    code.mkdir()
    (code / "jobs.py").write_text(CODE)
    branches = [_producer(), _consumer(), _nested(), _fan_out()]
    top = {"StartAt": "All", "States": {"All": {"Type": "Parallel", "Branches": branches, "End": True}}}
    sub = _machine("sub", {"StartAt": "inner", "States": {"inner": _task("inner")}}, code)
    machine = _machine("flow", top, code, Machine_sub=MachineResource(sub))
    inbox = Inbox(home)
    inbox.send("deploy", body_of(machine))
    arn = "arn:aws:states:local:000000000000:stateMachine:flow:1"
    inbox.send("start", {"machine": arn, "name": ARN.rpartition(":")[2], "input": {"session": "kill-20260101-abcdef"}})
    inbox.close()


def runs(code: Path) -> list[str]:
    return sorted((code / "ran.txt").read_text().split())
