"""The world of a case: its functions answer on a virtual clock, and what is due happens in order of time."""

from __future__ import annotations

import heapq
import json
from collections.abc import Mapping
from itertools import count
from typing import Any

from bunsui.asl.advance import Step, advance
from bunsui.asl.effects import CallTask, Ended, Timer
from bunsui.asl.inputs import Input, Started, TaskFailed, TaskSucceeded, TimerFired
from bunsui.asl.lambda_result import invoke_result
from bunsui.asl.language import InvalidDefinition
from bunsui.asl.machine import Machine, parse
from bunsui.asl.run import ROLE
from bunsui.asl.state import State
from bunsui.asl.trial import Answered
from bunsui.errors import ApiError
from bunsui.local.api import definitions
from bunsui.local.api.trials import Shape, Trials
from bunsui.local.conformance.cases import Case

START = 1_700_000_000.0
_ACCOUNT = "us-east-1:111111111111"
_SOON = 0.01  # seconds that a call takes
_MOST_STEPS = 200_000

Observed = dict[str, Any]
_STARTS = ("start_execution", "start_sync_execution")
_REFUSALS = ("create_state_machine", "validate_state_machine_definition")
_TEST = "test_state"
RUN = frozenset({*_STARTS, *_REFUSALS, _TEST})  # what there is a world for


class World:
    def __init__(self, machine: Machine, tasks: Mapping[str, Mapping[str, Any]], express: bool) -> None:
        self._machine = machine
        self._tasks = tasks
        self._kind = "express:machine:case:id" if express else "execution:machine:case"
        self._due: list[tuple[float, int, Input]] = []
        self._order = count()
        self._state: State | None = None
        self.steps: list[Step] = []
        self.ended: Ended | None = None

    def run(self, given: Any) -> None:
        arn, machine = (f"arn:aws:states:{_ACCOUNT}:{kind}" for kind in (self._kind, "stateMachine:machine"))
        self._feed(Started(START, arn, "case", machine, "machine", given, "seed"))
        while self._due and self.ended is None and len(self.steps) < _MOST_STEPS:
            self._feed(heapq.heappop(self._due)[2])

    def _feed(self, entry: Input) -> None:
        step = advance(self._machine, self._state, entry)
        self._state = step.state
        self.steps.append(step)
        for effect in step.effects:
            if isinstance(effect, CallTask):
                self._call(effect, entry.at)
            elif isinstance(effect, Timer):
                self._later(effect.at, TimerFired(effect.at, effect.timer))
            elif isinstance(effect, Ended):
                self.ended = effect

    def _later(self, at: float, entry: Input) -> None:
        heapq.heappush(self._due, (at, next(self._order), entry))

    def _call(self, call: CallTask, at: float) -> None:
        entry = answer(call, self._tasks, at)
        self._later(entry.at, entry)


def answer(call: CallTask, tasks: Mapping[str, Mapping[str, Any]], at: float) -> TaskSucceeded | TaskFailed:
    """What the function of a case does when it is called."""
    invoke = call.resource.endswith(":lambda:invoke")
    arguments: Any = call.arguments
    given = arguments if isinstance(arguments, dict) else {}
    name = str(given.get("FunctionName", "") if invoke else call.resource)
    behaviour = next((b for arn, b in tasks.items() if name in (arn, arn.rpartition(":")[2])), None)
    at += _SOON + (behaviour or {}).get("delay_seconds", 0)
    if behaviour is None:
        cause = f"Function not found: {name} (Service: AWSLambda; Status Code: 404)"
        return TaskFailed(at, call.task, "Lambda.ResourceNotFoundException", cause)
    if "raises" in behaviour:
        raised = behaviour["raises"]
        cause = json.dumps(raised["cause"], separators=(",", ":") if invoke else (", ", ": "))
        return TaskFailed(at, call.task, raised["error"], cause)
    value = _returned(behaviour, _event(given) if invoke else arguments)
    output = invoke_result(value, at=at, request=call.task) if invoke else value
    return TaskSucceeded(at, call.task, output)


