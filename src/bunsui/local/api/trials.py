"""TestState: one state tried on its own, with mocks, a context object and variables. How a state is tried is in
`asl.trial`; that a mock has the shape of the service's own answer is not checked here."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from bunsui.asl import errors
from bunsui.asl.language import AnyState, InvalidDefinition, Task
from bunsui.asl.single import single_state
from bunsui.asl.template import Scope
from bunsui.asl.timestamps import written
from bunsui.asl.trial import Answered, Outcome, Trial
from bunsui.errors import ApiError
from bunsui.local.api import failures, texts
from bunsui.local.api.home import ApiHome
from bunsui.local.api.waiting import wait
from bunsui.local.machines import source_body
from bunsui.model.json import Json

Given = Mapping[str, Any]
Call = Callable[[str, Json], Answered]
"""Calls a task's resource with its arguments, for a trial without a mock."""

MACHINE = "$test"  # no machine of the API can have this name
_SECONDS = 300.0  # that a state may take; AWS's limit
Shape = Callable[[str, Json], str | None]
"""What is wrong with a mocked result of a resource."""

_MOCKED = ("Task", "Parallel", "Map")
_NEED_MOCKS = (".sync", ".sync:2", ".waitForTaskToken")
_UNNAMED = "StateName"
_CONTEXT = ("Execution", "State", "StateMachine", "Task")


@dataclass(frozen=True, slots=True)
class Trials:
    call: Call
    clock: Callable[[], float]
    shape: Shape = lambda resource, result: None

    def test(self, given: Given) -> dict[str, Json]:
        definition, name, jsonata = _state_of(given)
        try:
            state = single_state(definition, name or _UNNAMED, jsonata)
        except InvalidDefinition as invalid:
            raise failures.invalid_definition(str(invalid)) from None
        kind, mock, setup = str(definition["Type"]), given.get("mock"), given.get("stateConfiguration") or {}
        _demand_possible(kind, given, mock, setup)
        input = _parsed(given.get("input", "{}"), "Invalid State Machine Execution Input")
        answered = None if mock is None else _mocked(kind, mock)
        self._demand_shape(state, mock, answered)
        _demand_few(setup, answered)
        scope = self._scope(given, input, state, kind)
        trial = Trial(
            state,
            input,
            scope,
            lambda arguments: answered or self._called(state, arguments),
            int(setup.get("retrierRetryCount") or 0),
            setup.get("mapIterationFailureCount"),
        )
        return _told(trial.run(), given)

    def _called(self, state: AnyState, arguments: Json) -> Answered:
        assert isinstance(state, Task)
        if state.resource.arn.endswith(_NEED_MOCKS):
            raise failures.invalid(f"TestState needs a mock for {state.resource.arn}")
        return self.call(state.resource.arn, arguments)

    def _demand_shape(self, state: AnyState, mock: Any, answered: Answered | None) -> None:
        if answered is None or answered.error is not None or not isinstance(state, Task):
            return
        checked = mock.get("fieldValidationMode", "STRICT") != "NONE"
        if checked and (found := self.shape(state.resource.arn, answered.result)):
            raise failures.invalid(f"Mock result schema validation error: {found}")

    def _scope(self, given: Given, input: Json, state: AnyState, kind: str) -> Callable[[Mapping[str, Json]], Scope]:
        variables = _parsed(given.get("variables", "{}"), "Invalid variables")
        context = _context(given, input, kind, self.clock())
        now, seed = self.clock(), uuid.uuid4().int >> 64
        return lambda more: Scope({"input": input, **more}, variables, now, lambda: context, lambda: seed)


def calling(home: ApiHome) -> Call:
    """A call as an execution of one task, which is forgotten when it has ended."""

    def call(resource: str, arguments: Json) -> Answered:
        task = {"Type": "Task", "Resource": resource, "Arguments": "{% $states.input %}", "End": True}
        machine = {"QueryLanguage": "JSONata", "StartAt": "Call", "States": {"Call": task}}
        version = home.engine.command("deploy", source_body(MACHINE, json.dumps(machine)))
        command = {"machine": version, "name": str(uuid.uuid4()), "input": arguments}
        arn = str(home.engine.command("start", command))
        ended = wait(home, arn, _SECONDS)
        if ended is None:
            home.engine.stop(arn, errors.TIMEOUT, "")
            return Answered(None, errors.TIMEOUT)
        home.engine.forget([arn])
        return Answered(ended.output, ended.error, ended.cause)

    return call


def _state_of(given: Given) -> tuple[dict[str, Any], str, bool]:
    """The state, alone or named in a machine; and whether its machine is JSONata."""
    try:
        definition = texts.parse(given["definition"])
    except texts.NotJson as error:
        raise _no_definition(str(error)) from None
    if not isinstance(definition, dict):
        raise _no_definition("A definition must be a JSON object")
    jsonata = definition.get("QueryLanguage") == "JSONata"
    name = given.get("stateName")
    if name is None:
        return definition, "", jsonata
    found = next((state for known, state in _states(definition) if known == name), None)
    if not isinstance(found, dict):
        raise failures.invalid(f"State not found in definition: {name}")
    return found, name, jsonata


