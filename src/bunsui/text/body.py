"""Records and views as JSON, for --output json: the fields as they are named in the code, times as RFC 3339 in UTC."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from datetime import datetime
from enum import Enum
from typing import cast

from bunsui.model.json import Json
from bunsui.services.wiring import rfc3339

_MOMENTS = frozenset(
    {"at", "ended", "next_try", "since", "started", "starts", "time"}
)  # in seconds since the epoch where they are numbers
_SECRET = frozenset({"token"})  # answers anybody who holds it


def plain(value: object) -> Json:
    """Frozen dataclasses, enums, times and tuples as JSON."""
    match value:
        case Enum():
            return cast(Json, value.value)
        case None | bool() | int() | float() | str():
            return value
        case datetime():
            return rfc3339(value.timestamp())
        case Mapping():
            return {str(key): plain(item) for key, item in value.items()}
        case list() | tuple():
            return [plain(item) for item in value]
        case set() | frozenset():
            return sorted((plain(item) for item in value), key=str)
    if dataclasses.is_dataclass(value):
        names = [field.name for field in dataclasses.fields(value) if field.name not in _SECRET]
        return {name: _field(name, getattr(value, name)) for name in names}
    raise TypeError(f"{type(value).__name__} has no JSON form")


def _field(name: str, value: object) -> Json:
    return rfc3339(value) if name in _MOMENTS and isinstance(value, float) else plain(value)
