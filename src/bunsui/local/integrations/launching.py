"""How a call becomes a launch: the parts that functions, containers and http share."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from bunsui.local.integrations.call import Call, Stores
from bunsui.local.launch import Launch
from bunsui.model.json import Json

_GRACE = 2.0  # seconds; the engine's own timer comes first, the supervisor's is for when no engine is there


def launch(call: Call, stores: Stores, kind: str, event: Json, context: Mapping[str, Json]) -> Launch:
    machine, task = call.machine, call.task
    return Launch(
        id=call.launch_id,
        kind=kind,
        event=event,
        context=context,
        folder=machine.folder,
        python=machine.python,
        path=machine.path,
        timeout=None if task.timeout is None else task.timeout + _GRACE,
        heartbeat=task.heartbeat,
        saved=stores.saved(str(context["session"]), str(context["key"])),
    )


def absolute(folder: str, path: str | None) -> str | None:
    return None if path is None else str(Path(folder, path))