def _event(arguments: Mapping[str, Any]) -> Any:
    payload = arguments.get("Payload")
    if payload is None:
        return {}
    if not isinstance(payload, str):
        return payload
    try:
        return json.loads(payload)
    except ValueError:
        return payload


def _returned(behaviour: Mapping[str, Any], event: Any) -> Any:
    if "returns_repeated" in behaviour:
        return behaviour["returns_repeated"]["text"] * behaviour["returns_repeated"]["times"]
    return behaviour.get("returns", event)


def observe(case: Case, shape: Shape) -> Observed:
    """What comes of a case here, in the form that `expected` has. `shape` judges mocked results."""
    if case.api == _TEST:
        return _tried(case, shape)
    if case.api not in _STARTS:
        return _refused(case)
    try:
        world = World(parse(case.machine or {}), case.tasks, case.type == "EXPRESS")
    except InvalidDefinition as invalid:
        return {"create_error": {"code": "InvalidDefinition", "message": str(invalid)}}
    world.run(case.input)
    if world.ended is None:
        return {"status": "RUNNING"}
    events = [
        {"id": e.id, "previousEventId": e.previous_id, "type": e.type, "details": e.details}
        for step in world.steps
        for e in step.events
    ]
    end: Observed = {"status": str(world.ended.status), "events": events}
    end |= {
        key: value for key, value in (("error", world.ended.error), ("cause", world.ended.cause)) if value is not None
    }
    return end | {"output": world.ended.output} if world.ended.status == "SUCCEEDED" else end


def _tried(case: Case, shape: Shape) -> Observed:
    """What TestState says. A case has the JSON of texts parsed."""
    given: dict[str, Any] = {**case.request, "definition": case.definition, "input": json.dumps(case.input)}
    if _takes_role(case):
        given["roleArn"] = ROLE
    for name in ("context", "variables"):
        if name in given and not isinstance(given[name], str):
            given[name] = json.dumps(given[name])
    if "mock" in given and "result" in given["mock"]:
        result = given["mock"]["result"]
        given["mock"] = {**given["mock"], "result": result if isinstance(result, str) else json.dumps(result)}
    try:
        trials = Trials(lambda resource, arguments: _asked(case, resource, arguments), lambda: START, shape)
        told = trials.test(given)
    except ApiError as error:
        return {"request_error": {"code": error.code, "message": str(error)}}
    response: Observed = dict(told)
    if "output" in response:
        response["output"] = json.loads(response["output"])
    if "inspectionData" in response:
        read = response["inspectionData"].items()
        response["inspectionData"] = {name: json.loads(v) if isinstance(v, str) else v for name, v in read}
    return {"response": response}


def _takes_role(case: Case) -> bool:
    """Cases leave the role of a request out: it was there for states that call, unless its lack is what was tried."""
    missing = "RoleArn must be specified" in str(case.expected.get("request_error", ""))
    return not missing and (case.machine or {}).get("Type") in ("Task", "Map", "Parallel")


def _asked(case: Case, resource: str, arguments: Any) -> Answered:
    """The function's answer, at once."""
    call = CallTask("0-1", "StateName", resource, arguments, None, 0, 0, None, None)
    entry = answer(call, case.tasks, START)
    if isinstance(entry, TaskSucceeded):
        return Answered(entry.output)
    return Answered(None, entry.error, entry.cause)


def _refused(case: Case) -> Observed:
    """What CreateStateMachine or ValidateStateMachineDefinition say."""
    found = definitions.check(case.definition, case.type)
    told = [{"code": p.code, "location": p.location, "message": p.message, "severity": "ERROR"} for p in found]
    response = {"diagnostics": told, "result": "FAIL" if found else "OK", "truncated": False}
    if case.api == "create_state_machine":
        return {"create_error": {"code": "InvalidDefinition", "message": str(InvalidDefinition(found))}}
    return {"response": response}
