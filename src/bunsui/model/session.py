"""The record of a session: one intent, run this pipeline with this input until done."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from bunsui.model.json import Json
from bunsui.model.status import SessionStatus

SESSION_SCHEMA = 1


@dataclass(frozen=True, slots=True)
class ExecutionRef:
    """One execution of a session. `arn` is empty until the start was answered: the name is reserved first.

    `redrives` counts those that were meant: the backend is asked for one until it has done as many.
    """

    name: str
    arn: str = ""
    machine_arn: str = ""
    status: str = "RUNNING"
    code_sha256: str = ""
    redrives: int = 0


@dataclass(frozen=True, slots=True)
class Runtime:
    """How tasks are run, as resolved at the session's start."""

    python: str
    path: str
    folder: str


@dataclass(frozen=True, slots=True)
class Session:
    id: str
    pipeline: str
    version: int | None  # of the registered pipeline; None when run from a file
    definition_sha256: str
    params: Mapping[str, Json]
    source: str
    runtime: Runtime
    owner: str
    created: str  # RFC 3339, UTC
    status: SessionStatus = SessionStatus.CREATED
    reason: str = ""
    context: str = "local"
    started: str | None = None
    ended: str | None = None
    executions: tuple[ExecutionRef, ...] = ()
    generations: Mapping[str, int] = field(default_factory=dict)
    recoveries: int = 0  # how often somebody, or a policy, acted on it: each has a record of its own
    ending: tuple[str, ...] = ()  # what is still to be done about its end
    tries: int = 0  # of the first of these
    due: str | None = None  # when somebody must look at it: RFC 3339, UTC
    log_prefix: str = ""
    checkpoint_ref: str | None = None
    queue: str | None = None
    tags: Mapping[str, str] = field(default_factory=dict)
    schema: int = SESSION_SCHEMA
    revision: int = 0
