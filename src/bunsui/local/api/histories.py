"""Events of a history in the shape that GetExecutionHistory gives."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bunsui.local.api import texts
from bunsui.model.history import NEXT_TRY, HistoryEvent
from bunsui.model.json import Json

_TEXTS = frozenset({"input", "output", "parameters"})
_WITHOUT = frozenset(  # types that have no details
    {
        "LambdaFunctionStarted", "MapStateAborted", "MapStateFailed", "MapStateSucceeded", "ParallelStateAborted",
        "ParallelStateFailed", "ParallelStateStarted", "ParallelStateSucceeded", "TaskStateAborted",
        "WaitStateAborted", "MapRunAborted", "MapRunSucceeded",
    }
)  # fmt: skip


def told(event: HistoryEvent, role: str, *, data: bool = True) -> dict[str, Json]:
    """Without `data` what went in and came out is left away."""
    shown: dict[str, Json] = {
        "timestamp": event.time,
        "type": event.type,
        "id": event.id,
        "previousEventId": event.previous_id,
    }
    if event.type not in _WITHOUT:
        details = {**event.details, "roleArn": role} if "roleArn" in event.details else event.details
        shown[_key(event.type)] = _details(details, data)
    return shown


def _key(type: str) -> str:
    for kind in ("StateEntered", "StateExited"):
        if type.endswith(kind):
            type = kind
    return f"{type[0].lower()}{type[1:]}EventDetails"


def _details(details: Mapping[str, Any], data: bool) -> dict[str, Json]:
    found: dict[str, Json] = {}
    for name, value in details.items():
        if name == "assignedVariables":
            if data:
                found[name] = {variable: texts.written(held) for variable, held in value.items()}
        elif name in _TEXTS:
            if data:
                found[name] = texts.written(value)
        elif name != NEXT_TRY:
            found[name] = value
    return found
