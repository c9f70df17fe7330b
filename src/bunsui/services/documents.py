"""JSON documents that belong to a record: small ones in the Table, large ones in the object store behind a reference."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping

from bunsui.model.json import Json
from bunsui.ports import ObjectStore, Record, Table

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
    ref = body.get("ref")
    value = json.loads(objects.get(ref)) if isinstance(ref, str) else body.get("value")
    return value if isinstance(value, dict) else {}


def write(table: Table, record: Record) -> None:
    """Store what every writer would store alike: whoever is first or last, the content is the same."""
    stored = table.get(record.partition, record.sort)
    if stored is None or stored.body != record.body:
        revision = stored.revision if stored else 0
        table.put(Record(record.partition, record.sort, record.body, record.indexes, revision))
