"""A Task's call in the mended MiniStack: its events as Step Functions tells them, tokens, heartbeats, nested machines.

The services themselves are MiniStack's.
"""

import json
import re
import threading
import time

from ministack.services import ecs
from ministack.services import stepfunctions as sfn

CAMEL = {"SUCCEEDED": "Succeeded", "FAILED": "Failed", "TIMED_OUT": "TimedOut", "ABORTED": "Aborted"}
_SERVICE = re.compile(r"arn:aws:states:::(?P<type>aws-sdk:[^:]+|[^:]+):(?P<action>.+)")
_TICK = 0.01


class Call:
    def __init__(self, state, ctx, emit, sleep):
        self.state, self.ctx, self.emit, self.sleep = state, ctx, emit, sleep
        self.resource = state["Resource"]
        self.callback = ".waitForTaskToken" in self.resource
        found = _SERVICE.fullmatch(self.resource)
        self.names = {"resourceType": found["type"], "resource": found["action"]} if found else {}
        self.kind = "task" if found else "activity" if ":activity:" in self.resource else "lambdaFunction"

    def prepare(self):
        if self.callback:
            self.ctx["Task"] = {"Token": sfn.new_uuid()}

    def carried_out(self, given):
        """The result, told in events. Raises MiniStack's error of an execution."""
        self.timeout, self.heartbeat = self._seconds("TimeoutSeconds", given), self._seconds("HeartbeatSeconds", given)
        self._tell("Scheduled", **self._scheduled(given))
        self._tell("Started", **self.names)
        try:
            result = self._result(given)
        except sfn._ExecutionError as error:
            how = "TimedOut" if error.error in ("States.Timeout", "States.HeartbeatTimeout") else "Failed"
            self._tell(how, error=error.error, cause=error.cause, **self.names)
            raise
        self._tell("Succeeded", output=json.dumps(result), **self.names)
        return result

    def _scheduled(self, given):
        if self.kind != "task":
            told = {"resource": self.resource, "input": json.dumps(given)}
        else:
            told = {**self.names, "region": "us-east-1", "parameters": json.dumps(given)}
        told |= {} if self.timeout is None else {"timeoutInSeconds": self.timeout}
        return told | ({} if self.heartbeat is None else {"heartbeatInSeconds": self.heartbeat})

    def _seconds(self, name, given):
        if name not in self.state:
            return None
        return int(sfn._apply_jsonata_template(self.state[name], given, self.ctx))

    def _tell(self, how, **details):
        name = f"{self.kind}{how}EventDetails"
        kind = f"{self.kind[0].upper()}{self.kind[1:]}{how}"
        self.emit(kind, {name: details} if details else None)

    def _result(self, given):
        if self.callback:
            return self._answered(given)
        if self.resource.startswith("arn:aws:states:::states:startExecution.sync"):
            return self._nested(given)
        if self.resource == "arn:aws:states:::ecs:runTask.sync":
            return self._container(given)
        if self.timeout is not None and self.kind != "activity":
            return sfn._invoke_resource_with_timeout(self.resource, given, self.timeout)
        return sfn._invoke_resource(self.resource, given)

    def _answered(self, given):
        token = self.ctx["Task"]["Token"]
        waiting = {"event": threading.Event(), "result": None, "error": None, "heartbeat": None}
        sfn._task_tokens[token] = waiting
        try:
            output = sfn._invoke_resource(self.resource.replace(".waitForTaskToken", ""), given)
            if self.names.get("resourceType") == "ecs":
                output = _capital(output)
            self._tell("Submitted", output=json.dumps(output), **self.names)
            self._wait(waiting)
        finally:
            sfn._task_tokens.pop(token, None)
        if waiting["error"]:
            raise sfn._ExecutionError(waiting["error"]["Error"], waiting["error"]["Cause"])
        return json.loads(waiting["result"])

    def _wait(self, waiting):
        begun = beaten = time.monotonic()
        beat = None
        while not waiting["event"].wait(_TICK):
            self.sleep(_TICK)  # ends with what this call belongs to
            now = time.monotonic()
            if waiting["heartbeat"] != beat:
                beat, beaten = waiting["heartbeat"], now
            if self.timeout is not None and now - begun > self.timeout:
                raise sfn._ExecutionError("States.Timeout", None)
            if self.heartbeat is not None and now - beaten > self.heartbeat:
                raise sfn._ExecutionError("States.HeartbeatTimeout", None)

    def _container(self, given):
        """Its end is awaited, and its exit codes decide."""
        started = _capital(sfn._invoke_resource("arn:aws:states:::ecs:runTask", given))
        self._tell("Submitted", output=json.dumps(started), **self.names)
        task = ecs._tasks[started["Tasks"][0]["TaskArn"]]
        while task["lastStatus"] != "STOPPED":
            self.sleep(_TICK)
        told = _capital(json.loads(json.dumps(ecs._sanitize(task), default=str)))
        if any(one.get("ExitCode") for one in told["Containers"]):
            raise sfn._ExecutionError("States.TaskFailed", json.dumps(told))
        return told

    def _nested(self, given):
        started = sfn._invoke_nested_start_execution(self.resource, given)
        self._tell("Submitted", output=json.dumps(started), **self.names)
        execution = sfn._executions[started["ExecutionArn"]]
        try:
            while execution["status"] == "RUNNING":
                self.sleep(_TICK)
        except BaseException:
            sfn._stop_execution({"executionArn": started["ExecutionArn"]})
            raise
        told = self._told(execution)
        if execution["status"] != "SUCCEEDED":
            raise sfn._ExecutionError("States.TaskFailed", json.dumps(told))
        return told

    def _told(self, execution):
        """As DescribeExecution gives it, the names beginning with capitals."""
        told = {name: execution.get(name) for name in ("executionArn", "name", "stateMachineArn", "status", "input")}
        told |= {"startDate": execution["startDate"], "stopDate": execution["stopDate"]}
        told |= {name: execution[name] for name in ("output", "error", "cause") if execution.get(name) is not None}
        if self.resource.endswith(":2"):
            told |= {name: json.loads(told[name]) for name in ("input", "output") if name in told}
        return {f"{name[0].upper()}{name[1:]}": value for name, value in told.items()}


def _capital(value):
    """As Step Functions names the members of a service's answer."""
    if isinstance(value, dict):
        return {f"{name[:1].upper()}{name[1:]}": _capital(one) for name, one in value.items()}
    return [_capital(one) for one in value] if isinstance(value, list) else value
