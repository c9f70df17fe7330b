"""What an execution wants of the world. Effects are never stored: after a crash they follow from the state
(`outstanding` and `timers`)."""

from __future__ import annotations

from dataclasses import dataclass

from bunsui.model.json import Json
from bunsui.model.status import ExecutionStatus


@dataclass(frozen=True, slots=True)
class CallTask:
    """Call an integration. `task` is unique within the execution, redrives included."""

    task: str
    state: str  # the ASL state's name
    resource: str  # the full ARN as in the definition
    arguments: Json
    token: str | None  # set for .waitForTaskToken
    retry: int  # RetryCount of the state: 0 for the first try
    redrive: int
    timeout: float | None  # seconds
    heartbeat: float | None  # seconds
    submitted: bool = False  # the call was accepted before (TaskSubmitted): only its answer is awaited


@dataclass(frozen=True, slots=True)
class CancelTask:
    """Nobody waits for this task any more (time-out, abort, stop)."""

    task: str


@dataclass(frozen=True, slots=True)
class Timer:
    """Fire `timer` at `at`, unless it is gone from `timers(state)` by then."""

    timer: str
    at: float


@dataclass(frozen=True, slots=True)
class Ended:
    status: ExecutionStatus
    output: Json = None
    error: str | None = None
    cause: str | None = None


Effect = CallTask | CancelTask | Timer | Ended
