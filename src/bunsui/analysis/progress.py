"""How far every operation of an execution is, as a pure function of its history.

`Tracker` takes the history in pieces, so that a live display never reads an event twice; `progress` takes it whole.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from bunsui.analysis.shape import Shape
from bunsui.analysis.trace import Trace
from bunsui.analysis.work import Try, Work, close, take
from bunsui.model.history import HistoryEvent
from bunsui.model.json import Json
from bunsui.model.status import ExecutionStatus, OperationStatus

_S = OperationStatus

STATUS_OF_RECORD = {
    "ok": _S.SUCCEEDED,
    "failed": _S.FAILED,
    "upstream_failed": _S.UPSTREAM_FAILED,
    "skipped": _S.SKIPPED,
}
_ENDS = {
    "ExecutionSucceeded": ExecutionStatus.SUCCEEDED,
    "ExecutionFailed": ExecutionStatus.FAILED,
    "ExecutionTimedOut": ExecutionStatus.TIMED_OUT,
    "ExecutionAborted": ExecutionStatus.ABORTED,
}
_WAITING_KINDS = {"approval": "approval", "wait": "time"}


@dataclass(frozen=True, slots=True)
class Items:
    """A fan-out: how many items there are, how many of them succeeded, failed or run now; the indices of those."""

    total: int
    done: int = 0
    failed: int = 0
    running: int = 0
    now: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class OperationView:
    """One operation at a moment. Times are seconds since the epoch, UTC.

    `attempts` counts tries of its task (of a fan-out: of the item tried most often). `error` and `cause` are the last
    failure, also while it is being retried; `next_try` is then when, where the backend tells. `waiting` says for what a
    WAITING operation waits (approval, time).
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
    next_try: float | None = None
    output: Json = None
    depth: int = 0  # 1 and more inside nested pipelines


class Tracker:
    """Reads a history in order and keeps what views, checkpoints and timelines need."""

    def __init__(self, shapes: Iterable[Shape]) -> None:
        self.shapes = tuple(shapes)
        self.work = {shape.name: Work(shape) for shape in self.shapes}
        self.input: Mapping[str, Json] = {}
        self.status = ExecutionStatus.RUNNING
        self.last_id = 0
        self.last_time = 0.0
        self._trace = Trace(self.shapes)

    def feed(self, events: Iterable[HistoryEvent]) -> None:
        for event in events:
            self._take(event)

    def _take(self, event: HistoryEvent) -> None:
        if event.id <= self.last_id:
            return
        self.last_id, self.last_time = event.id, event.time
        spot = self._trace.spot(event)
        if event.type.startswith("Execution"):
            self._execution(event)
        elif spot.operation is not None:
            take(self.work[spot.operation], spot, event)

    def _execution(self, event: HistoryEvent) -> None:
        if event.type == "ExecutionStarted":
            given = event.details.get("input")
            self.input = given if isinstance(given, dict) else {}
            self._reuse(self.input.get("resume"))
        elif event.type == "ExecutionRedriven":
            self.status = ExecutionStatus.RUNNING
            for work in self.work.values():
                work.failing = False
        else:
            self.status = _ENDS.get(event.type, self.status)
            for work in self.work.values():
                close(work, event.time)

    def _reuse(self, resume: Json) -> None:
        for name, record in resume.items() if isinstance(resume, dict) else ():
            if name in self.work and isinstance(record, dict):
                self.work[name].record, self.work[name].reused = record, True

    def complete(self, records: Mapping[str, Json]) -> None:
        """The whole records of what was reused: the execution was not handed the outputs that it does not read."""
        for name, work in self.work.items():
            if work.reused and name in records:
                self._reuse({name: records[name]})

    def views(self) -> tuple[OperationView, ...]:
        found: dict[str, OperationView] = {}
        for shape in self.shapes:
            found[shape.name] = self._view(self.work[shape.name])
        return tuple(_blame(found[shape.name], found, self.status) for shape in self.shapes)

    def _view(self, work: Work) -> OperationView:
        status = _status(work, self.status)
        shape = work.shape
        done = status not in (_S.RUNNING, _S.RETRYING, _S.WAITING, _S.PENDING)
        error, cause = _error_of(work, status)
        return OperationView(
            name=shape.name,
            kind=shape.kind,
            status=status,
            needs=shape.needs,
            started=work.started,
            ended=self._ended(work) if done else None,
            attempts=max((len(tries) for tries in work.tries.values()), default=0),
            items=_items(work),
            error=error,
            cause=cause,
            waiting=_WAITING_KINDS.get(shape.kind) if status is _S.WAITING else None,
            next_try=work.next_try if status is _S.RETRYING else None,
            output=work.record.get("o") if work.record else None,
        )

    def _ended(self, work: Work) -> float | None:
        """What was cut off ended with its execution; what never began has no end."""
        if work.ended is not None:
            return work.ended
        return None if work.started is None else self.last_time

    def tries(self) -> tuple[Try, ...]:
        """All tries of all tasks, in order of their start."""
        every = [one for work in self.work.values() for tries in work.tries.values() for one in tries]
        return tuple(sorted(every, key=lambda one: (one.started, one.operation, one.item or 0)))


