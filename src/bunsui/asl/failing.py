"""What happens when a state failed: Retry, Catch, or the failure of the machine it is in."""

from __future__ import annotations

import random

from bunsui.asl import errors
from bunsui.asl import state as phases
from bunsui.asl.dataflow import passed_on
from bunsui.asl.groups import abort_children
from bunsui.asl.language import Catcher, Guarded, Map, Parallel, Retrier
from bunsui.asl.leaving import leave, type_of
from bunsui.asl.map_runs import iteration_failed
from bunsui.asl.run import Failed, Run, executing
from bunsui.asl.state import Frame
from bunsui.asl.template import QueryFailure
from bunsui.model.json import Json
from bunsui.model.status import ExecutionStatus


def failed(run: Run, action: Failed) -> None:
    frame = run.touch(action.frame)
    if action.fatal and frame.silent:
        _end_iteration(run, frame, action)
        return
    if action.fatal:
        frame.phase, frame.error, frame.cause = phases.FAILED, action.error, action.cause
        run.end(ExecutionStatus.FAILED, frame.last, error=action.error, cause=action.cause)
        return
    abort_children(run, frame)
    state = run.definition(frame)
    if isinstance(state, Guarded) and not action.bare:
        if (index := _retrier(frame, state, action.error)) is not None:
            _retry(run, frame, state.retry[index], index)
            return
        if isinstance(state, (Parallel, Map)):
            run.follow(frame, f"{type_of(run, frame)}StateFailed", {})
        catcher = next((c for c in state.catch if errors.matches(action.error, c.errors)), None)
        if catcher is not None:
            _catch(run, frame, catcher, action)
            return
    _give_up(run, frame, action.error, action.cause)


def _retrier(frame: Frame, state: Guarded, error: str | None) -> int | None:
    """The first retrier that takes the error decides, with its own counter."""
    for index, retrier in enumerate(state.retry):
        if errors.matches(error, retrier.errors):
            return index if frame.retries[index] < retrier.attempts else None
    return None


def _retry(run: Run, frame: Frame, retrier: Retrier, index: int) -> None:
    delay = _delay(run, frame, retrier, frame.retries[index])
    if frame.started:
        run.forget_children(frame)
    frame.retries = [count + (i == index) for i, count in enumerate(frame.retries)]
    frame.phase, frame.due = phases.RETRY, run.at + delay


def _delay(run: Run, frame: Frame, retrier: Retrier, former: int) -> float:
    try:
        delay = retrier.interval * retrier.backoff**former
    except OverflowError:
        delay = float(10**9)
    if retrier.most is not None:
        delay = min(delay, retrier.most)
    if retrier.jitter:
        delay *= random.Random(f"{run.base.seed}:{frame.id}:{frame.last}").random()  # noqa: S311 - no secret
    return delay


def _catch(run: Run, frame: Frame, catcher: Catcher, action: Failed) -> None:
    error: Json = {"Error": action.error or "", "Cause": action.cause or ""}
    try:
        scope = run.scope(frame, errorOutput=error)
        output = error if catcher.flow is None else passed_on(catcher.flow, frame.input, error, scope)
        leave(run, frame, scope.at(error), output, catcher.next, catcher.output, catcher.assign)
    except QueryFailure as failure:
        raise CatchFailure(failure) from None


class CatchFailure(Exception):
    """An expression of a catcher failed: its own state does not catch that."""

    def __init__(self, failure: QueryFailure) -> None:
        super().__init__(failure.message)
        self.failure = failure


def _give_up(run: Run, frame: Frame, error: str | None, cause: str | None) -> None:
    frame.phase, frame.error, frame.cause = phases.FAILED, error, cause
    if not frame.parent:
        run.end(ExecutionStatus.FAILED, frame.last, error=error, cause=cause)
        return
    parent = run.touch(frame.parent)
    if frame.silent and not parent.silent:
        run.todo.appendleft(iteration_failed(run, parent))
        return
    if frame.iteration:
        run.tell(frame, "MapIterationFailed", frame.last, {"name": parent.state, "index": frame.index})
    parent.last = frame.last
    run.todo.appendleft(Failed(parent.id, error, cause))


def _end_iteration(run: Run, frame: Frame, action: Failed) -> None:
    """What would end the execution ends the iteration of a distributed Map, which is one of its own."""
    while run.frames[frame.parent].silent:
        frame = run.touch(frame.parent)
    abort_children(run, frame)
    _give_up(run, frame, action.error, action.cause)


def note_query_failure(run: Run, frame: Frame, failure: QueryFailure) -> str:
    """Append EvaluationFailed; the cause for what follows."""
    cause = executing(frame, failure.message)
    details: dict[str, Json] = {"error": errors.QUERY, "cause": cause, "state": frame.state}
    if failure.location is not None:
        details["location"] = failure.location
    if frame.last == frame.entered and type_of(run, frame) != "Wait":
        frame.last = frame.before  # AWS lets it follow what the state's entry follows
    run.follow(frame, "EvaluationFailed", details)
    return cause
