"""How a call becomes a launch: the parts that functions, containers and http share."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from bunsui.local.integrations.call import Call, Stores
from bunsui.local.launch import Launch
from bunsui.model.json import Json

_GRACE = 2.0  # seconds; the engine's own timer comes first, the supervisor's is for when no engine is there


def launch(
    call: Call,
    stores: Stores,
    kind: str,
    event: Json,
    context: Mapping[str, Json],
    *,
    longest: float | None = None,
    folder: str | None = None,
    **more: Any,
) -> Launch:
    """`longest` is a time limit beside the state's own; `more` are the fields of the kind."""
    machine, task = call.machine, call.task
    timeout = None if task.timeout is None else task.timeout + _GRACE
    return Launch(
        id=call.launch_id,
        kind=kind,
        event=event,
        context=context,
        folder=machine.folder if folder is None else folder,
        python=machine.python,
        path=machine.path,
        timeout=sooner(timeout, longest),
        heartbeat=task.heartbeat,
        saved=stores.saved(str(context["session"]), str(context["key"])),
        **more,
    )


def sooner(*times: float | None) -> float | None:
    return min((time for time in times if time is not None), default=None)


def absolute(folder: str, path: str | None) -> str | None:
    return None if path is None else os.path.normpath(os.path.join(folder, path))
