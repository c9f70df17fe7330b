"""`lambda:invoke` and functions named by their ARN: a handler in a worker process, answered in Lambda's shape."""

from __future__ import annotations

import json
import re
import uuid

import orjson

from bunsui.asl.lambda_result import invoke_result
from bunsui.local.integrations import context
from bunsui.local.integrations.call import Call, Failed, Integration, Reaction, Run, Stores, sdk_metadata
from bunsui.local.integrations.launching import absolute, launch, sooner
from bunsui.model.json import Json
from bunsui.model.machine import FunctionResource

_LONGEST = 900.0  # seconds, Lambda's limit
_CODE = re.compile(r'(?<=File \\")/[^"\\]*/functions/[\w-]+/[0-9a-f]{32}/')  # in a cause: Lambda has it in /var/task


def _invoke(call: Call, stores: Stores) -> Reaction:
    return _run(call, stores, str(call.arguments.get("FunctionName")), _event(call.arguments.get("Payload")))


def _event(payload: Json) -> Json:
    """None is an empty object; a text is sent as it is, as the JSON text of the event."""
    if payload is None:
        return {}
    if not isinstance(payload, str):
        return payload
    try:
        event: Json = orjson.loads(payload)
    except orjson.JSONDecodeError:
        return payload
    return event


def _direct(call: Call, stores: Stores) -> Reaction:
    return _run(call, stores, call.task.resource, call.task.arguments)


def _run(call: Call, stores: Stores, name: str, payload: Json) -> Reaction:
    function = call.machine.resources.get(name) or stores.function(name)
    if not isinstance(function, FunctionResource) or not function.handler:
        return Failed(
            "Lambda.ResourceNotFoundException",
            f"Function not found: {name}. The local backend runs functions with code; an existing Lambda needs AWS."
            if not call.machine.declared
            else f"Function not found: {name} (Service: AWSLambda; Status Code: 404)",
        )
    wrapper = payload.get(context.CONTEXT) if isinstance(payload, dict) else None
    event: Json = payload.get("with", {}) if isinstance(payload, dict) and wrapper else payload
    made = launch(
        call,
        stores,
        "function",
        event,
        context.of(call, wrapper),
        longest=sooner(function.timeout, _LONGEST if call.machine.limits else None),
        handler=function.handler,
        code=absolute(call.machine.folder, function.code),
        env=function.env,
        memory=function.memory,
        folder=function.code if call.machine.declared and function.code else call.machine.folder,
        plain=call.machine.declared,
    )
    return Run(made)


def _result(call: Call, output: Json, at: float) -> Json:
    """As AWS shapes it; a pipeline's machine reads of it no more than this."""
    if call.machine.declared:
        return invoke_result(output, at=at, request=call.launch_id)
    return {"ExecutedVersion": "$LATEST", "Payload": output, "StatusCode": 200, **sdk_metadata(call)}


def _compact(call: Call, cause: str | None) -> str | None:
    return _told(call, cause, (",", ":"))


def _spaced(call: Call, cause: str | None) -> str | None:
    return _told(call, cause, (", ", ": "))


def _told(call: Call, cause: str | None, separators: tuple[str, str]) -> str | None:
    """The cause with Lambda's fields in Lambda's order: through lambda:invoke without spaces, else with them."""
    body = json.loads(_CODE.sub("/var/task/", cause)) if call.machine.declared and cause else None
    if not isinstance(body, dict) or "errorMessage" not in body:
        return cause
    request = str(uuid.uuid5(uuid.NAMESPACE_URL, call.launch_id))
    order = {"errorMessage": body.pop("errorMessage"), "errorType": body.pop("errorType", ""), "requestId": request}
    return json.dumps(order | body, separators=separators, ensure_ascii=False)


INVOKE = Integration(_invoke, launches=True, result=_result, cause=_compact)
INVOKE_AND_WAIT = Integration(_invoke, launches=True, parks=True, result=_result, cause=_compact)
DIRECT = Integration(_direct, launches=True, cause=_spaced)
