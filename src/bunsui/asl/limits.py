"""The hard limits of Step Functions, and how values are measured against them. What happens at a limit is in `run`."""

from __future__ import annotations

import json

import orjson

from bunsui.model.json import Json

MAX_PAYLOAD = 256 * 1024  # bytes of JSON text: input or output of a state, a task or an execution
MAX_EVENTS = 25_000  # event 25,000 ends the execution
MAX_CAUSE = 32_768
MAX_ERROR = 256
REDRIVABLE_EVENTS = 24_999
REDRIVABLE_SECONDS = 14 * 24 * 3600.0

HISTORY_FULL = "The execution reached the maximum number of history events (25000)."


def text(value: Json) -> bytes:
    """The value's JSON text."""
    try:
        return orjson.dumps(value)
    except TypeError:  # an integer beyond 64 bits
        return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()


def too_large(value: Json) -> bool:
    return isinstance(value, (str, list, dict)) and len(text(value)) > MAX_PAYLOAD


def too_large_cause(name: str) -> str:
    return f"The state/task '{name}' returned a result with a size exceeding the maximum number of bytes service limit."


def shortened(text: str | None, most: int = MAX_CAUSE) -> str | None:
    return text if text is None or len(text) <= most else text[:most]
