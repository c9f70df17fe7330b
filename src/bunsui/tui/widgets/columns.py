"""Columns of a list: how wide each is in the room there is, which are left out where it is narrow, and their lines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from bunsui.text import width
from bunsui.text.language import _
from bunsui.text.style import Style

_GAP = 2


@dataclass(frozen=True, slots=True)
class Column:
    """At least `room` columns wide, and of what is left over its `share`; shown from a whole width of `least` on."""

    head: str
    room: int
    share: int = 0
    right: bool = False
    least: int = 0
    middle: bool = False  # what is too long loses its middle


Columns = tuple[Column, ...]


@lru_cache(maxsize=64)
def _sizes(columns: Columns, total: int) -> tuple[int, ...]:
    """Of each its width; 0: it is left out."""
    shown = [one for one in columns if total >= one.least]
    left = max(total - sum(one.room + _GAP for one in shown) + _GAP, 0)
    shares = sum(one.share for one in shown) or 1
    return tuple(one.room + left * one.share // shares if total >= one.least else 0 for one in columns)


def head(columns: Columns, total: int, style: Style) -> str:
    heads = [_(one.head) if one.head else "" for one in columns]
    return style.dim(width.cut(line(columns, total, heads, style), total))


def line(columns: Columns, total: int, texts: Sequence[str], style: Style, colours: Sequence[str] = ()) -> str:
    """Safe texts, one a column, each in its colour."""
    cells: list[str] = []
    for number, (column, size) in enumerate(zip(columns, _sizes(columns, total), strict=True)):
        if size:
            cut = width.cut_middle if column.middle else width.cut
            text = width.pad(cut(texts[number], size), size, right=column.right)
            cells.append(style.paint(text, colours[number] if number < len(colours) else ""))
    return (" " * _GAP).join(cells)
