"""The end of a failed attempt's log, each line with its place: chunk and number. The merged log is in `logs`."""

from __future__ import annotations

from bunsui.analysis.errors.clues import MOST_LINES, PlacedLine
from bunsui.errors import BunsuiError
from bunsui.model.log import attempt_prefix, folder_of, log_prefix
from bunsui.ports import ObjectStore
from bunsui.services.logs.lines import Placed
from bunsui.services.logs.reader import LogReader


def last_lines(
    objects: ObjectStore, session: str, operation: str, item: int | None, attempt: str
) -> tuple[PlacedLine, ...]:
    """In order. A log that cannot be read is left out, an analysis without it is better than none; a store that does
    not answer at all is told of, and asked again later."""
    folder = folder_of(attempt_prefix(session, operation, item, attempt))
    try:
        return tuple(_line(placed) for placed in LogReader(objects).last(session, folder, MOST_LINES))
    except BunsuiError:
        next(iter(objects.list(log_prefix(session))), None)
        return ()


def _line(placed: Placed) -> PlacedLine:
    line = placed.line
    return PlacedLine(placed.key, placed.number, line.level, line.stream, line.message)
