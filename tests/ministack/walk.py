"""How an execution goes from state to state in the mended MiniStack: branches, retries, events, aborts, redrives.

What a state does (expressions, calls of services) stays MiniStack's own. A redrive walks the same way again and steps
over what is done.
"""

import contextvars
import copy
import json
import threading
import time
from dataclasses import dataclass, field

import calls
from ministack.services import stepfunctions as sfn

VERSION = contextvars.ContextVar("version", default=None)
STRAND = contextvars.ContextVar("strand", default=None)
_LOCK = threading.RLock()
_RUNS: dict = {}
_TICK = 0.02


class Aborted(Exception):
    """Somebody ended what this strand belongs to."""


@dataclass
class Scope:
    """What ends together: an execution, the branches of a Parallel, the iterations of a Map."""

    above: "Scope | None" = None
    over: bool = False

    def ended(self):
        return self.over or (self.above is not None and self.above.ended())


@dataclass
class Run:
    scope: Scope
    done: dict = field(default_factory=dict)  # by place: output, next state, variables
    entered: set = field(default_factory=set)


@dataclass
class Strand:
    """One line of states. `previous` is the event that the next one follows."""

    execution: dict
    run: Run
    scope: Scope
    previous: int

    def emit(self, kind, details=None, previous=None):
        with _LOCK:
            if self.scope.ended():
                raise Aborted
            event = _append(self.execution, kind, details, self.previous if previous is None else previous)
            self.previous = event["id"]
        return event["id"]


def _append(execution, kind, details, previous):
    stamp = sfn.now_iso()
    event = {"id": len(execution["events"]) + 1, "previousEventId": previous, "type": kind, "timestamp": stamp}
    event |= details or {}
    execution["events"].append(event)
    return event


def add_event(execution, kind, details=None):
    """An event from outside of the walk: an abort, an end."""
    with _LOCK:
        return _append(execution, kind, details, 0 if kind == "ExecutionAborted" else len(execution["events"]))


def sleep(seconds):
    strand = STRAND.get()
    until = time.monotonic() + seconds
    while (left := until - time.monotonic()) > 0:
        if strand is not None and strand.scope.ended():
            raise Aborted
        time.sleep(min(left, _TICK))


def end(arn):
    with _LOCK:
        if arn in _RUNS:
            _RUNS[arn].scope.over = True


def redrive(execution):
    with _LOCK:
        old = _RUNS[execution["executionArn"]]
        old.scope.over = True
        count = execution["redriveCount"] = execution.get("redriveCount", 0) + 1
        execution.update(status="RUNNING", stopDate=None, output=None)
        for name in ("error", "cause"):
            execution.pop(name, None)
        last = len(execution["events"])
        details = {"executionRedrivenEventDetails": {"redriveCount": count}}
        stamp = _append(execution, "ExecutionRedriven", details, last)["timestamp"]
        run = _RUNS[execution["executionArn"]] = Run(Scope(), old.done, old.entered)
    _spawn(_walk_whole, execution, run, last + 1)
    return stamp


def _spawn(target, *given):
    thread = threading.Thread(target=contextvars.copy_context().run, args=(target, *given), daemon=True)
    thread.start()
    return thread


def run(arn):
    execution = sfn._executions[arn]
    execution["version"] = VERSION.get()
    with _LOCK:
        begun = _RUNS[arn] = Run(Scope())
        if execution["status"] != "RUNNING":
            return
    _walk_whole(execution, begun, 0)


def _walk_whole(execution, run, previous):
    machine = sfn._state_machine_versions.get(execution.get("version")) or sfn._state_machines.get(
        execution["stateMachineArn"]
    )
    definition = json.loads(machine["definition"])
    strand = Strand(execution, run, run.scope, previous)
    STRAND.set(strand)
    if "TimeoutSeconds" in definition:
        _spawn(_time_out, execution, run, definition["TimeoutSeconds"])
    given = json.loads(execution["input"])
    try:
        output = _walk(definition, given, _context(execution, machine, definition, given), ())
        _conclude(strand, "SUCCEEDED", output=json.dumps(output))
    except sfn._ExecutionError as error:
        _conclude(strand, "FAILED", error=error.error, cause=error.cause)
    except Aborted:
        return


