"""A few lines at the bottom of the terminal that are redrawn in place; text above them scrolls away as usual."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TextIO

from bunsui.text import width

_UP = "\x1b[{}A"
_CLEAR_LINE = "\x1b[K"
_CLEAR_BELOW = "\x1b[J"
_COLOUR = re.compile("\x1b\\[[0-9;]*m")


class Screen:
    """Each `show` replaces what the last one drew. Lines must be narrower than the terminal."""

    def __init__(self, stream: TextIO) -> None:
        self.stream = stream
        self.shown: list[str] = []
        self.columns = 0

    def show(self, lines: Sequence[str], columns: int) -> None:
        """`columns` is the terminal's width now: one that became narrower has broken the lines that stand there."""
        if list(lines) == self.shown and columns == self.columns:
            return
        resized = columns != self.columns
        text = self._back(columns) + (_CLEAR_BELOW if resized else "")
        text += "".join(f"{line}{_CLEAR_LINE}\n" for line in lines)
        self._write(text + (_CLEAR_BELOW if len(lines) < len(self.shown) else ""))
        self.shown, self.columns = list(lines), columns

    def keep(self) -> None:
        """Leave what is shown where it is, and go on below it."""
        self.shown = []

    def _back(self, columns: int) -> str:
        rows = sum(_rows(line, columns) for line in self.shown)
        return "\r" + (_UP.format(rows) if rows else "")

    def _write(self, text: str) -> None:
        self.stream.write(text)
        self.stream.flush()


def _rows(line: str, columns: int) -> int:
    return max(1, -(-width.columns(_COLOUR.sub("", line)) // columns))
