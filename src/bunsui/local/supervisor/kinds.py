"""What a launch of each kind asks of a worker: a function runs in the user's python, commands and http in ours."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bunsui.local.launch import Launch
from bunsui.local.supervisor.workers import Key, environ_key

_COMMAND = "bunsui.task.command:run"
_HTTP = "http_call:call"
_HTTP_CODE = str(Path(__file__).parent / "handlers")


def worker_key(launch: Launch, base: Mapping[str, str], env: Mapping[str, str]) -> Key:
    if launch.kind == "function":
        python = launch.python or sys.executable
        return Key(python, launch.code, launch.folder, environ_key({**base, **env}), launch.memory)
    code = _HTTP_CODE if launch.kind == "http" else None
    return Key(sys.executable, code, "/", environ_key(base), None)


def message(
    launch: Launch, environ: Mapping[str, str], own: Mapping[str, str], saved: Any, scratch: str
) -> dict[str, Any]:
    handler, event = launch.handler, launch.event
    if launch.kind == "command":
        handler = _COMMAND
        event = {
            "argv": list(launch.argv),
            "value": launch.event,
            "folder": launch.folder,
            "environ": {**environ, **own},
            "memory": launch.memory,
            "scratch": scratch,
        }
    elif launch.kind == "http":
        handler = _HTTP
    return {
        "id": launch.id,
        "handler": handler,
        "event": event,
        "context": context(launch),
        "environ": own,
        "saved": saved,
        "inline": launch.context.get("inline") or [],
        "cap": launch.context.get("cap"),
        "timeout": launch.timeout,
        "heartbeat": launch.heartbeat,
        "memory": launch.memory,
        "plain": launch.plain,
    }


def context(launch: Launch) -> list[Any]:
    """The fields of `task.Context`, in order."""
    given = launch.context
    names = (("session", ""), ("operation", ""), ("item", None), ("generation", 0), ("attempt", ""), ("key", ""))
    return [given.get(name, default) for name, default in names]


def own_names(launch: Launch, objects: str, socket_path: str, token: str) -> dict[str, str]:
    """The variables that tell a task who it is and where its supervisor listens."""
    given = {name: "" if value is None else str(value) for name, value in launch.context.items()}
    return {
        "BUNSUI_SESSION": given.get("session", ""),
        "BUNSUI_OPERATION": given.get("operation", ""),
        "BUNSUI_ITEM": given.get("item", ""),
        "BUNSUI_GENERATION": given.get("generation", "0"),
        "BUNSUI_ATTEMPT": given.get("attempt", ""),
        "BUNSUI_IDEMPOTENCY_KEY": given.get("key", ""),
        "BUNSUI_OBJECTS": objects,
        "BUNSUI_TASK_SOCKET": socket_path,
        "BUNSUI_TASK_TOKEN": token,
    }
