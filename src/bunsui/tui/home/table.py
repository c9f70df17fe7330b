"""The rows of the home screen: a list with a cursor in which rows can be marked. What is in them is drawn elsewhere."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import Binding, BindingType

from bunsui.text.language import mark
from bunsui.tui.widgets.sheet import Rows


class SessionRows(Rows):
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space", "screen.mark", mark("mark"), show=False, id="home.mark", tooltip=mark("mark, or unmark")),
    ]

    @property
    def seen(self) -> tuple[str, ...]:
        """The rows on the screen."""
        top = int(self.scroll_offset.y)
        return tuple(self.keys[top : top + max(self.size.height, 1)])
