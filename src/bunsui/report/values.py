"""Values of users (parameters, outputs) as text: short on a line, or whole and indented. Escaping is the template's."""

from __future__ import annotations

import json

from bunsui.model.json import Json
from bunsui.model.words import size

_LONGEST = 20_000


def shown(value: Json, most: int = 200) -> str:
    """On one line, cut after `most` characters."""
    text = value if isinstance(value, str) else reference(value) or json.dumps(_told(value), ensure_ascii=False)
    return text if len(text) <= most else f"{text[:most]}…"


def whole(value: Json) -> str:
    """Indented JSON; what is longer than a person reads is cut, and says so."""
    text = json.dumps(value, ensure_ascii=False, indent=2)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}\n… {size(len(text) - _LONGEST)} more"


def reference(value: Json) -> str:
    """``totals.csv (1.6 KiB)`` for a reference, nothing for any other value."""
    match value:
        case {"$ref": str(key), "bytes": int(count)}:
            return f"{key.rpartition('/')[2]} ({size(count)})"
    return ""


def _told(value: Json) -> Json:
    if isinstance(value, dict):
        return reference(value) or {key: _told(item) for key, item in value.items()}
    return [_told(item) for item in value] if isinstance(value, list) else value
