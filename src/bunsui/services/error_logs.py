"""The end of a failed attempt's log, each line with its place: chunk and number. The merged log is in `logs`."""

from __future__ import annotations

from collections.abc import Iterator

from bunsui.analysis.errors.clues import MOST_LINES, PlacedLine
from bunsui.errors import BunsuiError
from bunsui.model.log import attempt_prefix
from bunsui.ports import ObjectStore
from bunsui.services.logs import decode

_MOST_CHUNKS = 20


def last_lines(
    objects: ObjectStore, session: str, operation: str, item: int | None, attempt: str
) -> tuple[PlacedLine, ...]:
    """In order. What cannot be read is left out: an analysis without it is better than none."""
    keys = [key for key in objects.list(attempt_prefix(session, operation, item, attempt)) if key.endswith(".jsonl")]
    found: list[PlacedLine] = []
    for key in reversed(keys[-_MOST_CHUNKS:]):
        found = [*_chunk(objects, key, session), *found]
        if len(found) >= MOST_LINES:
            break
    return tuple(found[-MOST_LINES:])


def _chunk(objects: ObjectStore, key: str, session: str) -> Iterator[PlacedLine]:
    try:
        lines = objects.get(key).split(b"\n")
    except BunsuiError:
        return
    for number, text in enumerate(lines, 1):
        if whole := text.rstrip(b"\0"):
            line = decode(whole, session)
            yield PlacedLine(key, number, line.level, line.stream, line.message)
