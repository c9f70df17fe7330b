"""What can happen to an execution. A journal row holds one of these and everything `advance` derived from it.

`at` is seconds since the epoch, UTC: the only clock that the interpreter sees.
"""

from __future__ import annotations

from dataclasses import dataclass

from bunsui.model.json import Json


@dataclass(frozen=True, slots=True)
class Started:
    """Always the first. `seed` feeds every random choice (jitter, tokens, $random, $uuid)."""

    at: float
    arn: str
    name: str
    machine_arn: str
    machine_name: str
    input: Json
    seed: str


@dataclass(frozen=True, slots=True)
class TaskSubmitted:
    """A `.waitForTaskToken` or `.sync` call was accepted; its answer comes later."""

    at: float
    task: str
    output: Json


@dataclass(frozen=True, slots=True)
class TaskSucceeded:
    at: float
    task: str
    output: Json


@dataclass(frozen=True, slots=True)
class TaskFailed:
    """`error` is a States.*, service or user error name."""

    at: float
    task: str
    error: str
    cause: str | None = None


@dataclass(frozen=True, slots=True)
class TaskHeartbeat:
    at: float
    task: str


@dataclass(frozen=True, slots=True)
class TimerFired:
    """One of `timers(state)` is due: a Wait, a retry's delay, a time-out, a missed heartbeat."""

    at: float
    timer: str


@dataclass(frozen=True, slots=True)
class Stopped:
    at: float
    error: str | None = None
    cause: str | None = None


@dataclass(frozen=True, slots=True)
class Redriven:
    """Only on an ended execution that is redrivable by AWS's rules."""

    at: float


Input = Started | TaskSubmitted | TaskSucceeded | TaskFailed | TaskHeartbeat | TimerFired | Stopped | Redriven
