"""What MiniStack lacks, mended from outside. Its run of states is replaced by ours (`executions`, `walk`, `calls`).

`tests/aws/test_upstream.py` says which of it upstream has mended.
"""

import json
import os
import threading
import urllib.parse
import urllib.request

import containers
import executions
import stacks
import strands
from ministack.core import lambda_runtime
from ministack.services import ecs, eventbridge, lambda_svc
from ministack.services import stepfunctions as sfn

_REDRIVABLE = ("FAILED", "ABORTED", "TIMED_OUT")
_start, _describe = sfn._start_execution, sfn._describe_execution
_stop, _handle = sfn._stop_execution, sfn.handle_request
_resource = sfn._invoke_resource
_invoke, _warm = lambda_runtime.Worker.invoke, lambda_svc._execute_function_warm
_emit = lambda_svc._emit_lambda_logs
_told = threading.local()


def apply() -> None:
    sfn._start_execution = start
    sfn._describe_execution = describe
    sfn._stop_execution = stop
    sfn._run_execution = executions.run
    sfn._run_sub_machine = executions.run_child
    sfn._add_event = strands.add_event
    sfn._scaled_sleep = strands.sleep
    sfn.handle_request = handle
    sfn._invoke_resource = invoke_resource
    lambda_runtime.Worker.invoke = invoke
    lambda_svc._execute_function_warm = execute
    lambda_svc._emit_lambda_logs = emit
    eventbridge._dispatch_to_lambda = dispatch
    stacks.apply()
    ecs._run_task = ecs._ACTION_MAP["RunTask"] = containers.run_task
    ecs._stop_task = ecs._ACTION_MAP["StopTask"] = containers.stop_task


def start(data):
    """An execution of a version runs that version, whatever the machine became since."""
    token = executions.VERSION.set(sfn._execution_version_arn(data.get("stateMachineArn", "")))
    try:
        return _start(data)
    finally:
        executions.VERSION.reset(token)


def describe(data):
    status, headers, body = _describe(data)
    execution = sfn._executions.get(data.get("executionArn"))
    if status != 200 or execution is None:
        return status, headers, body
    told = json.loads(body)
    redrivable = told["status"] in _REDRIVABLE
    told |= {
        "redriveCount": execution.get("redriveCount", 0),
        "redriveStatus": "REDRIVABLE" if redrivable else "NOT_REDRIVABLE",
    }
    if not redrivable:
        told["redriveStatusReason"] = f"Execution is {told['status']} and cannot be redriven"
    if execution.get("version"):
        told["stateMachineVersionArn"] = execution["version"]
    if told["status"] != "SUCCEEDED":
        told.pop("output", None)
    return sfn.json_response(told)


def stop(data):
    """What it started and waits for is stopped with it; its own waits end."""
    execution = sfn._executions.get(data.get("executionArn"))
    answer = _stop(data)
    if execution is not None and execution["status"] == "ABORTED":
        executions.end(execution["executionArn"])
    return answer


def redrive(data):
    execution = sfn._executions.get(data.get("executionArn"))
    if execution is None:
        return sfn.error_response_json(
            "ExecutionDoesNotExist", f"Execution Does Not Exist: '{data.get('executionArn')}'", 400
        )
    if execution["status"] not in _REDRIVABLE:
        told = f"Execution is {execution['status']} and cannot be redriven"
        return sfn.error_response_json("ExecutionNotRedrivable", told, 400)
    return sfn.json_response({"redriveDate": executions.redrive(execution)})


async def handle(method, path, headers, body, query):
    if headers.get("x-amz-target", "").endswith(".RedriveExecution"):
        return sfn._finalize_response(redrive(json.loads(body)))
    return await _handle(method, path, headers, body, query)


def invoke_resource(resource, given):
    """A machine may put an object; what is no text becomes JSON."""
    if not resource.endswith(":aws-sdk:s3:putObject"):
        return _resource(resource, given)
    body = given["Body"] if isinstance(given["Body"], str) else json.dumps(given["Body"])
    address = f"{os.environ['AWS_ENDPOINT_URL']}/{given['Bucket']}/{urllib.parse.quote(given['Key'])}"
    with urllib.request.urlopen(urllib.request.Request(address, body.encode(), method="PUT")) as answer:
        return {"ETag": answer.headers["ETag"]}


def invoke(worker, *given, **more):
    result = _invoke(worker, *given, **more)
    _told.trace = result.get("trace")
    return result


def execute(func, event, request_id):
    """A function's error is named for its class."""
    _told.trace = None
    result = _warm(func, event, request_id)
    if result.get("error") and _told.trace:
        lines = _told.trace.strip().splitlines()
        last = max(index for index, line in enumerate(lines) if line.startswith("  "))
        name = lines[last + 1].partition(":")[0]
        own = name.startswith(("Bunsui.", "Runtime."))  # a class of this name, not one of a module
        frames = _frames(lines[1 : last + 1])
        result["body"] |= {"errorType": name if own else name.rpartition(".")[2], "stackTrace": frames}
    return result


def _frames(lines):
    """Each as one text, without the first: that of who calls the handler, and of files that are called as it is."""
    frames = []
    for line in lines:
        if line.startswith("  File "):
            frames.append("")
        if line.strip(" ^~"):
            frames[-1] += f"{line}\n"
    own = next((index for index, one in enumerate(frames[1:], 1) if "/bootstrap.py" not in one), len(frames))
    return frames[own:]


def dispatch(arn, payload):
    """A rule's target is called as every event is: tried again, and kept among the dead letters."""
    func, config, _ = lambda_svc._get_func_record_for_ref(arn)
    if func and config:
        lambda_svc.invoke_async_with_retry(lambda_svc._execution_record_for_config(func, config), json.loads(payload))


def emit(func, *given, **more):
    """A function that was removed while it ran makes no log group: ours may not make any."""
    if (func.get("config") or func).get("FunctionName") in lambda_svc._functions:
        _emit(func, *given, **more)
