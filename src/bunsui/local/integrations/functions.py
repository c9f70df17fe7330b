"""`lambda:invoke` and functions named by their ARN: a handler in a worker process, answered in Lambda's shape."""

from __future__ import annotations

from bunsui.local.integrations import context
from bunsui.local.integrations.call import Call, Failed, Integration, Reaction, Run, Stores, sdk_metadata
from bunsui.local.integrations.launching import absolute, launch, sooner
from bunsui.model.json import Json
from bunsui.model.machine import FunctionResource

_LONGEST = 900.0  # seconds, Lambda's limit


def _invoke(call: Call, stores: Stores) -> Reaction:
    payload = call.arguments.get("Payload")
    return _run(call, stores, str(call.arguments.get("FunctionName")), {} if payload is None else payload)


def _direct(call: Call, stores: Stores) -> Reaction:
    return _run(call, stores, call.task.resource, call.task.arguments)


def _run(call: Call, stores: Stores, name: str, payload: Json) -> Reaction:
    function = call.machine.resources.get(name)
    if not isinstance(function, FunctionResource) or not function.handler:
        return Failed(
            "Lambda.ResourceNotFoundException",
            f"Function not found: {name}. The local backend runs functions with code; an existing Lambda needs AWS.",
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
    )
    return Run(made)


def _result(call: Call, output: Json) -> Json:
    return {"ExecutedVersion": "$LATEST", "Payload": output, "StatusCode": 200, **sdk_metadata(call)}


INVOKE = Integration(_invoke, True, _result)
DIRECT = Integration(_direct, True)
