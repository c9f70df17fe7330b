"""Parallel and Map: their branches and iterations, how these are started, and what comes of them."""

from __future__ import annotations

from typing import cast

from bunsui.asl import state as phases
from bunsui.asl.dataflow import effective
from bunsui.asl.language import Map, Parallel
from bunsui.asl.leaving import leave_state, type_of
from bunsui.asl.map_runs import begin_run, tolerated
from bunsui.asl.payload import PathFailure
from bunsui.asl.run import SILENT_IDS, Enter, Finished, Gather, Run
from bunsui.asl.simple import whole_number
from bunsui.asl.state import ENDED, Frame
from bunsui.asl.template import QueryFailure, Scope, json_text, unexpected
from bunsui.model.json import Json
from bunsui.model.status import ExecutionStatus


def attempt_parallel(run: Run, frame: Frame, state: Parallel) -> None:
    scope = run.scope(frame)
    if state.flow is not None:
        frame.arguments = effective(state.flow, scope)
    else:
        frame.arguments = state.arguments.evaluate(scope) if state.arguments is not None else frame.input
    frame.total = len(state.branches)
    _begin(run, frame, {})


def attempt_map(run: Run, frame: Frame, state: Map) -> None:
    scope = run.scope(frame)
    if state.flow is not None:
        scope = scope.at(effective(state.flow, scope))
    items = items_of(state, scope)
    frame.items, frame.total = items, len(items)
    if state.flow is not None:  # AWS says that it begins before it looks at the rest
        _begin(run, frame, {"length": len(items)})
        frame.concurrency = _bound(frame, state, scope)
    else:
        frame.concurrency = _bound(frame, state, scope)
        _begin(run, frame, {"length": len(items)})
    if state.distributed:
        begin_run(run, frame, state)


def _begin(run: Run, frame: Frame, details: dict[str, Json]) -> None:
    frame.phase = phases.CHILDREN
    frame.started = frame.finished = 0
    started = run.follow(frame, f"{type_of(run, frame)}StateStarted", details)
    run.todo.append(Gather(frame.id, started))


def items_of(state: Map, scope: Scope) -> list[Json]:
    """What there is an iteration for each of."""
    value = state.items.evaluate(scope) if state.items is not None else scope.root
    if isinstance(value, list):
        return value
    if state.flow is not None:
        where = state.items_path.removeprefix("$") if state.items_path.startswith("$$") else state.items_path or "$"
        raise PathFailure(f'Reference path "{where}" must point to array.')
    if state.items is None:
        raise QueryFailure(f"Map state input must be an array but was: {json_text(value)}", None)
    raise unexpected(state.items, value, "array", "Items")


def _bound(frame: Frame, state: Map, scope: Scope) -> int:
    concurrency, count, share = limits_of(state, scope)
    frame.failed = 0
    frame.tolerated = tolerated(frame.total, count, share) if state.distributed else 0
    return concurrency


def limits_of(state: Map, scope: Scope) -> tuple[int, int | None, float | None]:
    """MaxConcurrency, and how many failures are tolerated: these are evaluated even where they mean nothing."""
    count: int | None = None
    share: float | None = None
    if state.tolerated_count is not None:
        count = whole_number(state.tolerated_count, scope, "ToleratedFailureCount")
    if state.tolerated_percentage is not None:
        percentage = state.tolerated_percentage.evaluate(scope)
        if not isinstance(percentage, (int, float)) or isinstance(percentage, bool):
            raise unexpected(state.tolerated_percentage, percentage, "number", "ToleratedFailurePercentage")
        if not 0 <= percentage <= 100:
            message = "ToleratedFailurePercentage must be between 0 and 100."
            if state.flow is not None:
                raise PathFailure(message)
            raise QueryFailure(message, "ToleratedFailurePercentage")
        share = percentage
    concurrency = 0 if state.concurrency is None else whole_number(state.concurrency, scope, "MaxConcurrency")
    return concurrency, count, share


