"""How an execution goes from state to state in the mended MiniStack: branches, items, retries, catches.

What a state does (expressions, calls of services) stays MiniStack's own. A redrive walks the same way again and steps
over what is done.
"""

import copy
import json
import threading

import calls
from ministack.services import stepfunctions as sfn
from strands import LOCK, STRAND, TICK, Aborted, Scope, Strand, sleep, spawn

_NEVER = object()


def through(machine, given, ctx, path):
    """From its first state to an end, over what a run before this one has done."""
    strand, value, name, turn = STRAND.get(), given, machine["StartAt"], 0
    while name:
        place = (*path, name, turn)
        if place in strand.run.done:
            value, name, variables = strand.run.done[place]
            ctx["variables"] = copy.deepcopy(variables)
        else:
            there = name
            value, name = _visit(machine["States"][there], there, value, ctx, place)
            strand.run.done[place] = (value, name, copy.deepcopy(ctx["variables"]))
        turn += 1
    return value


def _visit(state, name, value, ctx, place):
    strand, kind = STRAND.get(), state["Type"]
    if not (place in strand.run.entered and kind in _STAY):
        details = {"name": name, "input": json.dumps(value)}
        strand.emit(f"{kind}StateEntered", {"stateEnteredEventDetails": details})
    strand.run.entered.add(place)
    ctx["State"] = {"Name": name, "EnteredTime": sfn.now_iso(), "RetryCount": 0}
    before = dict(ctx["variables"])
    output, following = _KINDS[kind](state, value, ctx, place)
    details = {"name": name, "output": json.dumps(output)}
    assigned = {one: value for one, value in ctx["variables"].items() if before.get(one, _NEVER) is not value}
    if assigned:
        details["assignedVariables"] = {one: json.dumps(value) for one, value in assigned.items()}
    strand.emit(f"{kind}StateExited", {"stateExitedEventDetails": details})
    return output, following


def _simple(state, value, ctx, place):
    return getattr(sfn, f"_execute_{state['Type'].lower()}")(state, value, ctx)


def _succeed(state, value, ctx, place):
    if _is_jsonata(state, ctx):
        return sfn._apply_jsonata_output(state, value, ctx, default=value), None
    return sfn._apply_output_path(state, sfn._apply_input_path(state, value, ctx), ctx), None


def _fail(state, value, ctx, place):
    told = zip(("Error", "Cause"), sfn._fail_state_error(state, value, ctx), strict=True)
    raise sfn._ExecutionError(*(text if {name, f"{name}Path"} & state.keys() else None for name, text in told))


def _is_jsonata(state, ctx):
    return sfn._state_query_language(state, ctx) == "JSONata"


def _trying(state, value, ctx, attempt, lost=None):
    """A Task, Parallel or Map, under its Retry and Catch. `attempt` is given the number of tries before.

    `lost` is the event of one that is not tried again.
    """
    counts, own = {}, ctx["State"]
    while True:
        ctx["State"] = {**own, "RetryCount": sum(counts.values())}
        try:
            return attempt(sum(counts.values()))
        except sfn._ExecutionError as error:
            retrier, index = sfn._find_matching_retrier(state.get("Retry", []), error.error, counts)
            if retrier is not None:
                count = counts.get(index, 0)
                wait = retrier.get("IntervalSeconds", 1) * retrier.get("BackoffRate", 2.0) ** count
                sleep(min(wait, retrier.get("MaxDelaySeconds", wait)) * sfn._SFN_WAIT_SCALE)
                counts[index] = count + 1
                continue
            if lost:
                STRAND.get().emit(lost)
            catcher = sfn._find_matching_catcher(state.get("Catch", []), error.error)
            if catcher is None:
                raise
            ctx["State"] = own
            told = {"Error": error.error, "Cause": error.cause or ""}
            language = sfn._state_query_language(state, ctx)
            return sfn._apply_catcher(catcher, value, ctx, language, told), catcher["Next"]


def _leave(state, value, result, ctx):
    """The result of a Task, Parallel or Map becomes its output."""
    if _is_jsonata(state, ctx):
        output = sfn._apply_jsonata_output(state, value, ctx, result=result, default=result)
        sfn._apply_state_assign(state, value, ctx, result=result)
    else:
        output = sfn._apply_result_path(state, value, sfn._apply_result_selector(state, result))
        output = sfn._apply_output_path(state, output, ctx)
    return output, sfn._next_or_end(state)


def _given(state, value, ctx):
    if _is_jsonata(state, ctx):
        return sfn._apply_jsonata_arguments(state, value, ctx)
    return sfn._apply_parameters(state, sfn._apply_input_path(state, value, ctx), ctx)


def _task(state, value, ctx, place):
    strand = STRAND.get()

    def attempt(tries):
        call = calls.Call(state, ctx, strand.emit, sleep)
        call.prepare()
        return _leave(state, value, call.carried_out(_given(state, value, ctx)), ctx)

    return _trying(state, value, ctx, attempt)