def _no_definition(why: str) -> ApiError:
    return failures.invalid_definition(f"Invalid State Machine Definition: 'INVALID_JSON_DESCRIPTION: {why}'")


def _states(machine: Any) -> Iterator[tuple[str, Any]]:
    states = machine.get("States") if isinstance(machine, dict) else None
    for name, state in states.items() if isinstance(states, dict) else ():
        yield name, state
        if isinstance(state, dict):
            inner = [state.get("ItemProcessor"), state.get("Iterator")]
            branches = state.get("Branches")
            for part in (*inner, *(branches if isinstance(branches, list) else ())):
                yield from _states(part)


def _demand_possible(kind: str, given: Given, mock: Any, setup: Given) -> None:
    if mock is not None and kind not in _MOCKED:
        raise failures.invalid(f"State type '{kind}' is not supported when a mock is specified")
    if mock is None and setup.get("mapIterationFailureCount") is not None:
        raise failures.invalid("TestState does not support MapIterationFailureCount when a mock is not specified.")
    if mock is None and kind in ("Map", "Parallel"):
        supported = "Supported state types include: [Task, Wait, Pass, Succeed, Fail, Choice]"
        raise ApiError("InvalidDefinition", f"TestState API does not support Map or Parallel states. {supported}")
    if mock is None and kind == "Task" and "roleArn" not in given:
        raise failures.invalid("RoleArn must be specified when testing a Task state")


def _mocked(kind: str, mock: Any) -> Answered:
    if not isinstance(mock, dict):
        raise failures.serialization("mock is a structure")
    if (error := mock.get("errorOutput")) is not None:
        if not isinstance(error, dict):
            raise failures.serialization("mock.errorOutput is a structure")
        return Answered(None, str(error.get("error") or ""), error.get("cause"))
    result = _parsed(mock.get("result", "{}"), None)
    if kind in ("Parallel", "Map") and not isinstance(result, list):
        raise failures.invalid("Mocked result must be an array.")
    return Answered(result)


def _demand_few(setup: Given, answered: Answered | None) -> None:
    failed = setup.get("mapIterationFailureCount")
    if failed and answered and isinstance(answered.result, list) and failed > len(answered.result):
        message = "Map iteration failure count must be less than or equal to the number of Map iterations"
        raise failures.invalid(message)


def _parsed(text: Any, what: str | None) -> Any:
    if not isinstance(text, str):
        raise failures.serialization("a JSON text is a string")
    try:
        return texts.parse(text)
    except texts.NotJson as error:
        message = "Mocked result must be valid JSON" if what is None else f"{what}: '{error}'"
        raise failures.invalid(message) from None


def _context(given: Given, input: Json, kind: str, now: float) -> Json:
    if "context" in given:
        context = _parsed(given["context"], "Invalid Context object provided")
        if not isinstance(context, dict):
            raise failures.invalid("Invalid Context object provided: it must be an object")
        for name in context:
            if name == "Map":
                what = "'Map' field is not supported when mocking a Context object"
                raise failures.invalid(f"Invalid Context object provided: {what}")
            if name not in _CONTEXT:
                raise failures.invalid(f"Invalid Context object provided: Field '{name}' is not allowed")
        return context
    arn, name = "arn:aws:states:local:000000000000", str(uuid.uuid4())
    entered: dict[str, Json] = {"Name": _UNNAMED, "EnteredTime": written(now)}
    if kind in _MOCKED:
        entered["RetryCount"] = 0
    return {
        "Execution": {
            "Id": f"{arn}:express:{name}:{name}",
            "Input": input,
            "Name": name,
            "RoleArn": given.get("roleArn"),
            "StartTime": written(now),
        },
        "StateMachine": {"Id": f"{arn}:stateMachine:{name}", "Name": name},
        "State": entered,
    }


_PLAIN = ("maxConcurrency", "toleratedFailureCount", "toleratedFailurePercentage", "errorDetails")


def _told(outcome: Outcome, given: Given) -> dict[str, Json]:
    answer: dict[str, Json] = {"status": outcome.status}
    if outcome.status in ("SUCCEEDED", "CAUGHT_ERROR"):
        answer["output"] = texts.written(outcome.output)
    pairs = (("error", outcome.error), ("cause", outcome.cause), ("nextState", outcome.next))
    answer |= {name: value for name, value in pairs if value is not None}
    if given.get("inspectionLevel", "INFO") != "INFO":
        shown = {k: v if k in _PLAIN else texts.written(v) for k, v in outcome.inspected.items()}
        if "variables" in given:
            shown["variables"] = json.dumps(json.loads(given["variables"]))
        answer["inspectionData"] = shown
    return answer
