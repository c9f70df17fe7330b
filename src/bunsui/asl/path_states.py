"""JSONPath states made into the words of `language`: the makers beside those of `machine`, which are for JSONata."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol, cast

from bunsui.asl import comparisons, timestamps
from bunsui.asl.comparisons import Comparison, Condition, Every, Neither, Some, Test
from bunsui.asl.dataflow import Flow
from bunsui.asl.language import (
    AnyState,
    Catcher,
    Choice,
    Fail,
    Map,
    Parallel,
    Pass,
    Retrier,
    Rule,
    Succeed,
    Task,
    Wait,
)
from bunsui.asl.payload import Call, Field, Number, Reference, compile_payload, query, reference
from bunsui.asl.resource import parse_resource
from bunsui.asl.template import Constant, Template
from bunsui.expressions import SyntaxProblem
from bunsui.expressions.paths import Step
from bunsui.model.json import Json

Object = Mapping[str, Json]
_ROOT = reference("$")
_LONG = "The {name} parameter cannot be parsed as a {kind} value: {path} == {value}"
_ISO = (
    "The {name} parameter does not reference a valid ISO-8601 extended offset date-time format string: "
    "{path} == {value}"
)
_REFERS = 'The {name} field refers to value "{value}" which is not a valid {kind}: {path}'
_MOST = 99_999_999


class Builder(Protocol):
    """What `machine` collects: inner machines and problems."""

    def machine(self, scope: str, definition: Json, path: str) -> str: ...

    def report(self, code: str, path: str, message: str) -> None: ...

    def retriers(self, state: Object) -> tuple[Retrier, ...]: ...


class Maker:
    """One state. Everything that is wrong with its paths is reported."""

    def __init__(self, builder: Builder, scope: str, name: str, state: Object, path: str) -> None:
        self.builder, self.scope, self.name, self.state, self.path = builder, scope, name, state, path

    # parts

    def reference(self, owner: Object, field: str, path: str) -> Reference | None:
        """A field that must be a path; None where there is none, or none that could be read."""
        if field not in owner:
            return None
        try:
            text = owner[field]
            if not isinstance(text, str):
                raise SyntaxProblem("a path must be a string")
            return reference(text)
        except SyntaxProblem:
            message = f"Value is not a Reference Path: The value for the field '{field}' must be a valid JSONPath"
            self.builder.report("SCHEMA_VALIDATION_FAILED", f"{path}/{field}", message)
            return None

    def filter(self, field: str) -> Reference | None:
        """InputPath or OutputPath: the whole without it, nothing for null."""
        if field not in self.state:
            return _ROOT
        if self.state[field] is None:
            return None
        return self.reference(self.state, field, self.path) or _ROOT

    def place(self, owner: Object, path: str) -> tuple[tuple[Step, ...] | None, str]:
        """ResultPath: where the result goes, and how that is written."""
        if "ResultPath" in owner and owner["ResultPath"] is None:
            return None, ""
        found = self.reference(owner, "ResultPath", path) or _ROOT
        if found.path.steps is None or found.variable is not None or found.context:
            message = "The value for the field 'ResultPath' must be a valid Reference Path"
            self.builder.report("SCHEMA_VALIDATION_FAILED", f"{path}/ResultPath", message)
        return found.path.steps or (), found.text

    def payload(self, field: str) -> Template | None:
        if field not in self.state:
            return None
        return compile_payload(self.state[field], f"{self.path}/{field}", self.builder.report)

    def flow(self, *, merges: bool = True, parameters: bool = True) -> Flow:
        place, text = self.place(self.state, self.path) if merges else ((), "$")
        return Flow(
            self.filter("InputPath"),
            self.filter("OutputPath"),
            self.payload("Parameters") if parameters else None,
            self.payload("ResultSelector"),
            place,
            text,
            merges,
        )

    def assign(self, owner: Object, path: str) -> Mapping[str, Template] | None:
        members = cast("Mapping[str, Json] | None", owner.get("Assign"))
        if not members:
            return None
        made = compile_payload(dict(members), f"{path}/Assign", self.builder.report)
        if isinstance(made, Constant):
            return {name: Constant(value) for name, value in members.items()}
        return dict(made.members) if hasattr(made, "members") else {}

    def common(self, flow: Flow) -> dict[str, Any]:
        state = self.state
        return {"name": self.name, "next": state.get("Next"), "assign": self.assign(state, self.path), "flow": flow}

    def guarded(self, flow: Flow) -> dict[str, Any]:
        catchers = cast("list[Object]", self.state.get("Catch", []))
        return {
            **self.common(flow),
            "retry": self.builder.retriers(self.state),
            "catch": tuple(self.catcher(catcher, f"{self.path}/Catch[{i}]") for i, catcher in enumerate(catchers)),
        }

    def catcher(self, catcher: Object, path: str) -> Catcher:
        place, text = self.place(catcher, path)
        flow = Flow(_ROOT, _ROOT, place=place, place_text=text)
        errors = frozenset(cast("list[str]", catcher["ErrorEquals"]))
        return Catcher(errors, cast(str, catcher["Next"]), None, self.assign(catcher, path), flow)

    def number(
        self, field: str, kind: str, words: str = _LONG, *, least: float = 0, whole: bool = True
    ) -> Template | None:
        """`field` itself as a constant, or its twin that ends in Path."""
        if field in self.state:
            return Constant(self.state[field])
        found = self.reference(self.state, f"{field}Path", self.path)
        if found is None:
            return None

        def read(value: Json) -> Json:
            """The number, also one that a text says; None if it is none."""
            if isinstance(value, str):
                value = _number(value)
            if isinstance(value, bool) or not isinstance(value, (int, float)):
                return None
            return value if not whole or (value % 1 == 0 and value >= least) else None

        return Number(f"{field}Path", found, kind, read, words)

    def text(self, field: str) -> Template | None:
        """`Error` or `Cause`, or its twin that ends in Path, which may be a function."""
        if field in self.state:
            return Constant(self.state[field])
        if f"{field}Path" not in self.state:
            return None
        try:
            made: Reference | Call = query(str(self.state[f"{field}Path"]))
        except SyntaxProblem:
            message = (
                f"The value for the field '{field}Path' must be a valid JSONPath or a valid intrinsic function call"
            )
            self.builder.report("SCHEMA_VALIDATION_FAILED", f"{self.path}/{field}Path", message)
            return None
        return Field(f"{field}Path", made)

    # states

    def task(self) -> AnyState:
        resource = parse_resource(cast(str, self.state["Resource"]))
        if resource is None:
            raise ValueError(f"an unknown resource passed the validation: {self.state['Resource']}")
        timeout, heartbeat = self.number("TimeoutSeconds", "long"), self.number("HeartbeatSeconds", "long")
        return Task(**self.guarded(self.flow()), resource=resource, timeout=timeout, heartbeat=heartbeat)

    def pass_(self) -> AnyState:
        result = Constant(self.state["Result"]) if "Result" in self.state else None
        return Pass(**self.common(self.flow()), result=result)

    def wait(self) -> AnyState:
        moment: Template | None = Constant(self.state["Timestamp"]) if "Timestamp" in self.state else None
        if found := self.reference(self.state, "TimestampPath", self.path):
            moment = Number("TimestampPath", found, "", _moment, _ISO)
        flow = self.flow(merges=False)
        return Wait(**self.common(flow), seconds=self.number("Seconds", "long"), timestamp=moment)

    def succeed(self) -> AnyState:
        return Succeed(**self.common(self.flow(merges=False)))

    def fail(self) -> AnyState:
        flow = Flow(_ROOT, _ROOT, merges=False)
        return Fail(name=self.name, error=self.text("Error"), cause=self.text("Cause"), flow=flow)

    def choice(self) -> AnyState:
        rules = cast("list[Object]", self.state["Choices"])
        return Choice(
            **self.common(self.flow(merges=False)),
            rules=tuple(self.rule(rule, f"{self.path}/Choices[{i}]") for i, rule in enumerate(rules)),
            default=cast("str | None", self.state.get("Default")),
        )

    def rule(self, rule: Object, path: str) -> Rule:
        return Rule(Condition(self.test(rule, path)), cast(str, rule["Next"]), None, self.assign(rule, path))

    def test(self, rule: Object, path: str) -> Test:
        if "Not" in rule:
            return Neither(self.test(cast(Object, rule["Not"]), f"{path}/Not"))
        for name, group in (("And", Every), ("Or", Some)):
            if name in rule:
                parts = cast("list[Object]", rule[name])
                return group(tuple(self.test(part, f"{path}/{name}[{i}]") for i, part in enumerate(parts)))
        operator = next(name for name in rule if name in comparisons.OPERATORS)
        variable = self.reference(rule, "Variable", path) or _ROOT
        if operator.endswith("Path"):
            return Comparison(variable, operator, self.reference(rule, operator, path) or _ROOT)
        return Comparison(variable, operator, rule[operator])

    def parallel(self) -> AnyState:
        branches = cast("list[Json]", self.state["Branches"])
        return Parallel(
            **self.guarded(self.flow()),
            branches=tuple(
                self.builder.machine(f"{self.scope}/{self.name}/{i}", branch, f"{self.path}/Branches[{i}]")
                for i, branch in enumerate(branches)
            ),
        )

    def map(self) -> AnyState:
        field = "ItemProcessor" if "ItemProcessor" in self.state else "Iterator"
        items = self.reference(self.state, "ItemsPath", self.path)
        return Map(
            **self.guarded(self.flow(parameters=False)),
            processor=self.builder.machine(f"{self.scope}/{self.name}", self.state[field], f"{self.path}/{field}"),
            distributed=is_distributed(self.state[field]),
            label=str(self.state.get("Label", "")),
            items=items,
            items_path=items.text if items else "",
            selector=self.payload("ItemSelector") or self.payload("Parameters"),
            concurrency=self.number("MaxConcurrency", "integer", _REFERS),
            tolerated_count=self.number("ToleratedFailureCount", "integer", _REFERS),
            tolerated_percentage=self.number("ToleratedFailurePercentage", "float", _REFERS, whole=False),
        )


def is_distributed(processor: Json) -> bool:
    config = processor.get("ProcessorConfig") if isinstance(processor, dict) else None
    return isinstance(config, dict) and config.get("Mode") == "DISTRIBUTED"


def _number(text: str) -> Json:
    try:
        return int(text)
    except ValueError:
        return None


def _moment(value: Json) -> Json:
    return value if isinstance(value, str) and timestamps.parsed(value) is not None else None


MAKERS: Mapping[str, Callable[[Maker], AnyState]] = {
    "Task": Maker.task,
    "Pass": Maker.pass_,
    "Choice": Maker.choice,
    "Wait": Maker.wait,
    "Succeed": Maker.succeed,
    "Fail": Maker.fail,
    "Parallel": Maker.parallel,
    "Map": Maker.map,
}
