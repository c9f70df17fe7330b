"""What may leave a task and what may enter it: JSON objects of bounded size, large fields by reference.

Files are in `files`. Nothing here knows whether the task is a function or a command.
"""

from __future__ import annotations

import json
import math
import re
from typing import Any

from bunsui.task.failure import TaskFailure
from bunsui.task.files import File, file_name, is_file_key
from bunsui.task.store import Store, is_reference

FIELD_LIMIT = 8 * 1024
INLINE_LIMIT = 128 * 1024
DEFAULT_CAP = 32 * 1024
_REFERENCE_SIZE = 512  # more than any reference takes: what is smaller is not worth storing
_DEEPEST = 200  # levels of nesting: readers of JSON have limits of their own
_LARGEST = 1e308  # as a number; what is larger is infinite to readers of JSON

_LONG_NUMBER = re.compile("[0-9]{308}")

_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode


def to_text(value: Any) -> str:
    """A handler's value as the JSON text of an object. Raises TaskFailure, naming the place in the value."""
    if value is None:
        return "{}"
    if not isinstance(value, dict):
        kind = type(value).__name__
        message = f"the output is a {kind}, but must be an object: return a dict, such as {{'result': ...}}"
        _encode_or_fail(value)
        raise TaskFailure("Bunsui.OutputNotAnObject", message)
    return _encode_or_fail(value)


def plain_text(value: Any) -> str:
    """Any JSON value's text. Raises TaskFailure, naming the place that is none."""
    return _encode_or_fail(value)


def _encode_or_fail(value: Any) -> str:
    try:
        text = _encode(value)
        text.encode("utf-8")
    except (TypeError, ValueError, RecursionError) as error:
        raise TaskFailure("Bunsui.OutputNotJson", _not_json(value, error)) from None
    found = _too_deep(text, value) or _too_long_a_number(text, value)
    if found:
        raise TaskFailure("Bunsui.OutputNotJson", f"the output is not JSON: {found[0]} {found[1]}")
    return text


def _too_deep(text: str, value: Any) -> tuple[str, str] | None:
    if text.count("{") + text.count("[") <= _DEEPEST:
        return None
    return ("$", f"is nested more than {_DEEPEST} levels deep") if _depth(value, 0) > _DEEPEST else None


def _depth(value: Any, above: int) -> int:
    if above > _DEEPEST or not isinstance(value, (dict, list, tuple)):
        return above
    parts = value.values() if isinstance(value, dict) else value
    return max((_depth(part, above + 1) for part in parts), default=above + 1)


def _too_long_a_number(text: str, value: Any) -> tuple[str, str] | None:
    return _culprit(value, "$", ()) if _LONG_NUMBER.search(text) else None


def _not_json(value: Any, error: Exception) -> str:
    try:
        place, why = _culprit(value, "$", ()) or ("$", str(error))
    except RecursionError:
        place, why = "$", "is nested too deeply"
    return f"the output is not JSON: {place} {why}"


def _culprit(value: Any, place: str, above: tuple[int, ...]) -> tuple[str, str] | None:
    if value is None or isinstance(value, bool):
        return None
    if isinstance(value, int):
        return (place, "is too large a number") if abs(value) > _LARGEST else None
    if isinstance(value, float):
        return None if math.isfinite(value) else (place, f"is {value}")
    if isinstance(value, str):
        return _culprit_text(value, place)
    if id(value) in above:
        return place, "contains itself"
    if isinstance(value, dict):
        return _culprit_object(value, place, (*above, id(value)))
    if isinstance(value, (list, tuple)):
        parts = (_culprit(part, f"{place}[{i}]", (*above, id(value))) for i, part in enumerate(value))
        return next((found for found in parts if found), None)
    return place, f"is {_a(value)}"


def _a(value: Any) -> str:
    """``a set``, ``an object``."""
    name = type(value).__name__
    return f"{'an' if name[:1].lower() in 'aeiou' else 'a'} {name}"


def _culprit_text(value: str, place: str) -> tuple[str, str] | None:
    try:
        value.encode("utf-8")
    except UnicodeEncodeError:
        return place, "is text that is not Unicode (a lone surrogate)"
    return None


def _culprit_object(value: dict[Any, Any], place: str, above: tuple[int, ...]) -> tuple[str, str] | None:
    for key, part in value.items():
        if not isinstance(key, (str, int, float, bool, type(None))):
            return place, f"has a key that is {_a(key)}"
        found = _culprit(part, f"{place}.{key}", above) or _culprit(key, f"{place} key {key!r}", above)
        if found:
            return found
    return None


def bound(text: str, store: Store, prefix: str, inline: list[str], cap: int) -> str:
    """The same object with fields moved to the store (below `prefix`) until its size is within the rules."""
    if len(text) * 4 <= min(FIELD_LIMIT, cap) or len(text.encode("utf-8")) <= min(FIELD_LIMIT, cap):
        return text
    fields = {name: _encode(value).encode("utf-8") for name, value in json.loads(text).items()}
    kept = set(inline)
    for name, body in fields.items():
        if len(body) > (INLINE_LIMIT if name in kept else FIELD_LIMIT):
            fields[name] = _spill(store, prefix, name, body)
            kept.discard(name)
    _shed(fields, kept, store, prefix, cap)
    return "{" + ",".join(f"{_encode(name)}:{body.decode('utf-8')}" for name, body in fields.items()) + "}"


def _shed(fields: dict[str, bytes], kept: set[str], store: Store, prefix: str, cap: int) -> None:
    sizes = {name: len(body) + len(name.encode("utf-8")) + 4 for name, body in fields.items() if name not in kept}
    total = sum(sizes.values())
    for name in sorted(sizes, key=lambda each: -sizes[each]):
        if total <= cap:
            return
        if len(fields[name]) <= _REFERENCE_SIZE:
            break
        total -= len(fields[name])
        fields[name] = _spill(store, prefix, name, fields[name])
        total += len(fields[name])
    if total > cap:
        message = (
            f"the output has {total} bytes in {len(fields)} small fields, more than {cap}: put them into one field"
        )
        raise TaskFailure("Bunsui.OutputTooLarge", message)


def _spill(store: Store, prefix: str, name: str, body: bytes) -> bytes:
    import hashlib

    key = f"{prefix}{file_name(name)}.json"
    store.put(key, body)
    reference = {"$ref": key, "bytes": len(body), "sha256": hashlib.sha256(body).hexdigest()}
    return _encode(reference).encode("utf-8")


def resolve(value: Any, store: Store) -> Any:
    """The value with its references followed: large fields come back as values, files as `File`."""
    if is_reference(value):
        if is_file_key(value["$ref"]):
            return File(value, store)
        return resolve(_load(value, store), store)
    if isinstance(value, dict):
        return {name: resolve(part, store) for name, part in value.items()}
    if isinstance(value, list):
        return [resolve(part, store) for part in value]
    return value


def _load(reference: dict[str, Any], store: Store) -> Any:
    key = reference["$ref"]
    body = store.get(key)
    if "bytes" in reference and len(body) != reference["bytes"]:
        message = f"{key} has {len(body)} bytes in the object store, not {reference['bytes']}: it was changed"
        raise TaskFailure("Bunsui.ReferenceBroken", message)
    return json.loads(body)
