"""How a state is entered and left: its Output and Assign, its Entered and Exited events, and what comes next."""

from __future__ import annotations

from collections.abc import Mapping

from bunsui.asl import errors, limits
from bunsui.asl import state as phases
from bunsui.asl.dataflow import passed_on
from bunsui.asl.language import Common
from bunsui.asl.run import WHOLE, Attempt, Enter, Failed, Finished, Run
from bunsui.asl.state import Frame
from bunsui.asl.template import Scope, Template
from bunsui.model.json import Json

MOST_ENTRIES = 250
"""States entered in one step; then the rest is parked for the next one, so that no loop keeps the engine."""


def enter(run: Run, action: Enter) -> None:
    frame = run.touch(action.frame)
    frame.state = action.state
    frame.input = action.input
    frame.before = frame.last
    if run.entries >= MOST_ENTRIES:
        frame.phase, frame.entered, frame.due = phases.PARKED, 0, run.at
        return
    run.entries += 1
    frame.phase, frame.due, frame.since = phases.RUNNING, None, run.at
    type = type_of(run, frame)
    details: dict[str, Json] = {"name": frame.state, "input": frame.input, "inputDetails": WHOLE}
    frame.entered = run.follow(frame, f"{type}StateEntered", details)
    definition = run.definition(frame)
    frame.retries = [0] * len(getattr(definition, "retry", ()))
    run.todo.append(Attempt(frame.id))


def type_of(run: Run, frame: Frame) -> str:
    """Task, Pass, ...: the beginning of the event types of the state that the frame is in."""
    return type(run.definition(frame)).__name__


def leave(
    run: Run,
    frame: Frame,
    scope: Scope,
    default: Json,
    next: str | None,
    output: Template | None,
    assign: Mapping[str, Template] | None,
) -> None:
    """Evaluate Output and Assign, then go on. `default` is the output without an Output."""
    value = output.evaluate(scope) if output is not None else default
    assigned = {name: template.evaluate(scope) for name, template in assign.items()} if assign else {}
    for checked in (value, assigned) if assigned else (value,):
        if checked is not frame.input and run.too_large(checked):
            run.todo.appendleft(Failed(frame.id, errors.DATA_LIMIT, limits.too_large_cause(frame.state), fatal=True))
            return
    _exit(run, frame, value, assigned)
    if next is None:
        run.todo.appendleft(Finished(frame.id, value))  # nothing may abort it any more
        return
    frame.state, frame.input, frame.entered = next, value, 0  # where a redrive would begin
    run.todo.append(Enter(frame.id, next, value))


def leave_state(run: Run, frame: Frame, state: Common, scope: Scope, result: Json) -> None:
    """Leave with what the state came to: its result, which its own fields make the output of."""
    if state.flow is None:
        leave(run, frame, scope, result, state.next, state.output, state.assign)
        return
    output = passed_on(state.flow, frame.input, result, scope)
    leave(run, frame, scope.at(result), output, state.next, None, state.assign)


def _exit(run: Run, frame: Frame, output: Json, assigned: dict[str, Json]) -> None:
    details: dict[str, Json] = {"name": frame.state, "output": output, "outputDetails": WHOLE}
    if assigned:
        details["assignedVariables"] = assigned
        details["assignedVariablesDetails"] = WHOLE
        frame.variables = {**frame.variables, **assigned}
    run.follow(frame, f"{type_of(run, frame)}StateExited", details)
    frame.phase = phases.RUNNING
    if frame.started:
        run.forget_children(frame)
    clear_task(frame)


def clear_task(frame: Frame) -> None:
    frame.task = frame.resource = ""
    frame.submitted = False
    frame.arguments = frame.timeout = frame.heartbeat = frame.beat = frame.due = None
