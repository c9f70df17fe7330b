"""Redrive by AWS's rules: only what failed or was aborted runs again, with its retry counters at zero. Whether it is
allowed is in `advance`."""

from __future__ import annotations

from dataclasses import replace

from bunsui.asl import errors
from bunsui.asl import state as phases
from bunsui.asl.language import Map, Parallel, Task
from bunsui.asl.leaving import clear_task
from bunsui.asl.run import Attempt, Enter, Gather, Run
from bunsui.asl.state import DONE, ROOT, Frame
from bunsui.model.status import ExecutionStatus


def redrive(run: Run, deadline: float | None) -> None:
    count = run.state.redrive_count + 1
    run.state = replace(
        run.state,
        status=ExecutionStatus.RUNNING, error=None, cause=None, ended=None, redrive_count=count, deadline=deadline,
    )  # fmt: skip
    redriven = run.emit("ExecutionRedriven", run.count, {"redriveCount": count})
    _again(run, run.touch(ROOT), redriven)


def _again(run: Run, frame: Frame, redriven: int) -> None:
    frame.last = frame.last + 1 if frame.silent else redriven
    state = run.definition(frame)
    rerun_all = frame.error == errors.DATA_LIMIT
    frame.error = frame.cause = None
    frame.phase, frame.retries = phases.RUNNING, [0] * len(frame.retries)
    clear = frame.arguments
    clear_task(frame)
    if isinstance(state, (Parallel, Map)) and frame.started and not rerun_all:
        frame.arguments = clear  # of a Parallel: what its branches begin with
        _children_again(run, frame, redriven)
        return
    if frame.started:
        run.forget_children(frame)
    rerun = frame.entered and isinstance(state, (Task, Parallel, Map))
    run.todo.append(Attempt(frame.id) if rerun else Enter(frame.id, frame.state, frame.input))


def _children_again(run: Run, frame: Frame, redriven: int) -> None:
    frame.phase, frame.failed = phases.CHILDREN, 0
    frame.finished = sum(child.phase == DONE for child in run.children(frame))
    for child in list(run.children(frame)):
        if child.phase != DONE:
            _again(run, run.touch(child.id), redriven)
    run.todo.append(Gather(frame.id, redriven))
