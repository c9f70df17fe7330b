"""The names of a screen's panes in a line, the one in front underlined; a click goes to one.

Two lines that are drawn by themselves: a pane is changed by one paint, which Textual's widget of many parts needs three
for.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual.events import Click, Leave, MouseMove
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from bunsui.text import width
from bunsui.tui.steady import steady

_BAR, _BEFORE, _BEHIND = "━", "╸", "╺"


class Tabs(Widget):
    COMPONENT_CLASSES: ClassVar[set[str]] = {"tabs--other", "tabs--front", "tabs--bar", "tabs--line"}
    DEFAULT_CSS = """
    Tabs { height: 2; width: 100%; }
    Tabs > .tabs--front { color: $foreground; }
    Tabs > .tabs--other { color: $foreground 50%; }
    Tabs > .tabs--bar { color: $block-cursor-background; }
    Tabs > .tabs--line { color: $foreground 10%; }
    Tabs:ansi > .tabs--front { text-style: bold; }
    Tabs:ansi > .tabs--other { text-style: dim; }
    Tabs:ansi > .tabs--line { color: $border-blurred; }
    """

    class Chosen(Message):
        def __init__(self, name: str) -> None:
            super().__init__()
            self.name = name

    def __init__(self, labels: Mapping[str, str], front: str) -> None:
        """`labels`: what is shown, by name."""
        super().__init__()
        self.labels, self.front = dict(labels), front
        self._below = ""  # the mouse

    def turn(self, front: str) -> None:
        if front != self.front:
            self.front = front
            self.refresh()

    def relabel(self, labels: Mapping[str, str]) -> None:
        self.labels = dict(labels)
        self.refresh()

    def render_line(self, y: int) -> Strip:
        left, room = self._left, self.size.width
        strip = Strip([*(self._names() if y == 0 else self._line())])
        return strip.crop(left, left + room).extend_cell_length(room).apply_style(self.rich_style)

    def _names(self) -> list[Segment]:
        front, other = self._look("front"), self._look("other")
        bright, blank = (self.front, self._below), Segment(" ")
        named = ((steady(label), front if name in bright else other) for name, label in self.labels.items())
        return [part for text, look in named for part in (blank, Segment(text, look), blank)]

    def _line(self) -> list[Segment]:
        start, end = self._places()[self.front]
        line, bar = self._look("line"), self._look("bar")
        rest = max(self._left + self.size.width - end - 1, 0)
        return [
            Segment(_BAR * (start - 1) + _BEFORE, line),
            Segment(_BAR * (end - start), bar),
            Segment(_BEHIND + _BAR * rest, line),
        ]

    def _look(self, part: str) -> Style:
        styles = self.get_component_styles(f"tabs--{part}")
        colour = self.background_colors[1] + styles.color
        return Style.from_color(colour.rich_color) + styles.text_style

    def _places(self) -> dict[str, tuple[int, int]]:
        """Columns of each, the first and the one after the last, without the blanks around it."""
        found, at = {}, 0
        for name, label in self.labels.items():
            columns = width.columns(label)
            found[name] = (at + 1, at + 1 + columns)
            at += columns + 2
        return found

    @property
    def _left(self) -> int:
        """Columns that are out of sight, where there is no room for all: the one in front is in the middle."""
        places = self._places()
        whole = max(end for _start, end in places.values()) + 1
        start, end = places[self.front]
        return max(min((start + end - self.size.width) // 2, whole - self.size.width), 0)

    def _at(self, x: int) -> str:
        column = x + self._left
        return next((name for name, (start, end) in self._places().items() if start - 1 <= column <= end), "")

    def on_click(self, event: Click) -> None:
        if name := self._at(event.x):
            self.post_message(self.Chosen(name))

    def on_mouse_move(self, event: MouseMove) -> None:
        below = self._at(event.x) if event.y == 0 else ""
        if below != self._below:
            self._below = below
            self.refresh()

    def on_leave(self, _: Leave) -> None:
        self._below = ""
        self.refresh()
