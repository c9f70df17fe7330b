"""What costs too much in Textual 8, mended from outside; each mend has a test that fails when upstream has it.

A line that is as wide as its place refers to itself, so that only the search for circles lets it go: thousands a second
where a log is followed. What a closed screen drew is kept until a thousand others were closed. And for every line of a
text that is drawn, all its lines are counted.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache

from rich.style import Style as Look
from textual._styles_cache import StylesCache
from textual.color import Color
from textual.document._wrapped_document import WrappedDocument
from textual.strip import Strip
from textual.style import Style

divide, crop_extend, get_inner_outer = Strip.divide, Strip.crop_extend, StylesCache.get_inner_outer  # as they were
height = WrappedDocument.height


def _divide(self: Strip, cuts: Iterable[int]) -> Sequence[Strip]:
    width = self.cell_length
    within = [cut for cut in cuts if cut <= width]
    return [self] if within == [width] else divide(self, within)


def _crop_extend(self: Strip, start: int, end: int, style: Look | None) -> Strip:
    return self if start <= 0 and end == self.cell_length else crop_extend(self, start, end, style)


@lru_cache(1024)
def _inner_outer(base: Color, background: Color) -> tuple[Style, Style]:
    return Style(background=base + background), Style(background=base)


def _get_inner_outer(_: StylesCache, base: Color, background: Color) -> tuple[Style, Style]:
    return _inner_outer(base, background)


def _height(self: WrappedDocument) -> int:
    """A line that is not wrapped is one."""
    return len(self._wrap_offsets) if not self._width else height.__get__(self)


def apply() -> None:
    """Once or more often."""
    Strip.divide = _divide  # type: ignore[method-assign]  # this is how it is mended
    Strip.crop_extend = _crop_extend  # type: ignore[method-assign]  # this is how it is mended
    StylesCache.get_inner_outer = _get_inner_outer  # type: ignore[method-assign,assignment]  # it kept its instances
    WrappedDocument.height = property(_height)  # type: ignore[method-assign,assignment]  # this is how it is mended
