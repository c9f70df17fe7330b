"""Large values of journal rows: stored once by their hash, and replaced in the row by a reference.

Which parts of a row are structure and which are data is known here; what rows there are, in `journal`.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

import orjson

from bunsui.model.history import HistoryEvent

INLINE = 1024  # bytes; what is smaller stays in the row
SMALL = 4096  # bytes of a part of a row; nothing of a part that is smaller is looked at on its own
_REF = "\0"  # the only key of a reference: {"\0": hash}
_REF_MARK = b'"\\u0000"'
_MOST_KNOWN = 50_000
_MOST_BASES = 256
_NESTED = ("start", "set", "frames")
_LONGEST_CHAIN = 16  # payloads that must be read for one, at most


def dumps(value: Any) -> bytes:
    """JSON text. orjson knows neither integers beyond 64 bits nor more than 254 levels."""
    try:
        return orjson.dumps(value)
    except TypeError:
        return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()


@dataclass(frozen=True, slots=True)
class _Payload:
    """`body` whole; stored are its bytes after the first `shared`, which it has in common with `base`."""

    digest: bytes
    body: bytes
    base: bytes | None = None
    shared: int = 0
    chain: int = 0


class Packer:
    """Turns values into bytes for the rows of one commit, and collects the payloads that they refer to.

    The same object in several places (a bag in an exit, an entry and the state) is written and hashed once. A bag
    that grew is stored as what was added to the one before.
    """

    def __init__(self) -> None:
        self._new: dict[bytes, _Payload] = {}
        self._known: set[bytes] = set()  # hashes that an earlier commit stored
        self._seen: dict[int, tuple[Any, Any]] = {}  # id -> (the object, so that the id stays its own; what it became)
        self._bases: dict[int, _Payload] = {}  # execution -> its newest payload
        self._fresh: dict[int, _Payload] = {}  # the same, of the commit in the making

    def value(self, value: Any, execution: int) -> bytes:
        """A single value."""
        return dumps(self._data(value, execution))

    def fields(self, fields: Mapping[str, Any], execution: int) -> bytes:
        """An object whose fields are data."""
        return self._small(fields, execution) or dumps(self._fields(fields, execution))

    def events(self, events: Sequence[HistoryEvent], execution: int) -> bytes:
        if small := self._small([(e.id, e.previous_id, e.type, e.time, e.details) for e in events], execution):
            return small
        rows = [(e.id, e.previous_id, e.type, e.time, self._fields(e.details, execution)) for e in events]
        return dumps(rows)

    def state(self, state: Mapping[str, Any], execution: int) -> bytes:
        """A state or its delta: plain fields, and `frames` whose fields are data; see `asl.state`."""
        if small := self._small(state, execution):
            return small
        packed = dict(self._fields({name: part for name, part in state.items() if name not in _NESTED}, execution))
        for name in ("start", "set"):
            if name in state:
                packed[name] = self._fields(state[name], execution)
        if "frames" in state:
            packed["frames"] = {id: self._fields(frame, execution) for id, frame in state["frames"].items()}
        return dumps(packed)

    def store(self, connection: sqlite3.Connection) -> None:
        """Write the payloads that are new; `committed` or `discard` follows."""
        if self._new:
            rows = [(new.digest, new.base, new.shared, new.body[new.shared :]) for new in self._new.values()]
            connection.executemany("INSERT OR IGNORE INTO payloads VALUES (?, ?, ?, ?)", rows)

    def committed(self) -> None:
        if len(self._known) > _MOST_KNOWN:
            self._known.clear()
        if len(self._bases) > _MOST_BASES:
            self._bases.clear()
        self._known.update(self._new)
        self._bases.update(self._fresh)
        self.discard()

    def discard(self) -> None:
        for table in (self._new, self._seen, self._fresh):
            table.clear()

    def _small(self, part: Any, execution: int) -> bytes | None:
        """The whole part's text if it is short: most are. An execution that had a large value has more of them."""
        if execution in self._bases:
            return None
        try:
            body = orjson.dumps(part)
        except TypeError:
            return None
        return body if len(body) <= SMALL and _REF_MARK not in body else None

    def _fields(self, fields: Mapping[str, Any], execution: int) -> Mapping[str, Any]:
        packed: dict[str, Any] = {}
        for name, value in fields.items():
            shrunk = self._data(value, execution)
            if shrunk is not value:
                packed[name] = shrunk
        return {**fields, **packed} if packed else fields

    def _data(self, value: Any, execution: int) -> Any:
        """The value itself if it is small, else its reference."""
        kind = type(value)
        if kind is dict or kind is list:
            seen = self._seen.get(id(value))
            return seen[1] if seen else self._container(value, execution)
        if kind is str:
            return value if len(value) <= INLINE else self._reference(value, dumps(value), execution)
        if kind is int and not -(1 << 63) <= value < 1 << 64:  # beyond what orjson takes
            return self._reference(value, dumps(value), execution)
        return value

    def _container(self, value: Any, execution: int) -> Any:
        if not value:
            return value
        try:
            body = orjson.dumps(value)
        except TypeError:
            return self._reference(value, dumps(value), execution)
        if len(body) <= INLINE and _REF_MARK not in body:
            return value
        return self._reference(value, body, execution)

    def _reference(self, value: Any, body: bytes, execution: int) -> Any:
        digest = hashlib.sha256(body).digest()[:20]
        if digest not in self._known and digest not in self._new:
            self._fresh[execution] = self._new[digest] = self._on_base(digest, body, execution)
        reference = {_REF: digest.hex()}
        self._seen[id(value)] = (value, reference)
        return reference

    def _on_base(self, digest: bytes, body: bytes, execution: int) -> _Payload:
        base = self._fresh.get(execution) or self._bases.get(execution)
        if base is None or base.chain + 1 >= _LONGEST_CHAIN:
            return _Payload(digest, body)
        shared = _shared(base.body, body)
        if shared < len(body) // 2:
            return _Payload(digest, body)
        return _Payload(digest, body, base.digest, shared, base.chain + 1)


