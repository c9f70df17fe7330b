"""The Task state: its call, its answer, its time-outs. Retry and Catch are in `failing`."""

from __future__ import annotations

from bunsui.asl import errors, limits
from bunsui.asl import state as phases
from bunsui.asl.dataflow import effective, filtered
from bunsui.asl.language import Task
from bunsui.asl.leaving import clear_task, leave_state
from bunsui.asl.resource import Kind, Resource
from bunsui.asl.run import WHOLE, Failed, Run, problem
from bunsui.asl.simple import whole_number
from bunsui.asl.state import Frame, token_of
from bunsui.asl.template import Scope, Template
from bunsui.model.json import Json


def attempt_task(run: Run, frame: Frame, state: Task) -> None:
    task = f"{frame.id}-{run.next_id(frame)}"  # the id of the Scheduled event makes it unique, redrives included
    scope = run.scope(frame)
    if state.resource.callback:
        scope = run.scope(frame, Task={"Token": token_of(run.base.seed, task)})
    if state.flow is not None:
        arguments: Json = effective(state.flow, scope)
        scope = scope.at(filtered(state.flow, scope))
    else:
        arguments = state.arguments.evaluate(scope) if state.arguments is not None else frame.input
    timeout = _seconds(state.timeout, scope, "TimeoutSeconds")
    heartbeat = _seconds(state.heartbeat, scope, "HeartbeatSeconds")
    if arguments is not frame.input and run.too_large(arguments):
        run.todo.appendleft(Failed(frame.id, errors.DATA_LIMIT, limits.too_large_cause(frame.state), fatal=True))
        return
    frame.phase, frame.task, frame.resource, frame.arguments = phases.TASK, task, state.resource.arn, arguments
    frame.timeout, frame.heartbeat = timeout, heartbeat
    frame.due = None if timeout is None else run.at + timeout
    frame.beat = None if heartbeat is None else run.at + heartbeat
    _schedule(run, frame, state.resource)


def _seconds(template: Template | None, scope: Scope, name: str) -> int | None:
    return None if template is None else whole_number(template, scope, name, least=1)


def _schedule(run: Run, frame: Frame, resource: Resource) -> None:
    details: dict[str, Json]
    if resource.kind is Kind.SERVICE:
        region = run.base.machine_arn.split(":")[3:4]
        details = {**_names(resource), "region": region[0] if region else "", "parameters": frame.arguments}
    else:
        details = {"resource": resource.arn, "input": frame.arguments, "inputDetails": WHOLE}
    if frame.timeout is not None:
        details["timeoutInSeconds"] = frame.timeout
    if frame.heartbeat is not None and resource.kind is not Kind.FUNCTION:
        details["heartbeatInSeconds"] = frame.heartbeat
    run.follow(frame, f"{resource.kind}Scheduled", details)
    if resource.kind is not Kind.ACTIVITY:
        run.follow(frame, f"{resource.kind}Started", _names(resource))


def _names(resource: Resource) -> dict[str, Json]:
    if resource.kind is not Kind.SERVICE:
        return {}
    return {"resource": resource.action, "resourceType": resource.type}


def submitted(run: Run, frame: Frame, state: Task, output: Json) -> None:
    """The call was accepted; an activity was picked up. Once is enough: after a crash it may be said again."""
    if frame.submitted:
        return
    frame.submitted = True
    if state.resource.kind is Kind.ACTIVITY:
        run.follow(frame, "ActivityStarted", {})
    elif state.resource.kind is Kind.SERVICE:
        run.follow(frame, "TaskSubmitted", _names(state.resource) | {"output": output, "outputDetails": WHOLE})


def succeeded(run: Run, frame: Frame, state: Task, output: Json) -> None:
    if run.too_large(output):
        failed(run, frame, state, errors.DATA_LIMIT, limits.too_large_cause(state.resource.title))
        return
    details = _names(state.resource) | {"output": output, "outputDetails": WHOLE}
    run.follow(frame, f"{state.resource.kind}Succeeded", details)
    clear_task(frame)
    frame.phase = phases.RUNNING
    leave_state(run, frame, state, run.scope(frame, result=output), output)


def failed(run: Run, frame: Frame, state: Task, error: str, cause: str | None) -> None:
    _over(run, frame, state, "Failed", error, cause)


def timed_out(run: Run, frame: Frame, state: Task, error: str) -> None:
    _over(run, frame, state, "TimedOut", error, None)


def _over(run: Run, frame: Frame, state: Task, how: str, error: str, cause: str | None) -> None:
    run.follow(frame, f"{state.resource.kind}{how}", _names(state.resource) | problem(error, cause))
    clear_task(frame)
    frame.phase = phases.RUNNING
    run.todo.appendleft(Failed(frame.id, error, cause))
