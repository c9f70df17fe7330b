"""What a task was told of itself, read back from the parameters that it was called with. Written by the compiler."""

from __future__ import annotations

import json
from collections.abc import Mapping

from bunsui.model.json import Json

_DEEPEST = 6
_KEY = "bunsui"
_TEXT = '{"bunsui":'


def context_of(parameters: Json, depth: int = 0) -> Mapping[str, Json]:
    """``{session, operation, item, generation, attempt, ...}``; empty when the call has none."""
    if isinstance(parameters, str) and parameters.startswith(_TEXT):
        return context_of(_parsed(parameters), depth + 1)
    if depth > _DEEPEST:
        return {}
    if isinstance(parameters, dict):
        own = parameters.get(_KEY)
        if isinstance(own, dict):
            return own
    parts = parameters.values() if isinstance(parameters, dict) else parameters if isinstance(parameters, list) else ()
    return next((found for part in parts if (found := context_of(part, depth + 1))), {})


def _parsed(text: str) -> Json:
    try:
        value: Json = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return value
