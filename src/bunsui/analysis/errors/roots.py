"""Which failures of an execution are causes and not consequences, the most important first, from its history.

A history is read in pieces and not kept. Nested executions have histories of their own: whoever reads follows `nested`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from bunsui.analysis.errors.context import context_of
from bunsui.analysis.progress import OperationView, Tracker
from bunsui.analysis.shape import Shape
from bunsui.analysis.trace import Spot, Trace
from bunsui.model.history import HistoryEvent
from bunsui.model.json import Json
from bunsui.model.status import ExecutionStatus, OperationStatus

_S = OperationStatus
_FAILURES = (
    "TaskFailed",
    "TaskTimedOut",
    "TaskStartFailed",
    "TaskSubmitFailed",
    "LambdaFunctionFailed",
    "LambdaFunctionTimedOut",
    "LambdaFunctionScheduleFailed",
    "LambdaFunctionStartFailed",
    "EvaluationFailed",
    "FailStateEntered",
)
_SUCCESSES = ("TaskSucceeded", "LambdaFunctionSucceeded")
_SCHEDULED = ("TaskScheduled", "LambdaFunctionScheduled")
_SUMMARY = "Bunsui.OperationsFailed"  # the end of an execution that only says which operations failed
_EVALUATION = "States.QueryEvaluationError"


@dataclass(frozen=True, slots=True)
class Failing:
    """A failure as a history tells it. `operation` has the path of nested pipelines; empty: the execution itself."""

    execution: str
    event: int
    at: float
    operation: str
    item: int | None
    attempt: str
    attempts: int
    error: str
    cause: str
    log: tuple[str, int | None, str] | None = None  # operation, item and attempt that its log lies under


@dataclass(frozen=True, slots=True)
class Nested:
    """A nested execution in which an operation failed; `failing` is what its parent says, should it be gone."""

    arn: str
    operation: str
    shapes: tuple[Shape, ...]
    failing: Failing


class FailureReader:
    """Feed it the history of one execution; then `roots` tells what failed of itself."""

    def __init__(self, execution: str, shapes: tuple[Shape, ...], path: str = "") -> None:
        self._execution = execution
        self._path = path
        self._tracker = Tracker(shapes)
        self._trace = Trace(shapes)
        self._shapes = {shape.name: shape for shape in shapes}
        self._calls: dict[tuple[str, int | None], _Calls] = {}
        self._last: dict[tuple[str, int | None], Failing] = {}
        self._seen: dict[str, HistoryEvent] = {}  # the last event of every operation
        self._fails: dict[int, str] = {}  # the names of Fail states that were entered, by event
        self._uncaught: tuple[HistoryEvent, Spot] | None = None
        self._end: HistoryEvent | None = None

    def feed(self, events: Iterable[HistoryEvent]) -> None:
        for event in events:
            self._tracker.feed([event])
            self._take(event, self._trace.spot(event))

    def _take(self, event: HistoryEvent, spot: Spot) -> None:
        if event.type.startswith("Execution"):
            self._of_execution(event)
            return
        if event.type == "EvaluationFailed":
            spot = self._placed(event, spot)
            self._uncaught = (event, spot)
        elif event.type.endswith("StateExited"):
            self._uncaught = None
        if spot.operation is None:
            return
        key = (spot.operation, spot.item)
        self._seen[spot.operation] = event
        if event.type in _SCHEDULED and (spot.main or self._shapes[spot.operation].raw):  # joins are no tries
            self._calls.setdefault(key, _Calls()).scheduled(event)
        elif event.type in _SUCCESSES:
            self._last.pop(key, None)
        elif event.type in _FAILURES:
            if event.type == "FailStateEntered":
                self._fails[event.id] = _text(event, "name")
            self._last[key] = self._failing(event, *key)

    def _placed(self, event: HistoryEvent, spot: Spot) -> Spot:
        """It names its state itself: gates of an operation are part of it."""
        operation = str(event.details.get("state") or "").partition(".")[0]
        return replace(spot, operation=operation) if operation in self._shapes else spot

    def _of_execution(self, event: HistoryEvent) -> None:
        if event.type == "ExecutionRedriven":
            self._end = None
            self._last.clear()
            for calls in self._calls.values():
                calls.redriven()
        elif event.type != "ExecutionStarted":
            self._end = event

    def _failing(self, event: HistoryEvent, operation: str, item: int | None) -> Failing:
        calls = self._calls.get((operation, item), _Calls())
        error = _text(event, "error") or (_EVALUATION if event.type == "EvaluationFailed" else "")
        if not error and "TimedOut" in event.type:
            error = "States.Timeout"
        number = self._execution.rpartition("-")[2]
        attempt = calls.attempt(number) if calls.count else ""
        return Failing(
            execution=self._execution,
            event=event.id,
            at=event.time,
            operation=self._path + operation,
            item=item,
            attempt=attempt,
            attempts=calls.count,
            error=error or "error",
            cause=_text(event, "cause"),
            log=calls.log or ((self._path + operation, item, attempt) if attempt else None),
        )

    def roots(self) -> Iterator[Failing | Nested]:
        """What was held up by another failure comes last, what holds up most first, then in the order of time."""
        views = {view.name: view for view in self._tracker.views()}
        failed = [name for name, view in views.items() if view.status is _S.FAILED]
        ranked = sorted(failed, key=lambda name: self._rank(name, views))
        found = [one for name in ranked for one in self._of(views[name])]
        yield from found
        if self._uncaught and not any(_is(one, self._uncaught[0]) for one in found):
            yield self._evaluation(*self._uncaught)
        elif not found and self._end is not None and self._end.type != "ExecutionSucceeded":
            yield self._whole(self._end, views)

    def _rank(self, name: str, views: Mapping[str, OperationView]) -> tuple[bool, int, float]:
        held = sum(view.status is _S.UPSTREAM_FAILED and name in self._above(other) for other, view in views.items())
        below = any(views[above].status is _S.FAILED for above in self._above(name))
        return below, -held, views[name].ended or 0.0

    def _above(self, name: str) -> set[str]:
        found: set[str] = set()
        waiting = [name]
        while waiting:
            needs = self._shapes[waiting.pop()].needs
            waiting += [need for need in needs if need not in found and need in self._shapes]
            found.update(need for need in needs if need in self._shapes)
        return found

    def _of(self, view: OperationView) -> Iterator[Failing | Nested]:
        """Of a fan-out the items that failed, unless it failed before it had any."""
        shape = self._shapes[view.name]
        items = sorted(
            ((key[1], one) for key, one in self._last.items() if key[0] == view.name and key[1] is not None),
            key=lambda pair: pair[0] or 0,
        )
        own = [self._completed(self._last[view.name, None])] if (view.name, None) in self._last else []
        failing = [one for _, one in items] or own or [self._told(view)]
        children = self._tracker.work[view.name].children
        for one in failing:
            arn = children.get(one.item) if shape.inner else None
            yield Nested(arn, one.operation, shape.inner, one) if arn else one

    def _completed(self, failing: Failing) -> Failing:
        """The end of the execution tells what a Fail state says: its own event has only the input."""
        end = self._end
        if failing.event not in self._fails or end is None or end.type != "ExecutionFailed":
            return failing
        state = self._fails[failing.event]
        return replace(failing, error=_text(end, "error") or "error", cause=_text(end, "cause") or _unnamed(state, end))

    def _told(self, view: OperationView) -> Failing:
        """Of an operation that called nothing: what its record says."""
        event = self._seen.get(view.name) or self._end or HistoryEvent(0, 0, "", 0.0)
        told = self._failing(event, view.name, None)
        return replace(told, error=view.error or "error", cause=view.cause or "")

    def _evaluation(self, event: HistoryEvent, spot: Spot) -> Failing:
        found = self._failing(event, spot.operation or "", spot.item)
        return found if spot.operation else replace(found, operation=self._path.rstrip("."))

    def _whole(self, event: HistoryEvent, views: Mapping[str, OperationView]) -> Failing:
        """Nothing in it failed: its own time was up, or it was stopped."""
        found = self._failing(event, "", None)
        error, cause = found.error, found.cause
        if self._tracker.status is ExecutionStatus.TIMED_OUT:
            cut = [name for name, view in views.items() if view.status is _S.CANCELLED and view.started is not None]
            error = "States.Timeout"
            cause = cause or "the execution ran longer than its timeout" + (f"; cut off: {', '.join(cut)}" * bool(cut))
        return replace(found, operation=self._path.rstrip("."), error=error, cause=cause, log=None, attempt="")


@dataclass(slots=True)
class _Calls:
    """Of one operation or item: how often it was called, and as which attempt last."""

    count: int = 0
    redrives: int = 0
    since: int = 0  # calls since the last redrive
    told: str = ""
    log: tuple[str, int | None, str] | None = None

    def scheduled(self, event: HistoryEvent) -> None:
        self.count, self.since = self.count + 1, self.since + 1
        context = context_of(event.details.get("parameters"))
        if context:
            self.told = str(context.get("attempt") or "")
            item = context.get("item")
            self.log = (str(context.get("operation") or ""), item if isinstance(item, int) else None, self.told)

    def redriven(self) -> None:
        self.redrives, self.since = self.redrives + 1, 0

    def attempt(self, number: str) -> str:
        return self.told or f"{number}.{self.redrives}.{max(0, self.since - 1)}"


def _unnamed(state: str, end: HistoryEvent) -> str:
    """A Fail state without a cause: only a machine of the user's own has one."""
    what = "no cause" if _text(end, "error") else "no error and no cause"
    return f"state {state!r} failed by its own definition: it is a Fail state that names {what}"


def _is(one: Failing | Nested, event: HistoryEvent) -> bool:
    failing = one.failing if isinstance(one, Nested) else one
    return failing.event == event.id


def _text(event: HistoryEvent, key: str) -> str:
    value: Json = event.details.get(key)
    return value if isinstance(value, str) else "" if value is None else json.dumps(value)
