"""Facts with their titles in a column of their own, as wide as the language in use needs it. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bunsui.text import width
from bunsui.text.language import _, mark
from bunsui.text.style import Style

_LONG = (mark("pipeline"), mark("pipelines"), mark("operation"), mark("next try"), mark("went with"))
_LEAST, _MOST = 9, 16


def room() -> int:
    """Columns of a title."""
    return min(max(_LEAST, *(width.columns(_(one)) for one in _LONG)), _MOST)


def titled(title: str, rows: Sequence[str], columns: int, style: Style, colour: str = "") -> Iterator[str]:
    """Safe rows; what is too long is cut."""
    wide = room()
    for number, row in enumerate(rows):
        left = style.dim(width.pad(width.cut(title, wide), wide)) if number == 0 else " " * wide
        yield f"{left} {style.paint(width.cut(row, max(columns - wide - 1, 4)), colour)}"


def wrapped(title: str, text: str, columns: int, style: Style, colour: str = "") -> Iterator[str]:
    """Safe text in as many rows as it takes."""
    yield from titled(title, width.wrap(text, max(columns - room() - 1, 10)), columns, style, colour)
