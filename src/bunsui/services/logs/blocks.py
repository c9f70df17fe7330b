"""The file that holds many chunks: gzip members, first the index, then for each block its messages and their details.

Any member can be read by itself, and `zcat` reads them all. When such files are written is decided in `logs.archive`.

The index: {schema, chunks: [key, ...], blocks: [{at, text, meta, lines, first, last, levels, operations, attempts,
chunks}, ...]}, where `at` counts from the end of the index, `text` and `meta` are sizes of members, and a block's
`chunks` are [chunk, first number, last number] of the lines it has. A block's messages are lines of UTF-8; its details
are columns: time, level, stream (numbers of `words`), who (number in `whos`: session, operation, item, attempt), chunk,
number; `odd` has the messages with a line break inside.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from bunsui.errors import BackendError, NewerSchema
from bunsui.model.log import LogLine
from bunsui.patterns import BlockPattern
from bunsui.services.logs.lines import Placed, flat

SCHEMA = 1
BLOCK = 1 << 20  # bytes of messages in a block, about
_GZIP = 31  # zlib's name for the format of gzip
_LEVEL = 6
_HEAD = 64 * 1024  # what is read of a file at first: a short index is whole in it
Part = Callable[[int, int], bytes]  # offset, size


@dataclass(frozen=True, slots=True)
class Block:
    """What the index says of one."""

    at: int
    text: int
    meta: int
    lines: int
    first: float
    last: float
    levels: tuple[str, ...]
    operations: tuple[str, ...]
    attempts: tuple[str, ...]
    chunks: tuple[tuple[int, int, int], ...]


@dataclass(frozen=True, slots=True)
class Index:
    chunks: tuple[str, ...]
    blocks: tuple[Block, ...]
    size: int  # of the member itself


def pack(chunks: Sequence[str], lines: Iterable[Placed]) -> bytes:
    """The file of all `lines`, which are those of these chunks, in the order in which they are to be read."""
    numbers = {key: number for number, key in enumerate(chunks)}
    entries: list[dict[str, Any]] = []
    members: list[bytes] = []
    at = 0
    for block in _blocks(lines):
        text, meta = _member(b"\n".join(flat(placed.line.message) for placed in block)), _member(_meta(block, numbers))
        entries.append({"at": at, "text": len(text), "meta": len(meta), **_entry(block, numbers)})
        members += [text, meta]
        at += len(text) + len(meta)
    index = {"schema": SCHEMA, "chunks": list(chunks), "blocks": entries}
    return b"".join([_member(_dumps(index)), *members])


def _blocks(lines: Iterable[Placed]) -> Iterator[list[Placed]]:
    block: list[Placed] = []
    size = 0
    for placed in lines:
        block.append(placed)
        size += len(placed.line.message) + 1
        if size >= BLOCK:
            yield block
            block, size = [], 0
    if block:
        yield block


def _member(data: bytes) -> bytes:
    packer = zlib.compressobj(_LEVEL, zlib.DEFLATED, _GZIP)
    return packer.compress(data) + packer.flush()


def _entry(block: list[Placed], numbers: dict[str, int]) -> dict[str, Any]:
    times = [placed.line.time for placed in block]
    spans: dict[str, list[int]] = {}
    for placed in block:
        spans.setdefault(placed.key, [numbers[placed.key], placed.number, 0])[2] = placed.number
    return {
        "lines": len(block),
        "first": min(times),
        "last": max(times),
        "levels": sorted({placed.line.level for placed in block}),
        "operations": sorted({placed.line.operation for placed in block}),
        "attempts": sorted({placed.line.attempt for placed in block}),
        "chunks": list(spans.values()),
    }


def _meta(block: list[Placed], numbers: dict[str, int]) -> bytes:
    words: dict[str, int] = {}
    whos: dict[tuple[Any, ...], int] = {}
    lines = [placed.line for placed in block]
    columns: dict[str, Any] = {
        "time": [line.time for line in lines],
        "level": [words.setdefault(line.level, len(words)) for line in lines],
        "stream": [words.setdefault(line.stream, len(words)) for line in lines],
        "who": [whos.setdefault((line.session, line.operation, line.item, line.attempt), len(whos)) for line in lines],
        "chunk": [numbers[placed.key] for placed in block],
        "number": [placed.number for placed in block],
        "odd": [[index, line.message] for index, line in enumerate(lines) if "\n" in line.message],
    }
    return _dumps({"words": list(words), "whos": [list(who) for who in whos], **columns})


def _dumps(value: object) -> bytes:
    """A line. Half a surrogate pair, which orjson refuses, may come from anywhere."""
    try:
        return orjson.dumps(value) + b"\n"
    except TypeError:
        return json.dumps(value).encode() + b"\n"


def _loads(text: bytes) -> Any:
    try:
        return orjson.loads(text)
    except ValueError:
        return json.loads(text)


def read_index(key: str, part: Part) -> Index:
    """By reading the beginning of the file. Raises BackendError when it is damaged."""
    head, size = part(0, _HEAD), _HEAD
    while True:
        unpacker = zlib.decompressobj(_GZIP)
        try:
            text = unpacker.decompress(head)
        except zlib.error as error:
            raise _damaged(key, error) from None
        if unpacker.eof:
            return _index(key, text, len(head) - len(unpacker.unused_data))
        if len(head) < size:
            raise _damaged(key, "it ends too early")
        size *= 4
        head = part(0, size)


def _index(key: str, text: bytes, size: int) -> Index:
    body = _loads(text)
    if body["schema"] > SCHEMA:
        raise NewerSchema(f"{key} was written by a newer Bunsui (schema {body['schema']})")
    return Index(tuple(body["chunks"]), tuple(_block(entry) for entry in body["blocks"]), size)


def _block(entry: dict[str, Any]) -> Block:
    lists = {name: tuple(entry[name]) for name in ("levels", "operations", "attempts")}
    chunks = tuple((chunk, first, last) for chunk, first, last in entry["chunks"])
    return Block(**{**entry, **lists, "chunks": chunks})


class BlockLines:
    """The lines of one block; its messages and its details are read when they are needed."""

    def __init__(self, key: str, index: Index, block: Block, part: Part) -> None:
        self._key, self._index, self._block, self._part = key, index, block, part
        self._text: bytes | None = None
        self._messages: list[bytes] | None = None
        self._meta: dict[str, Any] | None = None
        self._odd: dict[int, str] = {}

    def __len__(self) -> int:
        return self._block.lines

    def find(self, pattern: BlockPattern) -> Iterator[int]:
        return pattern.lines(self._whole_text())

    def _whole_text(self) -> bytes:
        if self._text is None:
            self._text = self._member(self._block.at, self._block.text)
        return self._text

    def at(self, index: int, latest: float = 0.0) -> Placed:
        if self._meta is None:
            self._meta = _loads(self._member(self._block.at + self._block.text, self._block.meta))
            self._odd = dict(self._meta["odd"])
        if self._messages is None:
            self._messages = self._whole_text().split(b"\n")
        meta = self._meta
        session, operation, item, attempt = meta["whos"][meta["who"][index]]
        message = self._odd.get(index) or self._messages[index].decode("utf-8", "surrogatepass")
        level, stream = (meta["words"][meta[name][index]] for name in ("level", "stream"))
        line = LogLine(meta["time"][index], level, session, operation, item, attempt, stream, message)
        return Placed(self._index.chunks[meta["chunk"][index]], meta["number"][index], line)

    def _member(self, at: int, size: int) -> bytes:
        try:
            return zlib.decompress(self._part(self._index.size + at, size), _GZIP)
        except zlib.error as error:
            raise _damaged(self._key, error) from None


def _damaged(key: str, why: object) -> BackendError:
    return BackendError(f"the archive {key} is damaged: {why}", "Look closer: bunsui doctor --verify")
