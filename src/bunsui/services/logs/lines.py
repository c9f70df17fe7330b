"""Lines as chunks have them: JSON texts that become lines with places. Archived blocks are in `logs.blocks`."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

import orjson

from bunsui.model.log import SESSION_STREAM, LogLine
from bunsui.patterns import BlockPattern


@dataclass(frozen=True, slots=True)
class Placed:
    """A line, and where it was written: the key of its chunk, and its number there, from 1."""

    key: str
    number: int
    line: LogLine


class Lines(Protocol):
    """Lines that lie together: those of a chunk, or of a block of an archive."""

    def __len__(self) -> int: ...

    def at(self, index: int, latest: float = 0.0) -> Placed:
        """`latest` is the time of the line before: for one that tells none."""

    def find(self, pattern: BlockPattern) -> Iterable[int]:
        """The indices of the lines whose message has it."""


class ChunkLines:
    """The lines of a chunk. Only those that are asked for become records."""

    def __init__(self, key: str, session: str, body: bytes) -> None:
        self.key = key
        self._session = session
        texts = [text.rstrip(b"\0") for text in body.split(b"\n")]  # a power cut may leave zeros at a chunk's end
        self._numbers = [number for number, text in enumerate(texts, 1) if text]
        self._texts = [text for text in texts if text]
        self._rows = _parsed(self._texts)

    def __len__(self) -> int:
        return len(self._texts)

    def at(self, index: int, latest: float = 0.0) -> Placed:
        row = self._rows[index] if self._rows else None
        line = _line(row, self._session) if row is not None else None
        return Placed(self.key, self._numbers[index], line or decode(self._texts[index], self._session, latest))

    def find(self, pattern: BlockPattern) -> Iterator[int]:
        messages = (self._message(index) for index in range(len(self)))
        return pattern.lines(b"\n".join(flat(message) for message in messages))

    def _message(self, index: int) -> str:
        message = self._rows[index].get("message") if self._rows else None
        return message if isinstance(message, str) else decode(self._texts[index], self._session).message


def flat(message: str) -> bytes:
    """A message as one line of UTF-8, for searching: half a surrogate pair stays what it is."""
    return message.encode("utf-8", "surrogatepass").replace(b"\n", b"\x0b")


def _parsed(texts: Sequence[bytes]) -> list[dict[str, Any]]:
    """All at once; none if any of them is no JSON object: then each is read by itself."""
    try:
        rows = orjson.loads(b"[" + b",".join(texts) + b"]")
    except ValueError:
        return []
    return rows if len(rows) == len(texts) and all(type(row) is dict for row in rows) else []


def _line(body: dict[str, Any], session: str) -> LogLine | None:
    try:
        time, item = body["time"], body.get("item")
        return LogLine(
            time=float(time) if isinstance(time, int | float) else datetime.fromisoformat(time).timestamp(),
            level=str(body.get("level") or "INFO"),
            session=str(body.get("session") or session),
            operation=str(body.get("operation") or ""),
            item=item if isinstance(item, int) else None,
            attempt=str(body.get("attempt") or ""),
            stream=str(body.get("stream") or "log"),
            message=str(body.get("message", "")),
        )
    except (ValueError, KeyError, TypeError, OverflowError):
        return None


def decode(text: bytes, session: str, latest: float = 0.0) -> LogLine:
    """A stored line. What cannot be read is shown as it is, rather than hidden, at the time of the line before."""
    try:
        body = json.loads(text)
    except (ValueError, RecursionError):
        body = None
    line = _line(body, session) if isinstance(body, dict) else None
    return line or LogLine(latest, "INFO", session, "", None, "", SESSION_STREAM, text.decode(errors="replace"))
