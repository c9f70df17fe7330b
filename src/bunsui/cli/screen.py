"""A few lines at the bottom of the terminal that are redrawn in place; text above them scrolls away as usual."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TextIO

_UP = "\x1b[{}A"
_CLEAR_LINE = "\x1b[K"
_CLEAR_BELOW = "\x1b[J"


class Screen:
    """Each `show` replaces what the last one drew. Lines must be narrower than the terminal."""

    def __init__(self, stream: TextIO) -> None:
        self.stream = stream
        self.shown: list[str] = []

    def show(self, lines: Sequence[str]) -> None:
        if list(lines) == self.shown:
            return
        text = self._back() + "".join(f"{line}{_CLEAR_LINE}\n" for line in lines)
        self._write(text + (_CLEAR_BELOW if len(lines) < len(self.shown) else ""))
        self.shown = list(lines)

    def keep(self) -> None:
        """Leave what is shown where it is, and go on below it."""
        self.shown = []

    def clear(self) -> None:
        self._write(self._back() + _CLEAR_BELOW)
        self.shown = []

    def _back(self) -> str:
        return "\r" + (_UP.format(len(self.shown)) if self.shown else "")

    def _write(self, text: str) -> None:
        self.stream.write(text)
        self.stream.flush()
