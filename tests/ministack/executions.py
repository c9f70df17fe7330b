"""Executions in the mended MiniStack, from their start to their end, and again when they are redriven.

The way from state to state is in `walk`.
"""

import contextvars
import copy
import json
import time

import calls
import walk
from ministack.services import stepfunctions as sfn
from strands import LOCK, STRAND, TICK, Aborted, Run, Scope, Strand, append, spawn

VERSION = contextvars.ContextVar("version", default=None)
_RUNS: dict = {}


def end(arn):
    with LOCK:
        if arn in _RUNS:
            _RUNS[arn].scope.over = True


def redrive(execution):
    with LOCK:
        old = _RUNS[execution["executionArn"]]
        old.scope.over = True
        count = execution["redriveCount"] = execution.get("redriveCount", 0) + 1
        execution.update(status="RUNNING", stopDate=None, output=None)
        for name in ("error", "cause"):
            execution.pop(name, None)
        last = len(execution["events"])
        details = {"executionRedrivenEventDetails": {"redriveCount": count}}
        stamp = append(execution, "ExecutionRedriven", details, last)["timestamp"]
        run = _RUNS[execution["executionArn"]] = Run(Scope(), old.done, old.entered)
    spawn(_walk_whole, execution, run, last + 1)
    return stamp


def run(arn):
    execution = sfn._executions[arn]
    execution["version"] = VERSION.get()
    execution["events"][0]["executionStartedEventDetails"]["inputDetails"] = {"truncated": False}
    with LOCK:
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
        spawn(_time_out, execution, run, definition["TimeoutSeconds"])
    given = json.loads(execution["input"])
    try:
        output = walk.through(definition, given, _context(execution, machine, definition, given), ())
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
    told = {name: value for name, value in told.items() if value is not None}
    with LOCK:
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
        time.sleep(TICK)
    try:
        strand = Strand(execution, run, run.scope, len(execution["events"]))
        _conclude(strand, "TIMED_OUT")
    except Aborted:
        return


def run_child(states, start_at, given, execution, ctx):
    """A child of a distributed Map, as MiniStack asks for it."""
    child = Strand(execution, Run(Scope(STRAND.get().scope)), Scope(STRAND.get().scope), 0)
    STRAND.set(child)
    return walk.through({"StartAt": start_at, "States": states}, copy.deepcopy(given), ctx, ())
