"""Aligned columns: cut to the width of a terminal, never cut when the output is no terminal."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bunsui.text import width
from bunsui.text.style import Style

_GAP = 2
_SMALLEST = 8  # a column is not cut below this


@dataclass(frozen=True, slots=True)
class Column:
    """`paint` colours a finished cell by its row's text; `cut` marks columns that may be shortened."""

    title: str
    right: bool = False
    cut: bool = False
    paint: Callable[[str], str] | None = None  # a cell's text -> the name of a style


def table(columns: Sequence[Column], rows: Sequence[Sequence[str]], style: Style, limit: int | None) -> list[str]:
    """Lines of a table whose cells are safe text. `limit` None: as wide as it needs to be."""
    sizes = [
        max([width.columns(column.title), *(width.columns(row[number]) for row in rows)])
        for number, column in enumerate(columns)
    ]
    if limit is not None:
        _shrink(columns, sizes, limit)
    head = _line([column.title for column in columns], columns, sizes)
    return [style.dim(head), *(_row(row, columns, sizes, style) for row in rows)]


def _shrink(columns: Sequence[Column], sizes: list[int], limit: int) -> None:
    """Take from the widest of the columns that may be cut, until the row fits or nothing is left to take."""
    while sum(sizes) + _GAP * (len(sizes) - 1) > limit:
        able = [number for number, column in enumerate(columns) if column.cut and sizes[number] > _SMALLEST]
        if not able:
            return
        sizes[max(able, key=lambda number: sizes[number])] -= 1


def _line(cells: Sequence[str], columns: Sequence[Column], sizes: list[int]) -> str:
    parts = [width.pad(cell, sizes[number], right=columns[number].right) for number, cell in enumerate(cells)]
    return (" " * _GAP).join(parts).rstrip()


def _row(row: Sequence[str], columns: Sequence[Column], sizes: list[int], style: Style) -> str:
    cells = []
    for number, column in enumerate(columns):
        text = width.cut(row[number], sizes[number]) if column.cut else row[number]
        blanks = " " * max(0, sizes[number] - width.columns(text))
        painted = style.paint(text, column.paint(text)) if column.paint else text
        if column.right:
            cells.append(blanks + painted)
        else:
            cells.append(painted + (blanks if number < len(columns) - 1 else ""))
    return (" " * _GAP).join(cells).rstrip()