def _parallel(state, value, ctx, place):
    def attempt(tries):
        given = _given(state, value, ctx)
        _begin("ParallelStateStarted", place, tries)
        works = [(branch, given, ctx, None) for branch in state["Branches"]]
        result = _together("Parallel", works, (*place, tries), len(works))
        return _leave(state, value, result, ctx)

    return _trying(state, value, ctx, attempt, "ParallelStateFailed")


def _map(state, value, ctx, place):
    processor = state.get("ItemProcessor") or state["Iterator"]
    if (processor.get("ProcessorConfig") or {}).get("Mode") == "DISTRIBUTED":
        return sfn._execute_map(state, value, STRAND.get().execution, ctx)

    def attempt(tries):
        items, most = _items(state, value, ctx)
        _begin("MapStateStarted", place, tries, {"mapStateStartedEventDetails": {"length": len(items)}})
        works = [
            (processor, *_item(state, value, ctx, index, item), {"name": ctx["State"]["Name"], "index": index})
            for index, item in enumerate(items)
        ]
        return _leave(state, value, _together("Map", works, (*place, tries), most or len(works)), ctx)

    return _trying(state, value, ctx, attempt, "MapStateFailed")


def _begin(kind, place, tries, details=None):
    """Once, however often it is redriven."""
    strand = STRAND.get()
    if (*place, kind, tries) not in strand.run.entered:
        strand.emit(kind, details)
        strand.run.entered.add((*place, kind, tries))


def _items(state, value, ctx):
    if _is_jsonata(state, ctx):
        items = sfn._jsonata_state_field(state, "Items", "array", value, ctx) if "Items" in state else value
        most = sfn._apply_jsonata_template(state.get("MaxConcurrency", 0), value, ctx)
    else:
        items = sfn._resolve_path_or_ctx(state.get("ItemsPath", "$"), sfn._apply_input_path(state, value, ctx), ctx)
        most = state.get("MaxConcurrency", 0)
    return items if isinstance(items, list) else [items], int(most)


def _item(state, value, ctx, index, item):
    own = {**ctx, "Map": {"Item": {"Index": index, "Value": item}}}
    selector = state.get("ItemSelector") or state.get("Parameters")
    if not selector:
        return item, own
    if _is_jsonata(state, ctx):
        return sfn._apply_jsonata_template(selector, value, own), own
    return sfn._resolve_params_obj(selector, sfn._apply_input_path(state, value, ctx), own), own


def _together(kind, works, path, most):
    """Branches or iterations side by side. The first that fails ends the others, and is what it fails with."""
    parent, begun = STRAND.get(), STRAND.get().previous
    scope, slots = Scope(parent.scope), threading.Semaphore(max(most, 1))
    results, failed, last, told = [None] * len(works), [], [begun], [begun]
    left, open_ones = [len(works)], threading.Condition()

    def one(index, machine, given, ctx, iteration):
        strand = Strand(parent.execution, parent.run, scope, begun)
        STRAND.set(strand)
        mine = {**ctx, "variables": copy.deepcopy(ctx["variables"])}
        try:
            while not slots.acquire(timeout=TICK):
                if scope.ended():
                    raise Aborted
            if index >= most:
                strand.previous = last[0]  # of the one that made room
            if iteration and not _was(strand, (*path, index, "Started")):
                strand.emit("MapIterationStarted", {"mapIterationStartedEventDetails": iteration})
            results[index] = through(machine, copy.deepcopy(given), mine, (*path, index))
            if iteration and not _was(strand, (*path, index, "Succeeded")):
                strand.emit("MapIterationSucceeded", {"mapIterationSucceededEventDetails": iteration})
        except sfn._ExecutionError as error:
            _failing(strand, iteration, error, failed, last)
        except Aborted:
            return
        finally:
            with open_ones:
                last[0], told[0] = max(last[0], strand.previous), max(told[0], strand.told)
                left[0] -= 1
                open_ones.notify()
            slots.release()

    for index, work in enumerate(works):
        spawn(one, index, *work)
    with open_ones:
        while left[0] and not failed:
            open_ones.wait(TICK)
            if parent.scope.ended():
                raise Aborted
    scope.over = True
    if failed:
        parent.previous = last[0]
        raise failed[0]
    parent.previous = told[0]
    parent.emit(f"{kind}StateSucceeded")
    parent.previous = told[0]  # of the exit, too
    return results


def _failing(strand, iteration, error, failed, last):
    if iteration:
        strand.emit("MapIterationFailed", {"mapIterationFailedEventDetails": iteration})
    with LOCK:
        if not strand.scope.ended():
            strand.scope.over = True
            last[0] = strand.previous
            failed.append(error)


def _was(strand, place):
    """Whether a run before this one told it; from now on it is told."""
    before = place in strand.run.entered
    strand.run.entered.add(place)
    return before


_STAY = ("Task", "Parallel", "Map")  # what a redrive does not enter a second time
_KINDS = {
    "Pass": _simple,
    "Choice": _simple,
    "Wait": _simple,
    "Succeed": _succeed,
    "Fail": _fail,
    "Task": _task,
    "Parallel": _parallel,
    "Map": _map,
}
