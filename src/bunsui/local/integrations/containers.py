"""`ecs:runTask`: the task definition's command as a process, whose outcome answers the token.

A task definition that is only on AWS has no command here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from bunsui.errors import NotFound
from bunsui.local.integrations import context
from bunsui.local.integrations.call import Call, Failed, Integration, Reaction, Run, Stores, sdk_metadata
from bunsui.local.integrations.launching import launch
from bunsui.model.json import Json
from bunsui.model.machine import ContainerResource

_VARIABLE = "BUNSUI_TASK"


def _react(call: Call, stores: Stores) -> Reaction:
    name = call.arguments.get("TaskDefinition")
    container = call.machine.resources.get(str(name))
    if not isinstance(container, ContainerResource) or not container.command:
        return Failed("ECS.ClientException", f"TaskDefinition not found: {name}. Locally it needs a command to run.")
    task = _task(call.arguments)
    try:
        event = _event(task, stores)
    except NotFound as error:
        return Failed("States.TaskFailed", f"the task's input is gone: {error}")
    made = launch(
        call,
        stores,
        "command",
        event,
        context.of(call, task.get(context.CONTEXT)),
        argv=container.command,
        env=container.env,
        memory=container.memory,
    )
    return Run(made, submitted=_response(call, str(name)))


def _task(arguments: Mapping[str, Any]) -> Mapping[str, Any]:
    """The JSON text that the machine puts into the container's environment."""
    overrides = (arguments.get("Overrides") or {}).get("ContainerOverrides") or []
    for override in overrides:
        for variable in override.get("Environment") or []:
            if variable.get("Name") == _VARIABLE:
                found: Mapping[str, Any] = orjson.loads(variable["Value"])
                return found
    return {}


def _event(task: Mapping[str, Any], stores: Stores) -> Json:
    """Given inline (`with`), or by reference (`input`): overrides hold 8,192 characters on AWS."""
    if "input" in task:
        loaded: Json = orjson.loads(stores.objects.get(task["input"]))
        return loaded
    inline: Json = task.get("with") or {}
    return inline


def _response(call: Call, definition: str) -> Json:
    task = {"TaskArn": f"arn:aws:ecs:local:000000000000:task/bunsui/{call.launch_id}", "TaskDefinitionArn": definition}
    return {"Failures": [], "Tasks": [{**task, "LastStatus": "PROVISIONING"}], **sdk_metadata(call)}


RUN_TASK = Integration(_react, launches=True)