def progress(events: Iterable[HistoryEvent], shapes: Iterable[Shape]) -> tuple[OperationView, ...]:
    """A view of every operation, in the pipeline's order."""
    tracker = Tracker(shapes)
    tracker.feed(events)
    return tracker.views()


def _status(work: Work, execution: ExecutionStatus) -> OperationStatus:
    if work.shape.raw:
        return _raw_status(work, execution)
    if work.record is not None:
        status = STATUS_OF_RECORD.get(str(work.record.get("s")), _S.FAILED)
        return _S.REUSED if work.reused and status is _S.SUCCEEDED else status
    if not work.open:
        return _S.PENDING if work.started is None else _S.RUNNING
    if execution is not ExecutionStatus.RUNNING:
        return _S.FAILED if work.failing and execution is ExecutionStatus.FAILED else _S.CANCELLED
    if work.shape.kind in _WAITING_KINDS:
        return _S.WAITING
    return _S.RETRYING if work.failing and not work.shape.fan_out else _S.RUNNING


def _raw_status(work: Work, execution: ExecutionStatus) -> OperationStatus:
    if work.open and execution is ExecutionStatus.RUNNING:
        return _S.WAITING if work.shape.kind in _WAITING_KINDS else _S.RETRYING if work.failing else _S.RUNNING
    if work.failing:
        return _S.FAILED
    return _S.CANCELLED if work.open else _S.SUCCEEDED if work.exited else _S.PENDING


def _error_of(work: Work, status: OperationStatus) -> tuple[str | None, str | None]:
    failure = work.record.get("e") if work.record else None
    if isinstance(failure, dict):
        return str(failure.get("Error", "")) or None, str(failure.get("Cause", "")) or None
    return (work.error, work.cause) if status in (_S.FAILED, _S.RETRYING) else (None, None)


def _items(work: Work) -> Items | None:
    if not work.shape.fan_out or work.total is None:
        return None
    now = tuple(sorted(work.items_running))
    return Items(work.total, len(work.items_done), len(work.items_failed), len(now), now)


def _blame(view: OperationView, found: Mapping[str, OperationView], execution: ExecutionStatus) -> OperationView:
    """What never began when the execution ended: held up by a failure, not taken, or cut off."""
    if execution is ExecutionStatus.RUNNING or view.status not in (_S.PENDING, _S.RUNNING):
        return view
    if view.status is _S.RUNNING:
        return replace(view, status=_S.CANCELLED)
    if execution is ExecutionStatus.SUCCEEDED:
        return replace(view, status=_S.SKIPPED)
    failed = execution is ExecutionStatus.FAILED and _below_failure(view, found)
    return replace(view, status=_S.UPSTREAM_FAILED if failed else _S.CANCELLED)


def _below_failure(view: OperationView, found: Mapping[str, OperationView]) -> bool:
    pending, seen = list(view.needs), set(view.needs)
    while pending:
        need = found.get(pending.pop())
        if need is None:
            continue
        if need.status in (_S.FAILED, _S.UPSTREAM_FAILED):
            return True
        pending.extend(more for more in need.needs if more not in seen)
        seen.update(need.needs)
    return False
