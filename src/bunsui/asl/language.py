"""The words of the language as data: what `advance` interprets. Definitions are turned into these in `machine`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bunsui.asl.dataflow import Flow
from bunsui.asl.resource import Resource
from bunsui.asl.template import Template


@dataclass(frozen=True, slots=True, order=True)
class DefinitionProblem:
    """`code` is AWS's, such as SCHEMA_VALIDATION_FAILED; `location` such as ``/States/Load/Next``."""

    location: str
    message: str
    code: str = "SCHEMA_VALIDATION_FAILED"

    def __str__(self) -> str:
        return f"{self.code}: {self.message} at {self.location}"


class InvalidDefinition(ValueError):
    """All problems of a definition; the text is the one of CreateStateMachine."""

    def __init__(self, problems: Sequence[DefinitionProblem]) -> None:
        super().__init__(f"Invalid State Machine Definition: '{', '.join(map(str, problems))}'")
        self.problems = tuple(problems)


@dataclass(frozen=True, slots=True)
class Retrier:
    errors: frozenset[str]
    interval: float = 1
    attempts: int = 3
    backoff: float = 2.0
    most: float | None = None  # MaxDelaySeconds
    jitter: bool = False


@dataclass(frozen=True, slots=True)
class Catcher:
    errors: frozenset[str]
    next: str
    output: Template | None = None
    assign: Mapping[str, Template] | None = None
    flow: Flow | None = None  # of a JSONPath state: only its ResultPath counts


@dataclass(frozen=True, slots=True, kw_only=True)
class Common:
    """What most states have. `next` None is the end. A JSONPath state has a flow, and no output."""

    name: str
    next: str | None = None
    output: Template | None = None
    assign: Mapping[str, Template] | None = None
    flow: Flow | None = None  # of a JSONPath state


@dataclass(frozen=True, slots=True, kw_only=True)
class Guarded(Common):
    """A state with error handling."""

    retry: tuple[Retrier, ...] = ()
    catch: tuple[Catcher, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Task(Guarded):
    resource: Resource
    arguments: Template | None = None
    timeout: Template | None = None
    heartbeat: Template | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Pass(Common):
    result: Template | None = None  # JSONPath's Result


@dataclass(frozen=True, slots=True)
class Rule:
    condition: Template
    next: str
    output: Template | None = None
    assign: Mapping[str, Template] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice(Common):
    """`output` and `assign` belong to `default`."""

    rules: tuple[Rule, ...]
    default: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait(Common):
    """Either `seconds` or `timestamp`."""

    seconds: Template | None = None
    timestamp: Template | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Succeed(Common):
    pass


@dataclass(frozen=True, slots=True, kw_only=True)
class Fail(Common):
    error: Template | None = None
    cause: Template | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Parallel(Guarded):
    """`branches` are keys of `Machine.scopes`."""

    branches: tuple[str, ...]
    arguments: Template | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Map(Guarded):
    """`processor` is a key of `Machine.scopes`. Without `items` the state's input is the list."""

    processor: str
    items: Template | None = None
    items_path: str = ""  # JSONPath's ItemsPath as it is written
    selector: Template | None = None
    concurrency: Template | None = None
    distributed: bool = False
    label: str = ""
    tolerated_count: Template | None = None
    tolerated_percentage: Template | None = None


AnyState = Task | Pass | Choice | Wait | Succeed | Fail | Parallel | Map


@dataclass(frozen=True, slots=True)
class StateMachine:
    """The machine itself, a branch, or the processor of a Map."""

    start: str
    states: Mapping[str, AnyState]


@dataclass(frozen=True, slots=True)
class Machine:
    """`scopes[""]` is the outermost machine. `limits` False switches the size and history limits off."""

    scopes: Mapping[str, StateMachine]
    timeout: float | None = None
    limits: bool = True

    def state(self, scope: str, name: str) -> AnyState:
        return self.scopes[scope].states[name]
