"""From text with the colours of `bunsui.text` to what Textual draws, in the colours of the theme.

The text has gone through `escape`: the only escape sequences in it are colours of our own. No markup is read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from rich.color import Color
from rich.segment import Segment
from rich.style import Style as Look
from rich.text import Text
from textual.app import App

from bunsui.text.style import Style
from bunsui.tui.steady import steady

STYLE = Style(colour=True)
_CODE = re.compile("\x1b\\[([0-9;]*)m")
_COLOURS = {"31": "error", "32": "success", "33": "warning", "34": "primary", "36": "secondary"}


class Palette:
    """The colours of a theme, by the codes of `bunsui.text.style`."""

    def __init__(self, colours: dict[str, str]) -> None:
        self._colours = colours

    @lru_cache(maxsize=64)  # noqa: B019 - a palette lives as long as its theme
    def look(self, codes: str) -> Look:
        found = codes.split(";")
        name = next((_COLOURS[code] for code in found if code in _COLOURS), None)
        dim = "2" in found
        colour = self._colours["muted"] if dim else self._colours[name] if name else self._colours["foreground"]
        return Look(color=Color.parse(colour), bold="1" in found, reverse="7" in found or None)

    def segments(self, line: str) -> Iterator[Segment]:
        plain = self.look("")
        look, start = plain, 0
        for code in _CODE.finditer(line):
            if code.start() > start:
                yield Segment(steady(line[start : code.start()]), look)
            look = plain if code[1] in ("", "0") else self.look(code[1])
            start = code.end()
        if start < len(line):
            yield Segment(steady(line[start:]), look)

    def text(self, *lines: str) -> Text:
        """For widgets that take a renderable."""
        whole = Text(no_wrap=True, overflow="crop", end="")
        for number, line in enumerate(lines):
            if number:
                whole.append("\n")
            for segment in self.segments(line):
                whole.append(segment.text, segment.style)
        return whole


def palette(app: App[object]) -> Palette:
    return _palette(tuple((name, _hex(app, name)) for name in (*_COLOURS.values(), "foreground", "background")))


def _hex(app: App[object], name: str) -> str:
    """Themes of the terminal's own colours name them: ansi_blue."""
    value = app.theme_variables[name]
    return value.removeprefix("ansi_") if value.startswith("ansi_") else value[:7]


@lru_cache(maxsize=32)
def _palette(colours: tuple[tuple[str, str], ...]) -> Palette:
    found = dict(colours)
    found["muted"] = _between(found["foreground"], found["background"], 0.42)
    return Palette(found)


def _between(one: str, other: str, share: float) -> str:
    if not (one.startswith("#") and other.startswith("#")):
        return "bright_black"
    mixed = (round(int(one[at : at + 2], 16) * (1 - share) + int(other[at : at + 2], 16) * share) for at in (1, 3, 5))
    return "#" + "".join(f"{value:02x}" for value in mixed)
