"""What the runtime tells a task about itself: the `bunsui` object of its payload, or what the engine knows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bunsui.local.integrations.call import Call
from bunsui.model.json import Json

CONTEXT = "bunsui"
FIELDS = ("session", "operation", "item", "generation", "attempt", "key", "inline", "cap")
_OF_NO_ITEM = frozenset(FIELDS) - {"item"}  # what machines give outside of a fan-out


def of(call: Call, given: Any = None) -> dict[str, Json]:
    """Every field is there: what the machine does not give (raw machines, http) is derived."""
    if call.machine.declared:
        return _derived(call) | {"session": call.session, "key": f"{call.session}/{call.task.task}"}
    told = {name: given[name] for name in FIELDS if name in given} if isinstance(given, dict) else {}
    if None not in told.values() and (len(told) == len(FIELDS) or told.keys() == _OF_NO_ITEM):
        return {"item": None} | told
    return _derived(call) | {name: value for name, value in told.items() if value is not None}


def _derived(call: Call) -> dict[str, Json]:
    given = call.input if isinstance(call.input, Mapping) else {}
    operation = str(given.get("path") or "") + call.task.state.split(".")[0]
    generations = given.get("generations")
    generation = generations.get(operation, 0) if isinstance(generations, Mapping) else 0
    session = str(given.get("session") or call.name)
    return {
        "session": session,
        "operation": operation,
        "item": None,
        "generation": generation,
        "attempt": f"{call.name.rpartition('-')[2]}.{call.task.redrive}.{call.task.retry}",
        "key": f"{session}/{operation}/-/{generation}",
        "inline": [],
        "cap": 0,
    }