def _context(execution, machine, definition, given):
    arn = execution["executionArn"]
    return {
        "QueryLanguage": definition.get("QueryLanguage", "JSONPath"),
        "Execution": {
            "Id": arn,
            "Input": given,
            "Name": execution["name"],
            "StartTime": execution["startDate"],
            "RedriveCount": execution.get("redriveCount", 0),
        },
        "StateMachine": {"Id": execution["stateMachineArn"], "Name": arn.split(":")[6]},
        "variables": {},
    }


def _conclude(strand, status, **told):
    with _LOCK:
        kind = f"Execution{calls.CAMEL[status]}"
        strand.emit(kind, {f"{kind[0].lower()}{kind[1:]}EventDetails": dict(told)})
        strand.scope.over = True
        strand.execution.update(status=status, stopDate=sfn.now_iso(), **told)
    sfn._emit_execution_status_event(strand.execution)


def _time_out(execution, run, seconds):
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if run.scope.ended():
            return
        time.sleep(_TICK)
    try:
        strand = Strand(execution, run, run.scope, len(execution["events"]))
        _conclude(strand, "TIMED_OUT")
    except Aborted:
        return


def run_child(states, start_at, given, execution, ctx):
    """A child of a distributed Map, as MiniStack asks for it."""
    child = Strand(execution, Run(Scope(STRAND.get().scope)), Scope(STRAND.get().scope), 0)
    STRAND.set(child)
    return _walk({"StartAt": start_at, "States": states}, copy.deepcopy(given), ctx, ())


def _walk(machine, given, ctx, path):
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
    output, following = _KINDS[kind](state, value, ctx, place)
    details = {"name": name, "output": json.dumps(output)}
    strand.emit(f"{kind}StateExited", {"stateExitedEventDetails": details})
    return output, following


def _simple(state, value, ctx, place):
    return getattr(sfn, f"_execute_{state['Type'].lower()}")(state, value, ctx)


def _succeed(state, value, ctx, place):
    if _is_jsonata(state, ctx):
        return sfn._apply_jsonata_output(state, value, ctx, default=value), None
    return sfn._apply_output_path(state, sfn._apply_input_path(state, value, ctx), ctx), None


def _fail(state, value, ctx, place):
    raise sfn._ExecutionError(*sfn._fail_state_error(state, value, ctx))


def _is_jsonata(state, ctx):
    return sfn._state_query_language(state, ctx) == "JSONata"


def _trying(state, value, ctx, attempt):
    """A Task, Parallel or Map, under its Retry and Catch. `attempt` is given the number of tries before."""
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
            catcher = sfn._find_matching_catcher(state.get("Catch", []), error.error)
            if catcher is None:
                raise
            ctx["State"] = own
            told = {"Error": error.error, "Cause": error.cause}
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

    return _trying(state, value, ctx, attempt)


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

    return _trying(state, value, ctx, attempt)


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
    results, failed, last, open_ones = [None] * len(works), [], [begun], threading.Condition()
    left = [len(works)]

    def one(index, machine, given, ctx, iteration):
        strand = Strand(parent.execution, parent.run, scope, begun)
        STRAND.set(strand)
        mine = {**ctx, "variables": copy.deepcopy(ctx["variables"])}
        try:
            while not slots.acquire(timeout=_TICK):
                if scope.ended():
                    raise Aborted
            if iteration and not _was(strand, (*path, index, "Started")):
                strand.emit("MapIterationStarted", {"mapIterationStartedEventDetails": iteration})
            results[index] = _walk(machine, copy.deepcopy(given), mine, (*path, index))
            if iteration and not _was(strand, (*path, index, "Succeeded")):
                strand.emit("MapIterationSucceeded", {"mapIterationSucceededEventDetails": iteration})
        except sfn._ExecutionError as error:
            _failing(strand, iteration, error, failed)
        except Aborted:
            return
        finally:
            slots.release()
            with open_ones:
                last[0] = max(last[0], strand.previous)
                left[0] -= 1
                open_ones.notify()

    for index, work in enumerate(works):
        _spawn(one, index, *work)
    with open_ones:
        while left[0] and not failed:
            open_ones.wait(_TICK)
            if parent.scope.ended():
                raise Aborted
    scope.over = True
    parent.previous = last[0]
    parent.emit(f"{kind}StateFailed" if failed else f"{kind}StateSucceeded")
    if failed:
        raise failed[0]
    return results


def _failing(strand, iteration, error, failed):
    if iteration:
        strand.emit("MapIterationFailed", {"mapIterationFailedEventDetails": iteration})
    with _LOCK:
        if not strand.scope.ended():
            strand.scope.over = True
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
