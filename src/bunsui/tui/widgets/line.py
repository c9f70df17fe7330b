"""A few lines of text in our colours that are not scrolled: headings, notes, what a question is about."""

from __future__ import annotations

from rich.text import Text
from textual.geometry import Size
from textual.widget import Widget

from bunsui.tui.paint import palette


class Line(Widget):
    DEFAULT_CSS = "Line { height: auto; width: 1fr; padding: 0 1; }"

    def __init__(self, *lines: str, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self._lines = lines

    def say(self, *lines: str) -> None:
        """Safe text, as everything that is shown."""
        if lines != self._lines:
            taller = len(lines) != len(self._lines)  # lines are not wrapped: nothing else moves what is around them
            self._lines = lines
            self.refresh(layout=taller)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """Also while they are too long, between a resize and what is said then."""
        return max(len(self._lines), 1)

    @property
    def lines(self) -> tuple[str, ...]:
        return self._lines

    def render(self) -> Text:
        return palette(self.app).text(*self._lines)
