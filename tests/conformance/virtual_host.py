"""Runs a recorded case on a virtual clock: the world around `advance` that the cases describe."""

from __future__ import annotations

import heapq
import json
from itertools import count
from typing import Any

from bunsui.asl.advance import Step, advance
from bunsui.asl.effects import CallTask, Ended, Timer
from bunsui.asl.inputs import Input, Started, TaskFailed, TaskSucceeded, TimerFired
from bunsui.asl.lambda_result import invoke_result
from bunsui.asl.machine import InvalidDefinition, Machine, parse
from bunsui.asl.state import State

START = 1_700_000_000.0
ACCOUNT = "us-east-1:111111111111"


class Host:
    """Calls tasks as the case says, and fires what is due in order of time."""

    def __init__(self, machine: Machine, tasks: dict[str, Any]) -> None:
        self.machine = machine
        self.tasks = tasks
        self.state: State | None = None
        self.steps: list[Step] = []
        self.ended: Ended | None = None
        self.due: list[tuple[float, int, Input]] = []
        self.order = count()

    def run(self, input: Any) -> None:
        arn = f"arn:aws:states:{ACCOUNT}:execution:machine:case"
        machine_arn = f"arn:aws:states:{ACCOUNT}:stateMachine:machine"
        self.feed(Started(START, arn, "case", machine_arn, "machine", input, "seed"))
        while self.due and self.ended is None:
            self.feed(heapq.heappop(self.due)[2])

    def feed(self, input: Input) -> None:
        step = advance(self.machine, self.state, input)
        self.state = step.state
        self.steps.append(step)
        for effect in step.effects:
            if isinstance(effect, CallTask):
                self.call(effect, input.at)
            elif isinstance(effect, Timer):
                self.later(effect.at, TimerFired(effect.at, effect.timer))
            elif isinstance(effect, Ended):
                self.ended = effect

    def later(self, at: float, input: Input) -> None:
        heapq.heappush(self.due, (at, next(self.order), input))

    def call(self, call: CallTask, at: float) -> None:
        invoke = call.resource.endswith(":lambda:invoke")
        arguments: Any = call.arguments
        name = arguments.get("FunctionName", "") if invoke else call.resource
        behaviour = self.behaviour(str(name))
        at += 0.01 + (behaviour or {}).get("delay_seconds", 0)
        if behaviour is None:
            cause = f"Function not found: {name} (Service: AWSLambda; Status Code: 404)"
            self.later(at, TaskFailed(at, call.task, "Lambda.ResourceNotFoundException", cause))
        elif "raises" in behaviour:
            raised = behaviour["raises"]
            separators = (",", ":") if invoke else (", ", ": ")
            self.later(
                at, TaskFailed(at, call.task, raised["error"], json.dumps(raised["cause"], separators=separators))
            )
        else:
            value = returned(behaviour, event(arguments) if invoke else arguments)
            output = invoke_result(value, at=at, request=call.task) if invoke else value
            self.later(at, TaskSucceeded(at, call.task, output))

    def behaviour(self, name: str) -> dict[str, Any] | None:
        return next((b for arn, b in self.tasks.items() if name in (arn, arn.rpartition(":")[2])), None)


def event(arguments: dict[str, Any]) -> Any:
    """What the function gets as its event."""
    payload = arguments.get("Payload")
    if payload is None:
        return {}
    return json.loads(payload) if isinstance(payload, str) else payload


def returned(behaviour: dict[str, Any], given: Any) -> Any:
    if "returns_repeated" in behaviour:
        return behaviour["returns_repeated"]["text"] * behaviour["returns_repeated"]["times"]
    return behaviour.get("returns", given)


def observe(case: dict[str, Any]) -> dict[str, Any]:
    """The case's outcome in the form that `compare.py` takes."""
    try:
        machine = parse(case["definition"])
    except InvalidDefinition as invalid:
        return {"create_error": {"code": "InvalidDefinition", "message": str(invalid)}}
    host = Host(machine, case.get("tasks") or {})
    host.run(case["input"])
    assert host.ended is not None, "the execution does not end"
    events = [
        {"id": e.id, "previousEventId": e.previous_id, "type": e.type, "details": e.details}
        for step in host.steps
        for e in step.events
    ]
    end = {"status": str(host.ended.status), "error": host.ended.error, "cause": host.ended.cause, "events": events}
    return end | {"output": host.ended.output} if host.ended.status == "SUCCEEDED" else end


def refuse(case: dict[str, Any]) -> dict[str, Any]:
    """What is said of a definition, by CreateStateMachine or ValidateStateMachineDefinition."""
    try:
        parse(case["definition"])
    except InvalidDefinition as invalid:
        told = [
            {"code": p.code, "location": p.location, "message": p.message, "severity": "ERROR"}
            for p in invalid.problems
        ]
        error = {"code": "InvalidDefinition", "message": str(invalid)}
        return {"create_error": error, "response": {"diagnostics": told, "result": "FAIL", "truncated": False}}
    return {"response": {"diagnostics": [], "result": "OK", "truncated": False}}
