"""`advance`: an execution's state and one input give the next state, its delta, events and effects. Pure: time and
seed come in the input. What the states do is in the modules beside; here inputs are dispatched."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from bunsui.asl import errors, failing, groups, leaving, limits, simple, tasks
from bunsui.asl import state as phases
from bunsui.asl.effects import CancelTask, Effect, Ended
from bunsui.asl.inputs import (
    Input,
    Redriven,
    Started,
    Stopped,
    TaskFailed,
    TaskHeartbeat,
    TaskSubmitted,
    TaskSucceeded,
    TimerFired,
)
from bunsui.asl.language import Choice, Fail, Machine, Map, Parallel, Pass, Succeed, Task, Wait
from bunsui.asl.payload import PathFailure
from bunsui.asl.redrive import redrive
from bunsui.asl.run import ROLE, WHOLE, Action, Attempt, Enter, Failed, Finished, Gather, HistoryFull, Run, executing
from bunsui.asl.state import ENDED, ROOT, TASK, Frame, State, call_of, deadline_of, delta, in_order, timers_of
from bunsui.asl.template import QueryFailure
from bunsui.model.history import HistoryEvent
from bunsui.model.json import Json
from bunsui.model.status import ExecutionStatus


@dataclass(frozen=True, slots=True)
class Step:
    """`delta` is what `fold` needs; `effects` follow from the change, and after a crash from the state."""

    state: State
    delta: dict[str, Json]
    events: tuple[HistoryEvent, ...]
    effects: tuple[Effect, ...]


def advance(machine: Machine, state: State | None, input: Input) -> Step:
    """The same machine, state and input always give the same step.

    An input that no longer matters (an unknown task, a timer that is gone) gives an empty delta and no events.
    """
    if isinstance(input, Started):
        return _begin(machine, state, input)
    if state is None:
        raise ValueError("the first input of an execution is Started")
    run = Run(machine, state, input.at)
    _INPUTS[type(input)](run, input)
    return _finish(run, state, getattr(input, "task", ""))


def redrivable(state: State, at: float | None = None) -> tuple[bool, str]:
    """Whether AWS would redrive it, and why not. `at` is now: after 14 days it is too late."""
    if state.status in (ExecutionStatus.RUNNING, ExecutionStatus.SUCCEEDED):
        return False, f"Execution is {state.status} and cannot be redriven"
    if state.events >= limits.REDRIVABLE_EVENTS:
        return False, "Execution history event limit exceeded"
    if at is not None and state.ended is not None and at - state.ended > limits.REDRIVABLE_SECONDS:
        return False, "Execution exceeded the redrivable period of 14 days"
    return True, ""


def _begin(machine: Machine, state: State | None, input: Started) -> Step:
    if state is not None:
        raise ValueError(f"the execution {state.name} was started already")
    deadline = None if machine.timeout is None else input.at + machine.timeout
    new = State(
        input.arn, input.name, input.machine_arn, input.machine_name, input.input, input.seed, input.at,
        deadline=deadline,
    )  # fmt: skip
    run = Run(machine, new, input.at)
    run.emit("ExecutionStarted", 0, {"input": input.input, "inputDetails": WHOLE, "roleArn": ROLE})
    run.add(Frame(ROOT))
    run.todo.append(Enter(ROOT, machine.scopes[""].start, input.input))
    _work(run)
    return _finish(run, None, "")


# inputs


def _awaited(run: Run, task: str) -> tuple[Frame, Task] | None:
    frame = run.frames.get(task.rpartition("-")[0])
    if frame is None or frame.phase != TASK or frame.task != task:
        return None
    state = run.definition(frame)
    return (run.touch(frame.id), state) if isinstance(state, Task) else None


def _guard(run: Run, frame: Frame, act: Callable[[], None]) -> None:
    """Do something for a frame, then all that follows from it."""
    _act(run, frame.id, act)
    _work(run)


def _task_submitted(run: Run, input: TaskSubmitted) -> None:
    if found := _awaited(run, input.task):
        frame, state = found
        _guard(run, frame, lambda: tasks.submitted(run, frame, state, input.output))


def _task_succeeded(run: Run, input: TaskSucceeded) -> None:
    if found := _awaited(run, input.task):
        frame, state = found
        _guard(run, frame, lambda: tasks.succeeded(run, frame, state, input.output))


def _task_failed(run: Run, input: TaskFailed) -> None:
    if found := _awaited(run, input.task):
        frame, state = found
        cause = limits.shortened(input.cause)
        _guard(run, frame, lambda: tasks.failed(run, frame, state, input.error, cause))


def _task_heartbeat(run: Run, input: TaskHeartbeat) -> None:
    if found := _awaited(run, input.task):
        frame, _ = found
        if frame.heartbeat is not None:
            frame.beat = run.at + frame.heartbeat


def _timer_fired(run: Run, input: TimerFired) -> None:
    kind, _, rest = input.timer.partition(":")
    if kind in ("timeout", "heartbeat"):
        _task_timer(run, kind, rest)
    elif kind == "execution":
        if any(timer.timer == input.timer and timer.at <= run.at for timer in deadline_of(run.state)):
            run.end(ExecutionStatus.TIMED_OUT, 0, error=errors.TIMEOUT)
    else:
        frame = run.frames.get(rest.partition(":")[0])
        if frame and any(timer.timer == input.timer and timer.at <= run.at for timer in timers_of(frame)):
            _wake(run, run.touch(frame.id))


def _task_timer(run: Run, kind: str, task: str) -> None:
    found = _awaited(run, task)
    if found is None:
        return
    frame, state = found
    due, error = (frame.due, errors.TIMEOUT) if kind == "timeout" else (frame.beat, errors.HEARTBEAT_TIMEOUT)
    if due is not None and due <= run.at:
        _guard(run, frame, lambda: tasks.timed_out(run, frame, state, error))


def _wake(run: Run, frame: Frame) -> None:
    phase = frame.phase
    frame.phase, frame.due = phases.RUNNING, None
    if phase == phases.WAIT:
        _guard(run, frame, lambda: simple.leave_wait(run, frame))
        return
    run.todo.append(Attempt(frame.id) if phase == phases.RETRY else Enter(frame.id, frame.state, frame.input))
    _work(run)


def _stopped(run: Run, input: Stopped) -> None:
    if run.state.status is not ExecutionStatus.RUNNING:
        return
    try:
        for frame in in_order(run.frames):
            if frame.phase == TASK:
                groups.abort(run, frame)
    except HistoryFull:
        pass  # the end itself still has room
    run.end(ExecutionStatus.ABORTED, 0, error=input.error, cause=limits.shortened(input.cause))


def _redriven(run: Run, input: Redriven) -> None:
    allowed, reason = redrivable(run.state)
    if not allowed:
        raise ValueError(reason)
    deadline = None if run.machine.timeout is None else run.at + run.machine.timeout
    redrive(run, deadline)
    _work(run)


_INPUTS: Mapping[type, Callable[[Run, Any], None]] = {
    TaskSubmitted: _task_submitted,
    TaskSucceeded: _task_succeeded,
    TaskFailed: _task_failed,
    TaskHeartbeat: _task_heartbeat,
    TimerFired: _timer_fired,
    Stopped: _stopped,
    Redriven: _redriven,
}


# what follows within the step

_ATTEMPTS: Mapping[type, Callable[[Run, Frame, Any], None]] = {
    Task: tasks.attempt_task,
    Pass: simple.attempt_pass,
    Choice: simple.attempt_choice,
    Wait: simple.attempt_wait,
    Succeed: simple.attempt_pass,
    Fail: simple.attempt_fail,
    Parallel: groups.attempt_parallel,
    Map: groups.attempt_map,
}


def _attempt(run: Run, action: Attempt) -> None:
    frame = run.touch(action.frame)
    state = run.definition(frame)
    _ATTEMPTS[type(state)](run, frame, state)


_ACTIONS: Mapping[type, Callable[[Run, Any], None]] = {
    Enter: leaving.enter,
    Attempt: _attempt,
    Failed: failing.failed,
    Finished: groups.finished,
    Gather: groups.gather,
}


def _work(run: Run) -> None:
    while run.todo:
        action: Action = run.todo.popleft()
        frame = run.frames.get(action.frame)
        if frame is not None and frame.phase not in ENDED:
            _act(run, frame.id, partial(_ACTIONS[type(action)], run, action))


def _act(run: Run, id: str, act: Callable[[], None]) -> None:
    try:
        act()
    except QueryFailure as failure:
        _query_failed(run, id, failure, bare=False)
    except PathFailure as failure:
        frame = run.touch(id)
        cause = executing(frame, failure.message)
        run.todo.appendleft(Failed(id, failure.error, cause, fatal=failure.error == errors.RUNTIME))
    except failing.CatchFailure as caught:
        _query_failed(run, id, caught.failure, bare=True)
    except HistoryFull:
        run.end(ExecutionStatus.FAILED, run.count, error=errors.RUNTIME, cause=limits.HISTORY_FULL)


def _query_failed(run: Run, id: str, failure: QueryFailure, *, bare: bool) -> None:
    try:
        cause = failing.note_query_failure(run, run.touch(id), failure)
        run.todo.appendleft(Failed(id, errors.QUERY, cause, bare=bare))
    except HistoryFull:
        run.end(ExecutionStatus.FAILED, run.count, error=errors.RUNTIME, cause=limits.HISTORY_FULL)


# the step


def _finish(run: Run, base: State | None, answered: str) -> Step:
    touched = list(run.touched)
    if base is not None and not run.events and not touched:
        return Step(base, {}, (), ())
    new = run.state.advanced(run.count, run.frames)
    effects = _effects(base, new, touched, answered)
    if run.events and new.status is not ExecutionStatus.RUNNING:
        effects.append(Ended(new.status, new.output, new.error, new.cause))
    return Step(new, delta(base, new, touched), tuple(run.events), tuple(effects))


def _effects(base: State | None, new: State, touched: list[str], answered: str) -> list[Effect]:
    found: list[Effect] = []
    for id in touched:
        old = None if base is None else base.frames.get(id)
        found += _frame_effects(base, old, new, new.frames.get(id), answered)
    former = () if base is None else deadline_of(base)
    return found + [timer for timer in deadline_of(new) if timer not in former]


def _frame_effects(
    base: State | None, old: Frame | None, new_state: State, new: Frame | None, answered: str
) -> list[Effect]:
    found: list[Effect] = []
    former = old.task if old is not None and old.phase == TASK else ""
    current = new.task if new is not None and new.phase == TASK else ""
    if former and former not in (current, answered):
        found.append(CancelTask(former))
    if new is None:
        return found
    if current and current != former and (call := call_of(new_state, new)):
        found.append(call)
    armed = () if old is None else timers_of(old)
    return found + [timer for timer in timers_of(new) if timer not in armed]