def _shared(one: bytes, other: bytes) -> int:
    """How many bytes they begin with in common."""
    low, high = 0, min(len(one), len(other))
    while low < high:
        middle = (low + high + 1) // 2
        if one[low:middle] == other[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low


def unpack(connection: sqlite3.Connection, packed: bytes) -> Any:
    """The value again. Payloads hold plain values: references stand only in rows."""
    return Unpacker(connection).unpack(packed)


class Unpacker:
    """For many rows of one execution: what a row refers to, its neighbours refer to, or build upon.

    A payload that several rows refer to is the same object in each of them: it is not to be changed.
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._values: OrderedDict[bytes, tuple[Any, int]] = OrderedDict()  # with where the last member begins
        self._bodies: OrderedDict[bytes, tuple[bytes, bytes, int]] = OrderedDict()  # its base, and how much is shared

    def unpack(self, packed: bytes) -> Any:
        value = orjson.loads(packed)
        return self._expand(value) if _REF_MARK in packed else value

    def _expand(self, value: Any) -> Any:
        if isinstance(value, list):
            return [self._expand(item) for item in value]
        if not isinstance(value, dict):
            return value
        if len(value) == 1 and _REF in value:
            return self._payload(value[_REF])
        return {key: self._expand(item) for key, item in value.items()}

    def _payload(self, reference: str) -> Any:
        digest = bytes.fromhex(reference)
        if digest not in self._values:
            _keep(self._values, digest, self._value(digest))
        return self._values[digest][0]

    def _value(self, digest: bytes) -> tuple[Any, int]:
        """Of an object that differs from its base in the last member, and what follows, no more than that is read."""
        whole, base, shared = self._body(digest)
        before, start = self._values.get(base, (None, 0))
        if 0 < start <= shared:
            value = dict(islice(before.items(), len(before) - 1)) | orjson.loads(b"{" + whole[start:])
        else:
            value = orjson.loads(whole)
        return value, _last_member(value, whole)

    def _body(self, digest: bytes) -> tuple[bytes, bytes, int]:
        if digest not in self._bodies:
            sql = "SELECT base, shared, body FROM payloads WHERE hash = ?"
            base, shared, body = self._connection.execute(sql, (digest,)).fetchone()
            whole: bytes = body if base is None else self._body(base)[0][:shared] + body
            _keep(self._bodies, digest, (whole, base or b"", shared or 0))
        return self._bodies[digest]


def _last_member(value: Any, text: bytes) -> int:
    """Where it begins in the text of an object; 0 if that cannot be told."""
    if not isinstance(value, dict) or not value:
        return 0
    name = next(reversed(value))
    member = dumps({name: value[name]})[1:]
    return len(text) - len(member) if text.endswith(member) else 0


def _keep(recent: OrderedDict[Any, Any], key: object, value: object) -> None:
    """The longest kept goes for it."""
    if len(recent) > _LONGEST_CHAIN:
        recent.popitem(last=False)
    recent[key] = value
