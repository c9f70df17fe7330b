"""A sheet of characters on which boxes and lines are drawn, in Unicode or in ASCII."""

from __future__ import annotations

from collections.abc import Callable

from bunsui.text import width

NORTH, EAST, SOUTH, WEST = 1, 2, 4, 8

_UNICODE = " ╵╶└╷│┌├╴┘─┴┐┤┬┼"
_ASCII = " |-+||++-+-+++++"


class Canvas:
    """Cells by (column, row). Lines are kept as directions until they are rendered, so that they join."""

    def __init__(self, *, unicode: bool) -> None:
        self.unicode = unicode
        self.lines: dict[tuple[int, int], tuple[int, object]] = {}  # directions, and whose line it is
        self.texts: dict[tuple[int, int], tuple[str, str]] = {}  # character, style
        self.height = 0

    def vertical(self, x: int, top: int, bottom: int, owner: object) -> None:
        """A line through the rows from `top` to `bottom`, joined to what is above and below it."""
        for y in range(top, bottom + 1):
            self._line(x, y, NORTH | SOUTH, owner)

    def horizontal(self, left: int, right: int, y: int, owner: object) -> None:
        for x in range(left, right + 1):
            self._line(x, y, (EAST if x < right else 0) | (WEST if x > left else 0), owner)

    def stub(self, x: int, y: int, direction: int, owner: object) -> None:
        """Let the line at a cell go on in one more direction."""
        self._line(x, y, direction, owner)

    def box(self, x: int, y: int, wide: int, label: str, style: str) -> None:
        right = x + wide - 1
        for column in range(x + 1, right):
            self._line(column, y, EAST | WEST, self)
            self._line(column, y + 2, EAST | WEST, self)
        for column, row, directions in (
            (x, y, EAST | SOUTH),
            (right, y, WEST | SOUTH),
            (x, y + 2, NORTH | EAST),
            (right, y + 2, NORTH | WEST),
            (x, y + 1, NORTH | SOUTH),
            (right, y + 1, NORTH | SOUTH),
        ):
            self._line(column, row, directions, self)
        room = wide - 2
        self.text(x + 1 + (room - width.columns(label)) // 2, y + 1, label, style)

    def arrow(self, x: int, y: int) -> None:
        """The head of a line that arrives at a box."""
        self.text(x, y, "▼" if self.unicode else "v", "")

    def text(self, x: int, y: int, text: str, style: str) -> None:
        for character in text:
            self.texts[x, y] = (character, style)
            columns = width.columns(character)
            for extra in range(1, columns):
                self.texts[x + extra, y] = ("", style)
            x += columns
        self.height = max(self.height, y + 1)

    def _line(self, x: int, y: int, directions: int, owner: object) -> None:
        self.height = max(self.height, y + 1)
        there, whose = self.lines.get((x, y), (0, owner))
        if whose is not owner and there and owner is not self:
            self.lines[x, y] = (NORTH | SOUTH, whose if there & NORTH and there & SOUTH else owner)
            return
        self.lines[x, y] = (there | directions, whose if there else owner)

    def render(self, paint: Callable[[str, str], str]) -> list[str]:
        """Rows of text; `paint(text, style)` colours labels, and lines as style ``line``."""
        wide = max([x for x, _ in [*self.lines, *self.texts]], default=-1) + 1
        return [self._row(y, wide, paint) for y in range(self.height)]

    def _row(self, y: int, wide: int, paint: Callable[[str, str], str]) -> str:
        glyphs = _UNICODE if self.unicode else _ASCII
        runs: list[tuple[str, str]] = []
        for x in range(wide):
            if (x, y) in self.texts:
                character, style = self.texts[x, y]
            else:
                character, style = glyphs[self.lines.get((x, y), (0, None))[0]], "line"
            if runs and (runs[-1][1] == style or character == " "):
                runs[-1] = (runs[-1][0] + character, runs[-1][1])
            else:
                runs.append((character, style))
        if runs:
            runs[-1] = (runs[-1][0].rstrip(), runs[-1][1])
        return "".join(paint(text, style) for text, style in runs).rstrip()
