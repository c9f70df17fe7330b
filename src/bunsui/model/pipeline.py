"""A pipeline as its author meant it: operations, parameters, rules. Written by `definition`, read by `compiler`.

Every value may hold expressions: strings of the form ``{% ... %}``. All durations are seconds.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from bunsui.model.json import Json
from bunsui.model.problem import Place
from bunsui.model.secret import Secret as Secret


class RunIf(StrEnum):
    ALL_SUCCESS = "all_success"
    ALL_DONE = "all_done"
    ONE_FAILED = "one_failed"
    NONE_FAILED = "none_failed"


class OnFailure(StrEnum):
    CONTINUE = "continue"
    FAIL_FAST = "fail_fast"


class Jitter(StrEnum):
    NONE = "none"
    FULL = "full"


@dataclass(frozen=True, slots=True)
class Retry:
    """When to try a task again. `max_attempts` counts tries: 1 means no retry (ASL's MaxAttempts is one less)."""

    max_attempts: int = 3
    interval: int = 1
    backoff: float = 2.0
    max_delay: int | None = None
    jitter: Jitter = Jitter.NONE
    on: tuple[str, ...] = ("States.ALL",)


@dataclass(frozen=True, slots=True)
class Tolerance:
    """How many items of a fan-out may fail. At most one of the two is set."""

    count: int | None = None
    percent: float | None = None


@dataclass(frozen=True, slots=True)
class LambdaTask:
    """Either `handler` and `code` (ours, packaged) or `function` (a name or ARN that exists)."""

    handler: str | None = None
    code: str | None = None
    function: str | None = None
    memory: int | None = None


@dataclass(frozen=True, slots=True)
class PythonTask:
    """`call` is ``package.module:function``; the operation's arguments are its keyword arguments."""

    call: str
    code: str | None = None
    memory: int | None = None


@dataclass(frozen=True, slots=True)
class CommandTask:
    """`run` is an argument vector; no shell is involved."""

    run: tuple[str, ...]
    image: str | None = None
    cpu: int | None = None
    memory: int | None = None


@dataclass(frozen=True, slots=True)
class EcsTask:
    """A container (locally its command as a process), or an existing `task_definition`."""

    image: str | None = None
    command: tuple[str, ...] = ()
    cpu: int | None = None
    memory: int | None = None
    task_definition: str | None = None


@dataclass(frozen=True, slots=True)
class HttpTask:
    url: str
    method: str = "GET"
    headers: Mapping[str, Json] = field(default_factory=dict)
    query: Mapping[str, Json] = field(default_factory=dict)
    body: Json = None
    connection: str | None = None


@dataclass(frozen=True, slots=True)
class PipelineTask:
    """A nested pipeline: a registered `name` or a `file` beside this one. `child` is what it resolved to."""

    name: str | None = None
    file: str | None = None
    child: Pipeline | None = None


@dataclass(frozen=True, slots=True)
class WaitTask:
    """Either `seconds` (a number or an expression) or `until` (an RFC 3339 time or an expression)."""

    seconds: int | str | None = None
    until: str | None = None


@dataclass(frozen=True, slots=True)
class ApprovalTask:
    message: str = ""


@dataclass(frozen=True, slots=True)
class IntegrationTask:
    """Any Step Functions integration, by its ARN."""

    resource: str


Task = (
    LambdaTask
    | PythonTask
    | CommandTask
    | EcsTask
    | HttpTask
    | PipelineTask
    | WaitTask
    | ApprovalTask
    | IntegrationTask
)

KINDS: dict[str, type[Task]] = {
    "lambda": LambdaTask,
    "python": PythonTask,
    "command": CommandTask,
    "ecs": EcsTask,
    "http": HttpTask,
    "pipeline": PipelineTask,
    "wait": WaitTask,
    "approval": ApprovalTask,
    "task": IntegrationTask,
}
KIND_OF = {cls: kind for kind, cls in KINDS.items()}


@dataclass(frozen=True, slots=True)
class Operation:
    """A node of the DAG, with the pipeline's defaults already applied."""

    name: str
    task: Task
    needs: tuple[str, ...] = ()
    arguments: Mapping[str, Json] = field(default_factory=dict)  # the key `with`
    env: Mapping[str, str | Secret] = field(default_factory=dict)  # the pipeline's and the operation's, merged
    when: str | None = None  # an expression, with its {% %}
    run_if: RunIf = RunIf.ALL_SUCCESS
    for_each: Json = None  # a list, an expression with its {% %}, or None: no fan-out
    mode: str = "inline"
    max_concurrency: int | None = None
    tolerate: Tolerance | None = None
    timeout: int | None = None
    heartbeat: int | None = None
    retry: tuple[Retry, ...] = ()
    inline: tuple[str, ...] = ()
    idempotent: bool = True
    description: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)
    reads: frozenset[str] = frozenset()  # operations whose outputs its expressions read
    place: Place = Place("<pipeline>")

    @property
    def kind(self) -> str:
        return KIND_OF[type(self.task)]


@dataclass(frozen=True, slots=True)
class Parameter:
    """A typed input of a pipeline. `type` is string, integer, number, boolean, list or object."""

    name: str
    type: str = "string"
    required: bool = True
    default: Json = None
    description: str = ""
    minimum: float | None = None
    maximum: float | None = None
    min_length: int | None = None
    max_length: int | None = None
    pattern: str | None = None
    choices: tuple[Json, ...] = ()
    place: Place = Place("<pipeline>")


@dataclass(frozen=True, slots=True)
class Pipeline:
    """A validated definition. `operations` keeps the file's order; `definition` is a raw state machine instead."""

    name: str
    operations: Mapping[str, Operation]
    description: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)
    params: Mapping[str, Parameter] = field(default_factory=dict)
    python: str | None = None  # runtime.python
    on_failure: OnFailure = OnFailure.CONTINUE
    timeout: int | None = None
    outputs: Mapping[str, Json] = field(default_factory=dict)
    output_reads: frozenset[str] = frozenset()
    joins: bool = True
    limits: bool = True
    definition: Mapping[str, Json] | None = None
    policies: Mapping[str, Json] = field(default_factory=dict)  # as written: concurrency, notify, recovery, report
    source: str = ""  # path or address the file came from
    folder: str = "."  # the working folder of its tasks
    text: str = ""
    sha256: str = ""
