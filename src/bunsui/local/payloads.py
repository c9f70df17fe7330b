"""Large values of journal rows: stored once by their hash, and replaced in the row by a reference.

`journal` says what is a row and how deep its structure goes; what is packed here is any JSON value.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from typing import Any

import orjson

INLINE = 1024  # bytes; what is smaller stays in the row
_REF = "\0"  # the only key of a reference: {"\0": hash}
_REF_MARK = b'"\\u0000"'
_MOST_KNOWN = 50_000


def dumps(value: Any) -> bytes:
    """JSON text. orjson knows neither integers beyond 64 bits nor more than 254 levels."""
    try:
        return orjson.dumps(value)
    except TypeError:
        return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()


class Packer:
    """Turns values into bytes for the rows of one commit, and collects the payloads that they refer to.

    The same object in several places (a bag in an exit, an entry and the state) is written and hashed once.
    """

    def __init__(self) -> None:
        self._new: dict[bytes, bytes] = {}
        self._known: set[bytes] = set()  # hashes that an earlier commit stored
        self._seen: dict[int, tuple[Any, Any]] = {}  # id -> (the object, so that the id stays its own; its reference)

    def pack(self, value: Any, depth: int) -> bytes:
        """`depth` is how many levels of containers are structure. What lies below is data, each value one payload."""
        whole = dumps(value)
        if len(whole) <= INLINE and _REF_MARK not in whole:
            return whole
        return dumps(self._shrink(value, depth))

    def store(self, connection: sqlite3.Connection) -> None:
        """Write the payloads that are new; `committed` or `discard` follows."""
        if self._new:
            connection.executemany("INSERT OR IGNORE INTO payloads VALUES (?, ?)", list(self._new.items()))

    def committed(self) -> None:
        if len(self._known) > _MOST_KNOWN:
            self._known.clear()
        self._known.update(self._new)
        self.discard()

    def discard(self) -> None:
        self._new.clear()
        self._seen.clear()

    def _shrink(self, value: Any, depth: int) -> Any:
        if not isinstance(value, (dict, list, str)) or not value:
            return value
        if id(value) in self._seen:
            return self._seen[id(value)][1]
        if depth > 0 and isinstance(value, dict) and _REF not in value:
            return {key: self._shrink(item, depth - 1) for key, item in value.items()}
        if depth > 0 and isinstance(value, list):
            return [self._shrink(item, depth - 1) for item in value]
        return self._as_payload(value)

    def _as_payload(self, value: Any) -> Any:
        body = dumps(value)
        if len(body) <= INLINE and _REF_MARK not in body:
            return value
        digest = hashlib.sha256(body).digest()[:20]
        if digest not in self._known:
            self._new[digest] = body
        reference = {_REF: digest.hex()}
        self._seen[id(value)] = (value, reference)
        return reference


def unpack(connection: sqlite3.Connection, packed: bytes) -> Any:
    """The value again. Payloads hold plain values: references stand only in rows."""
    value = orjson.loads(packed)
    return _expand(connection, value) if _REF_MARK in packed else value


def _expand(connection: sqlite3.Connection, value: Any) -> Any:
    if isinstance(value, list):
        return [_expand(connection, item) for item in value]
    if not isinstance(value, dict):
        return value
    if len(value) == 1 and _REF in value:
        digest = bytes.fromhex(value[_REF])
        row = connection.execute("SELECT body FROM payloads WHERE hash = ?", (digest,)).fetchone()
        return orjson.loads(row[0])
    return {key: _expand(connection, item) for key, item in value.items()}
