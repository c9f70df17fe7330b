"""Values of users (parameters, outputs) as text on a line: references as the file or field that they stand for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from bunsui.model.json import Json
from bunsui.text import escape, width, words


def shown(value: Json) -> str:
    """On one line, safe."""
    if isinstance(value, str):
        return escape.line(value)
    return reference(value) or escape.json_text(_seen(value), indent=None)


def reference(value: Json) -> str:
    """``totals.csv (1.6 KiB)`` for a reference, nothing for any other value."""
    match value:
        case {"$ref": str(key), "bytes": int(count)}:
            return f"{escape.line(key.rpartition('/')[2])} ({words.size(count)})"
    return ""


def _seen(value: Json) -> Json:
    """The same with the references in it told, not spelt out."""
    if isinstance(value, dict):
        return reference(value) or {key: _seen(item) for key, item in value.items()}
    return [_seen(item) for item in value] if isinstance(value, list) else value


def rows(values: Mapping[str, Json], columns: int | None, indent: int = 2) -> Iterator[str]:
    """One a line, the values aligned; cut at `columns` unless that is None."""
    names = {key: escape.line(key) for key in values}
    wide = max(map(width.columns, names.values()), default=0)
    for key, value in values.items():
        room = None if columns is None else max(columns - indent - wide - 2, 20)
        text = shown(value)
        yield f"{' ' * indent}{width.pad(names[key], wide)}  {text if room is None else width.cut(text, room)}"