def gather(run: Run, action: Gather) -> None:
    frame = run.touch(action.frame)
    if frame.phase != phases.CHILDREN:
        return  # it failed meanwhile, or another of its children asked before
    if frame.finished == frame.total:
        _complete(run, frame)
        return
    while frame.started < frame.total and not _full(frame):
        _start(run, frame, action.after)


def _full(frame: Frame) -> bool:
    return bool(frame.concurrency) and frame.started - frame.finished >= frame.concurrency


def _start(run: Run, frame: Frame, after: int) -> None:
    state = cast("Parallel | Map", run.definition(frame))
    index = frame.started
    if isinstance(state, Parallel):
        child = Frame(f"{frame.id}.{index}", scope=state.branches[index], last=after, silent=frame.silent)
        input = frame.arguments
    else:
        last = after * SILENT_IDS if state.distributed and not frame.silent else after
        silent = frame.silent or state.distributed
        child = Frame(f"{frame.id}.{index}", scope=state.processor, last=last, iteration=True, silent=silent)
        child.item = cast("list[Json]", frame.items)[index]
        input = _selected(run, frame, state, child)
        run.follow(child, "MapIterationStarted", {"name": frame.state, "index": index})
    frame.started += 1
    child.state, child.input = run.machine.scopes[child.scope].start, input
    run.add(child)
    run.todo.append(Enter(child.id, child.state, input))


def _selected(run: Run, frame: Frame, state: Map, child: Frame) -> Json:
    if state.selector is None:
        return child.item
    scope = run.scope(frame, Map={"Item": {"Index": child.index, "Value": child.item}})
    if state.flow is not None:
        scope = scope.at(effective(state.flow, scope))
    return state.selector.evaluate(scope)


def finished(run: Run, action: Finished) -> None:
    """A machine came to its end: the execution's, or that of a branch or iteration."""
    frame = run.touch(action.frame)
    frame.phase = phases.DONE
    if not frame.parent:
        frame.output = action.output
        run.end(ExecutionStatus.SUCCEEDED, frame.last, action.output)
        return
    parent = run.touch(frame.parent)
    if frame.silent and not parent.silent:
        after = parent.last
    else:
        after = parent.last = frame.last
    if frame.iteration and not (frame.silent and not parent.silent):
        # the end of the Map follows this event, the next iteration does not
        run.follow(parent, "MapIterationSucceeded", {"name": parent.state, "index": frame.index})
    _shrink(frame, action.output)
    parent.finished += 1
    run.todo.append(Gather(parent.id, after))


def _shrink(frame: Frame, output: Json) -> None:
    """Of one that succeeded only the output is needed."""
    frame.output = output
    frame.input = frame.item = None
    frame.variables, frame.retries = {}, []


def _complete(run: Run, frame: Frame) -> None:
    state = cast("Parallel | Map", run.definition(frame))
    result: Json = [child.output for child in run.children(frame) if child.phase == phases.DONE]
    if isinstance(state, Map) and state.distributed:
        run.follow(frame, "MapRunSucceeded", {})
    run.tell(frame, f"{type_of(run, frame)}StateSucceeded", frame.last, {})
    leave_state(run, frame, state, run.scope(frame, result=result), result)


def abort_children(run: Run, frame: Frame) -> None:
    """Stop what still runs below a state that failed, with the events that AWS gives."""
    for child in list(run.children(frame)):
        if child.phase in ENDED:
            continue
        abort_children(run, child)
        abort(run, child)
        if child.iteration:
            run.tell(child, "MapIterationAborted", child.last, {"name": frame.state, "index": child.index})


def abort(run: Run, frame: Frame) -> None:
    kind = type_of(run, frame) if frame.entered else ""
    if kind in ("Task", "Wait", "Parallel", "Map"):
        run.tell(frame, f"{kind}StateAborted", frame.last, {})
    run.touch(frame.id).phase = phases.ABORTED
