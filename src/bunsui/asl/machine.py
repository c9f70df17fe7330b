"""A definition made into the `Machine` that `advance` interprets. What makes it invalid is in `validation`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, cast

from bunsui.asl.language import (
    AnyState,
    Catcher,
    Choice,
    DefinitionProblem,
    Fail,
    InvalidDefinition,
    Machine,
    Map,
    Parallel,
    Pass,
    Retrier,
    Rule,
    StateMachine,
    Succeed,
    Task,
    Wait,
)
from bunsui.asl.path_states import MAKERS, Maker, is_distributed
from bunsui.asl.resource import parse_resource
from bunsui.asl.template import Template, compile_template
from bunsui.asl.validation import problems
from bunsui.model.json import Json

__all__ = ["DefinitionProblem", "InvalidDefinition", "Machine", "parse"]

Object = Mapping[str, Json]


def parse(definition: Mapping[str, Json], *, limits: bool = True) -> Machine:
    """Raises InvalidDefinition with all problems. `limits` False is the pipeline's key ``limits: off``."""
    builder = Builder(definition.get("QueryLanguage") == "JSONata")
    try:
        found = list(problems(dict(definition)))
        if not found:
            builder.machine("", dict(definition), "")
    except RecursionError:
        found = [DefinitionProblem("/", "The definition is nested too deeply")]
    if found or builder.problems:
        raise InvalidDefinition(found or builder.problems)
    return Machine(builder.scopes, cast("float | None", definition.get("TimeoutSeconds")), limits)


class Builder:
    """Collects the machines of a valid definition, and the problems of its expressions."""

    def __init__(self, jsonata: bool) -> None:
        self.jsonata = jsonata
        self.scopes: dict[str, StateMachine] = {}
        self.problems: list[DefinitionProblem] = []

    def machine(self, scope: str, definition: Json, path: str) -> str:
        machine = cast(Object, definition)
        states = cast(Mapping[str, Object], machine["States"])
        built = {name: self.state(scope, name, state, f"{path}/States/{name}") for name, state in states.items()}
        self.scopes[scope] = StateMachine(cast(str, machine["StartAt"]), built)
        return scope

    def state(self, scope: str, name: str, state: Object, path: str) -> AnyState:
        kind = cast(str, state["Type"])
        if state.get("QueryLanguage", "JSONata" if self.jsonata else "JSONPath") == "JSONPath":
            return MAKERS[kind](Maker(self, scope, name, state, path))
        return _MAKERS[kind](self, scope, name, state, path)

    def retriers(self, state: Object) -> tuple[Retrier, ...]:
        return tuple(_retrier(retrier) for retrier in cast("list[Object]", state.get("Retry", [])))

    def template(self, owner: Object, field: str, path: str, prefix: str = "") -> Template | None:
        if field not in owner:
            return None
        return compile_template(owner[field], f"{prefix}{field}", f"{path}/{field}", self.report)

    def assign(self, owner: Object, path: str, prefix: str = "") -> Mapping[str, Template] | None:
        members = cast("Mapping[str, Json] | None", owner.get("Assign"))
        if not members:
            return None
        return {
            name: compile_template(value, f"{prefix}Assign/{name}", f"{path}/Assign/{name}", self.report)
            for name, value in members.items()
        }

    def report(self, code: str, path: str, message: str) -> None:
        self.problems.append(DefinitionProblem(path, message, code))

    def common(self, name: str, state: Object, path: str) -> dict[str, Any]:
        return {
            "name": name,
            "next": state.get("Next"),
            "output": self.template(state, "Output", path),
            "assign": self.assign(state, path),
        }

    def guarded(self, name: str, state: Object, path: str) -> dict[str, Any]:
        catchers = cast("list[Object]", state.get("Catch", []))
        return {
            **self.common(name, state, path),
            "retry": self.retriers(state),
            "catch": tuple(self.catcher(index, catcher, path) for index, catcher in enumerate(catchers)),
        }

    def catcher(self, index: int, catcher: Object, path: str) -> Catcher:
        place, prefix = f"{path}/Catch[{index}]", f"Catch[{index}]/"
        return Catcher(
            frozenset(cast("list[str]", catcher["ErrorEquals"])),
            cast(str, catcher["Next"]),
            self.template(catcher, "Output", place, prefix),
            self.assign(catcher, place, prefix),
        )

    def rule(self, index: int, rule: Object, path: str) -> Rule:
        place, prefix = f"{path}/Choices[{index}]", f"Choices[{index}]/"
        return Rule(
            cast(Template, self.template(rule, "Condition", place, prefix)),
            cast(str, rule["Next"]),
            self.template(rule, "Output", place, prefix),
            self.assign(rule, place, prefix),
        )


