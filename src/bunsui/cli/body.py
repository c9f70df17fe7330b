"""Records and views as JSON, for --output json: the fields as they are named in the code, times as they are stored."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from datetime import UTC, datetime
from enum import Enum
from typing import cast

from bunsui.model.json import Json

_SECRET = frozenset({"token"})  # answers anybody who holds it


def plain(value: object) -> Json:
    """Frozen dataclasses, enums, times and tuples as JSON."""
    match value:
        case Enum():
            return cast(Json, value.value)
        case None | bool() | int() | float() | str():
            return value
        case datetime():
            return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
        case Mapping():
            return {str(key): plain(item) for key, item in value.items()}
        case list() | tuple():
            return [plain(item) for item in value]
        case set() | frozenset():
            return sorted((plain(item) for item in value), key=str)
    if dataclasses.is_dataclass(value):
        names = [field.name for field in dataclasses.fields(value) if field.name not in _SECRET]
        return {name: plain(getattr(value, name)) for name in names}
    raise TypeError(f"{type(value).__name__} has no JSON form")
