"""What is gathered of one operation while a history is read: its state, record, tries, items and calls.

What that comes to, as a status, is in `progress`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from bunsui.analysis.shape import Shape
from bunsui.analysis.trace import Spot
from bunsui.model.history import NEXT_TRY, HistoryEvent
from bunsui.model.json import Json

_TASK_FAILURES = ("TaskFailed", "TaskTimedOut", "TaskStartFailed", "TaskSubmitFailed", "LambdaFunctionFailed")
_ITEM_FAILED = "Bunsui.Failed"


@dataclass(frozen=True, slots=True)
class Try:
    """One try of a task, for the timeline. `ended` None: it runs."""

    operation: str
    item: int | None
    number: int  # from 1
    started: float
    ended: float | None = None
    error: str | None = None


@dataclass(frozen=True, slots=True)
class Call:
    """A call that has no answer yet, as it was scheduled."""

    parameters: Json
    at: float


@dataclass(slots=True)
class Work:
    """What a tracker has seen of one operation so far."""

    shape: Shape
    record: Mapping[str, Json] | None = None
    reused: bool = False
    open: int = 0  # main states entered and not exited
    started: float | None = None
    ended: float | None = None
    exited: bool = False  # raw states only: left at least once
    error: str | None = None
    cause: str | None = None
    failing: bool = False  # the last thing its task did was to fail
    next_try: float | None = None  # after that, if it is known
    tries: dict[int | None, list[Try]] = field(default_factory=dict)
    total: int | None = None
    item_errors: dict[int, str] = field(default_factory=dict)
    items_done: set[int] = field(default_factory=set)
    items_failed: set[int] = field(default_factory=set)
    items_running: set[int] = field(default_factory=set)
    outputs: dict[int, Json] = field(default_factory=dict)  # of items that succeeded
    children: dict[int | None, str] = field(default_factory=dict)  # ARNs of nested executions, the newest an item
    pending: dict[int | None, Call] = field(default_factory=dict)  # calls that are out, by item
    called: Json = None  # the parameters of the last call
    put: Json = None  # those of the call before it that put what it is handed into the object store


def take(work: Work, spot: Spot, event: HistoryEvent) -> None:
    """An event of this operation."""
    if event.type.endswith("StateEntered"):
        _entered(work, spot, event)
    elif event.type.endswith("StateExited"):
        _exited(work, spot, event)
    elif event.type.startswith("Map"):
        _map_event(work, spot, event)
    elif spot.main or work.shape.raw:
        _task_event(work, spot, event)
    elif spot.role in ("input", "item.input") and event.type == "TaskScheduled":
        work.put = event.details.get("parameters")


def close(work: Work, at: float) -> None:
    """The end of an execution ends the tries that were still open, without an outcome of their own."""
    work.items_running.clear()
    work.pending.clear()
    for tries in work.tries.values():
        if tries[-1].ended is None:
            tries[-1] = replace(tries[-1], ended=at)


def _entered(work: Work, spot: Spot, event: HistoryEvent) -> None:
    if not spot.main:
        return
    if spot.item is not None:
        work.items_running.add(spot.item)
        return
    work.open += 1
    work.failing = False
    work.started = event.time if work.started is None else work.started
    if work.shape.raw and event.type == "FailStateEntered":
        work.open, work.failing, work.ended = 0, True, event.time


def _exited(work: Work, spot: Spot, event: HistoryEvent) -> None:
    output = event.details.get("output")
    if spot.item is not None:
        _item_exited(work, spot, output)
        return
    if spot.main:
        work.open = max(0, work.open - 1)
        work.exited = True
        work.ended = event.time
    record = output.get(work.shape.name) if isinstance(output, dict) and not work.shape.raw else None
    if work.record is None and isinstance(record, dict) and "s" in record:
        work.record, work.ended = record, event.time  # as it first appears: later its output may be dropped


def _item_exited(work: Work, spot: Spot, output: Json) -> None:
    """A caught failure is an output too: one that no task can return by accident."""
    failure = output.get(_ITEM_FAILED) if isinstance(output, dict) else None
    if spot.item is None:
        return
    if isinstance(failure, dict):
        work.item_errors[spot.item] = str(failure.get("Error"))
    elif spot.role == "item":
        work.item_errors.pop(spot.item, None)
        work.outputs[spot.item] = output


def _map_event(work: Work, spot: Spot, event: HistoryEvent) -> None:
    if spot.role.partition(".")[0] not in ("", "item"):
        return  # a Map that wakes consumers: bookkeeping
    if event.type == "MapStateStarted":
        length = event.details.get("length")
        work.total = length if isinstance(length, int) else None
    if spot.item is None:
        return
    work.items_running.discard(spot.item)
    if event.type == "MapIterationStarted":
        work.items_running.add(spot.item)
    elif event.type == "MapIterationSucceeded" and spot.item not in work.item_errors:
        work.items_done.add(spot.item)
    elif event.type in ("MapIterationSucceeded", "MapIterationFailed"):
        work.items_failed.add(spot.item)


def _task_event(work: Work, spot: Spot, event: HistoryEvent) -> None:
    if event.type in ("TaskScheduled", "LambdaFunctionScheduled"):
        _scheduled(work, spot, event)
    elif event.type == "TaskSubmitted":
        _submitted(work, spot, event)
    elif event.type in ("TaskSucceeded", "LambdaFunctionSucceeded"):
        work.failing = False
        _finish_try(work, spot.item, event.time, None)
    elif event.type in _TASK_FAILURES:
        _failed(work, spot, event)


def _scheduled(work: Work, spot: Spot, event: HistoryEvent) -> None:
    work.failing = False
    work.called = event.details.get("parameters")
    work.pending[spot.item] = Call(work.called, event.time)
    tries = work.tries.setdefault(spot.item, [])
    tries.append(Try(work.shape.name, spot.item, len(tries) + 1, event.time))


def _submitted(work: Work, spot: Spot, event: HistoryEvent) -> None:
    output = event.details.get("output")
    if isinstance(output, dict):
        arn = output.get("ExecutionArn", output.get("executionArn"))
        if isinstance(arn, str):
            work.children[spot.item] = arn


def _failed(work: Work, spot: Spot, event: HistoryEvent) -> None:
    error, cause = event.details.get("error"), event.details.get("cause")
    work.failing = True
    at = event.details.get(NEXT_TRY)
    work.next_try = at if isinstance(at, int | float) else None
    work.error = str(error) if error is not None else "States.Timeout" if event.type == "TaskTimedOut" else "error"
    work.cause = cause if isinstance(cause, str) else None
    _finish_try(work, spot.item, event.time, work.error)


def _finish_try(work: Work, item: int | None, at: float, error: str | None) -> None:
    work.pending.pop(item, None)
    tries = work.tries.get(item)
    if tries:
        tries[-1] = replace(tries[-1], ended=at, error=error)