def _retrier(retrier: Object) -> Retrier:
    return Retrier(
        errors=frozenset(cast("list[str]", retrier["ErrorEquals"])),
        interval=cast(float, retrier.get("IntervalSeconds", 1)),
        attempts=cast(int, retrier.get("MaxAttempts", 3)),
        backoff=cast(float, retrier.get("BackoffRate", 2.0)),
        most=cast("float | None", retrier.get("MaxDelaySeconds")),
        jitter=retrier.get("JitterStrategy") == "FULL",
    )


def _task(builder: Builder, scope: str, name: str, state: Object, path: str) -> AnyState:
    resource = parse_resource(cast(str, state["Resource"]))
    if resource is None:
        raise ValueError(f"an unknown resource passed the validation: {state['Resource']}")
    return Task(
        **builder.guarded(name, state, path),
        resource=resource,
        arguments=builder.template(state, "Arguments", path),
        timeout=builder.template(state, "TimeoutSeconds", path),
        heartbeat=builder.template(state, "HeartbeatSeconds", path),
    )


def _pass(builder: Builder, scope: str, name: str, state: Object, path: str) -> AnyState:
    return Pass(**builder.common(name, state, path))


def _choice(builder: Builder, scope: str, name: str, state: Object, path: str) -> AnyState:
    rules = cast("list[Object]", state["Choices"])
    return Choice(
        **builder.common(name, state, path),
        rules=tuple(builder.rule(index, rule, path) for index, rule in enumerate(rules)),
        default=cast("str | None", state.get("Default")),
    )


def _wait(builder: Builder, scope: str, name: str, state: Object, path: str) -> AnyState:
    return Wait(
        **builder.common(name, state, path),
        seconds=builder.template(state, "Seconds", path),
        timestamp=builder.template(state, "Timestamp", path),
    )


def _succeed(builder: Builder, scope: str, name: str, state: Object, path: str) -> AnyState:
    return Succeed(**builder.common(name, state, path))


def _fail(builder: Builder, scope: str, name: str, state: Object, path: str) -> AnyState:
    error, cause = builder.template(state, "Error", path), builder.template(state, "Cause", path)
    return Fail(name=name, error=error, cause=cause)


def _parallel(builder: Builder, scope: str, name: str, state: Object, path: str) -> AnyState:
    branches = cast("list[Json]", state["Branches"])
    return Parallel(
        **builder.guarded(name, state, path),
        branches=tuple(
            builder.machine(f"{scope}/{name}/{index}", branch, f"{path}/Branches[{index}]")
            for index, branch in enumerate(branches)
        ),
        arguments=builder.template(state, "Arguments", path),
    )


def _map(builder: Builder, scope: str, name: str, state: Object, path: str) -> AnyState:
    return Map(
        **builder.guarded(name, state, path),
        processor=builder.machine(f"{scope}/{name}", state["ItemProcessor"], f"{path}/ItemProcessor"),
        distributed=is_distributed(state["ItemProcessor"]),
        label=str(state.get("Label", "")),
        items=builder.template(state, "Items", path),
        selector=builder.template(state, "ItemSelector", path),
        concurrency=builder.template(state, "MaxConcurrency", path),
        tolerated_count=builder.template(state, "ToleratedFailureCount", path),
        tolerated_percentage=builder.template(state, "ToleratedFailurePercentage", path),
    )


_MAKERS: Mapping[str, Callable[[Builder, str, str, Object, str], AnyState]] = {
    "Task": _task,
    "Pass": _pass,
    "Choice": _choice,
    "Wait": _wait,
    "Succeed": _succeed,
    "Fail": _fail,
    "Parallel": _parallel,
    "Map": _map,
}
