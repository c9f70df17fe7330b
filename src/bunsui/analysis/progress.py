"""How far every operation of an execution is, as a pure function of its history."""

from __future__ import annotations

from dataclasses import dataclass

from bunsui.model.json import Json
from bunsui.model.status import OperationStatus


@dataclass(frozen=True, slots=True)
class Items:
    """A fan-out: how many items there are, and how many of them succeeded, failed or run now."""

    total: int
    done: int = 0
    failed: int = 0
    running: int = 0


@dataclass(frozen=True, slots=True)
class OperationView:
    """One operation at a moment. Times are seconds since the epoch, UTC.

    `attempts` counts tries of its task (of a fan-out: of the item tried most often). `error` and `cause` are the last
    failure, also while it is being retried. `waiting` says for what a WAITING operation waits (approval, time).
    """

    name: str
    kind: str
    status: OperationStatus
    needs: tuple[str, ...] = ()
    started: float | None = None
    ended: float | None = None
    attempts: int = 0
    items: Items | None = None
    error: str | None = None
    cause: str | None = None
    waiting: str | None = None
    output: Json = None
    depth: int = 0  # 1 and more inside nested pipelines
