"""Lambda's Invoke: an execution of one task, so that it is durable, bounded in time and run by the supervisor, too.

It is forgotten when it has been answered; of asynchronous ones, when the next begins.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from typing import Any

from bunsui.errors import ApiError
from bunsui.local.api import failures, texts
from bunsui.local.api.functions import Functions
from bunsui.local.api.home import ApiHome
from bunsui.local.api.waiting import wait
from bunsui.local.machines import source_body
from bunsui.model.json import Json
from bunsui.model.status import ExecutionStatus

MACHINE = "$invoke"  # no machine of the API can have this name
_DEFINITION = {
    "QueryLanguage": "JSONata",
    "StartAt": "Invoke",
    "States": {
        "Invoke": {
            "Type": "Task",
            "Resource": "arn:aws:states:::lambda:invoke",
            "Arguments": {
                "FunctionName": "{% $states.input.function %}",
                "Payload": "{% $states.input.payload %}",
            },
            "Output": "{% $states.result.Payload %}",
            "End": True,
        }
    },
}
_MOST_PAYLOAD = 6_291_556  # bytes, Lambda's limits
_MOST_EVENT = 1_048_576
_GRACE = 5.0
_MOST_LEFT = 50  # ended asynchronous invocations that are kept for a while

Given = Mapping[str, Any]


class Invoking:
    def __init__(self, home: ApiHome, functions: Functions) -> None:
        self._home = home
        self._functions = functions
        self._version = ""

    def invoke(self, given: Given) -> dict[str, Json]:
        """The answer's `Payload` is a text, as the request's is."""
        function = self._functions.demand(given["FunctionName"], given.get("Qualifier"))
        text, kind = given.get("Payload", ""), given.get("InvocationType", "RequestResponse")
        most = _MOST_PAYLOAD if kind == "RequestResponse" else _MOST_EVENT
        if len(text.encode()) > most:
            raise failures.too_large(len(text.encode()), most)
        payload = _payload(text)
        if kind == "DryRun":
            return {"StatusCode": 204}
        arn = self._start(function, payload)
        if kind == "Event":
            return {"StatusCode": 202}
        return self._answer(arn, function)

    def _start(self, function: Given, payload: Json) -> str:
        self._forget_old()
        input: Json = {"function": function["name"], "payload": payload}
        command = {"machine": self._machine(), "name": str(uuid.uuid4()), "input": input}
        return str(self._home.engine.command("start", command))

    def _machine(self) -> str:
        if not self._version or self._home.reader.machine(self._version) is None:
            body = source_body(MACHINE, json.dumps(_DEFINITION), limits=False)
            self._version = str(self._home.engine.command("deploy", body))
        return self._version

    def _forget_old(self) -> None:
        old = self._home.reader.executions(MACHINE, None, None, None, 2 * _MOST_LEFT)[_MOST_LEFT:]
        self._home.engine.forget([row.arn for row in old if row.status != "RUNNING"])

    def _answer(self, arn: str, function: Given) -> dict[str, Json]:
        ended = wait(self._home, arn, function["timeout"] + _GRACE)
        if ended is None:
            self._home.engine.stop(arn, "States.Timeout", "")
            ended = self._home.reader.describe(arn)
        answer: dict[str, Json] = {"StatusCode": 200, "ExecutedVersion": "$LATEST"}
        if ended.status is ExecutionStatus.SUCCEEDED:
            answer["Payload"] = texts.written(ended.output)
        else:
            answer |= {"FunctionError": "Unhandled", "Payload": _error(ended.error, ended.cause, function)}
        self._home.engine.forget([arn])
        return answer


def _payload(text: str) -> Json:
    if not text:
        return {}
    try:
        value: Json = texts.parse(text)
    except texts.NotJson as error:
        message = f"Could not parse request body into json: {error}"
        raise ApiError("InvalidRequestContentException", message) from None
    return value


def _error(error: str | None, cause: str | None, function: Given) -> str:
    """What the function raised, in Lambda's shape."""
    if error == "States.Timeout":
        seconds = f"{function['timeout']:.2f}"
        return texts.written(
            {"errorType": "Sandbox.Timedout", "errorMessage": f"Task timed out after {seconds} seconds"}
        )
    try:
        found = json.loads(cause or "")
    except ValueError:
        found = None
    if isinstance(found, dict):
        return texts.written(found)
    return texts.written({"errorType": error or "Unhandled", "errorMessage": cause or ""})
