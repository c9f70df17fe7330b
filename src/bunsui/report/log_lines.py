"""The log as data for the page's own viewer: columns of numbers and texts, compact, inert wherever HTML looks at it."""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Sequence

from bunsui.model.failure import CAUSE, ErrorAnalysis
from bunsui.model.json import Json
from bunsui.model.log import LogLine
from bunsui.model.visible import DANGEROUS
from bunsui.report.data import Log

_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
_PLAIN = 256 * 1024  # larger data is compressed


def embedded(log: Log, errors: Sequence[ErrorAnalysis]) -> tuple[str, str]:
    """Encoding (json or gzip) and text: for a script element that is never run."""
    text = inert(json.dumps(_columns(log, errors), ensure_ascii=False, separators=(",", ":")))
    if len(text) <= _PLAIN:
        return "json", text
    return "gzip", base64.b64encode(gzip.compress(text.encode(), 6, mtime=0)).decode()


def inert(text: str) -> str:
    """The same JSON, without a character that begins markup, ends a line or cannot be seen."""
    for character in "<>&":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return DANGEROUS.sub(lambda found: _escape(found.group()), text)


def _escape(character: str) -> str:
    units = character.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[at] << 8 | units[at + 1]:04x}" for at in range(0, len(units), 2))


def _columns(log: Log, errors: Sequence[ErrorAnalysis]) -> dict[str, Json]:
    """Times are milliseconds since the one before; names are numbers of a list."""
    operations, attempts, streams = _Names(), _Names(), _Names()
    begin = round(log.lines[0].time * 1000) if log.lines else 0
    deltas: list[Json] = []
    before = begin
    for line in log.lines:
        now = round(line.time * 1000)
        deltas.append(now - before)
        before = now
    return {
        "begin": begin,
        "time": deltas,
        "operation": [operations.number(line.operation) for line in log.lines],
        "item": [-1 if line.item is None else line.item for line in log.lines],
        "attempt": [attempts.number(line.attempt) for line in log.lines],
        "stream": [streams.number(line.stream) for line in log.lines],
        "level": [_level(line) for line in log.lines],
        "message": [line.message for line in log.lines],
        "operations": operations.names(),
        "attempts": attempts.names(),
        "streams": streams.names(),
        "evidence": [list(places) for places in evidence_lines(log, errors)],
        "head": log.head,
        "left_out": log.left_out,
    }


def evidence_lines(log: Log, errors: Sequence[ErrorAnalysis]) -> list[list[int]]:
    """For each failure the numbers of the log's lines that are its evidence, as far as they are there."""
    wanted = {(one.operation, piece.text.strip()) for one in errors for piece in one.evidence if piece.place != CAUSE}
    where: dict[tuple[str, str, str], int] = {}
    for number, line in enumerate(log.lines):
        for text in line.message.split("\n"):
            if (line.operation, text.strip()) in wanted:
                where[line.operation, line.attempt, text.strip()] = number
                where[line.operation, "", text.strip()] = number
    return [
        sorted({found for piece in one.evidence if (found := _found(where, one, piece.text.strip())) is not None})
        for one in errors
    ]


def _found(where: dict[tuple[str, str, str], int], one: ErrorAnalysis, text: str) -> int | None:
    return where.get((one.operation, one.attempt, text), where.get((one.operation, "", text)))


def _level(line: LogLine) -> int:
    return _LEVELS.index(line.level.upper()) if line.level.upper() in _LEVELS else 1


class _Names:
    """Numbers for names, in the order in which they come."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}

    def number(self, name: str) -> int:
        return self._numbers.setdefault(name, len(self._numbers))

    def names(self) -> list[Json]:
        return list(self._numbers)
