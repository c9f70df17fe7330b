"""A line of several colours that has to fit: parts are cut as one text, and coloured last."""

from __future__ import annotations

from collections.abc import Sequence

from bunsui.text import width
from bunsui.text.style import Style

Part = tuple[str, str]  # safe text, and the name of its style


def columns_of(parts: Sequence[Part]) -> int:
    return sum(width.columns(text) for text, _ in parts)


def fitted(parts: Sequence[Part], columns: int, style: Style) -> str:
    """At most `columns` wide; where something is missing, the last column says so."""
    if columns_of(parts) <= columns:
        return "".join(style.paint(text, paint) for text, paint in parts)
    done, left = list[str](), columns - width.columns(style.ellipsis)
    for text, paint in parts:
        size = width.columns(text)
        done.append(style.paint(text if size <= left else width.cut(text, max(left, 0), ""), paint))
        left -= size
        if left <= 0:
            done.append(style.paint(style.ellipsis if columns > 0 else "", paint))
            break
    return "".join(done)
