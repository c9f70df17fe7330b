"""JSON documents that belong to a record: small in the Table, large in the object store by reference."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping

from bunsui.model.json import Json
from bunsui.ports import ObjectStore

LARGEST_IN_TABLE = 8 * 1024


def canonical(value: Json) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def document(objects: ObjectStore, folder: str, value: Mapping[str, Json]) -> dict[str, Json]:
    """A record's body for `value`: itself, or a reference to the object that now holds it."""
    text = canonical(dict(value))
    if len(text) <= LARGEST_IN_TABLE:
        return {"value": dict(value)}
    return {"ref": store(objects, folder, text)}


def store(objects: ObjectStore, folder: str, text: bytes) -> str:
    """Keep a text under its hash; safe to repeat."""
    key = f"{folder}/{hashlib.sha256(text).hexdigest()}.json"
    objects.put_if_absent(key, text)
    return key


def value_of(objects: ObjectStore, body: Mapping[str, Json]) -> dict[str, Json]:
    """What `document` was given."""
    ref, value = body.get("ref"), body.get("value")
    if isinstance(ref, str):
        return load(objects, ref)
    return value if isinstance(value, dict) else {}


def load(objects: ObjectStore, key: str) -> dict[str, Json]:
    value = json.loads(objects.get(key))
    return value if isinstance(value, dict) else {}
