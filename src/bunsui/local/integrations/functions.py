"""`lambda:invoke` and functions named by their ARN: a handler in a worker process, answered in Lambda's shape."""

from __future__ import annotations

import orjson

from bunsui.local.integrations import context
from bunsui.local.integrations.call import Call, Failed, Integration, Reaction, Run, Stores, sdk_metadata
from bunsui.local.integrations.launching import absolute, launch, sooner
from bunsui.model.json import Json
from bunsui.model.machine import FunctionResource

_LONGEST = 900.0  # seconds, Lambda's limit


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


def _result(call: Call, output: Json) -> Json:
    return {"ExecutedVersion": "$LATEST", "Payload": output, "StatusCode": 200, **sdk_metadata(call)}


INVOKE = Integration(_invoke, launches=True, result=_result)
INVOKE_AND_WAIT = Integration(_invoke, launches=True, parks=True, result=_result)
DIRECT = Integration(_direct, launches=True)
