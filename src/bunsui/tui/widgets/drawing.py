"""A DAG on the screen: boxes that a cursor goes through with keys or mouse, what is marked stays in sight.

Where boxes stand is decided in `bunsui.text.graph.chart`, how each looks by whoever shows it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.events import Click, Resize
from textual.geometry import Region, Size
from textual.message import Message
from textual.strip import Strip

from bunsui.text.graph.chart import Box, Chart, Face
from bunsui.text.language import mark
from bunsui.tui.paint import STYLE, palette
from bunsui.tui.widgets.sheet import Sheet

Look = Callable[[Box, bool], Face]  # of a box, and whether it is marked
Linked = Callable[[str, int], Sequence[str]]  # of a name: what it leads to (1), or comes from (-1)


class Drawing(Sheet):
    """A chart with a marked box, which stays in sight."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("h,left", "beside(-1)", mark("left"), show=False, id="graph.left"),
        Binding("l,right", "beside(1)", mark("right"), show=False, id="graph.right"),
        Binding("j,down", "beyond(1)", mark("down"), show=False, id="graph.down"),
        Binding("k,up", "beyond(-1)", mark("up"), show=False, id="graph.up"),
        Binding("g,home", "first", mark("first"), show=False, id="graph.first"),
        Binding("G,end", "last", mark("last"), show=False, id="graph.last"),
        Binding("space,ctrl+d,pagedown", "page_down", mark("page down"), show=False, id="graph.page-down"),
        Binding("b,ctrl+u,pageup", "page_up", mark("page up"), show=False, id="graph.page-up"),
        Binding("enter", "choose", mark("its log"), id="graph.log"),
    ]
    DEFAULT_CSS = "Drawing { padding: 0 1; scrollbar-size-vertical: 1; scrollbar-size-horizontal: 1; }"

    class Moved(Message):
        """Another box is marked."""

    class Chosen(Message):
        pass

    def __init__(self, id: str) -> None:
        super().__init__(id=id)
        self.chart: Chart | None = None
        self.marked: str | None = None
        self._look: Look | None = None
        self._linked: Linked = lambda name, by: ()

    def lay(self, drawn: Chart) -> None:
        self.chart = drawn
        self.virtual_size = Size(drawn.width, len(drawn.lines))
        if self.marked not in drawn.boxes:
            self.marked = next(iter(drawn.boxes), None)
        self.refresh()
        self.call_after_refresh(self._reveal)

    def look(self, look: Look, linked: Linked) -> None:
        """How each box looks now (and if it is marked), and the boxes that it leads to and comes from."""
        self._look, self._linked = look, linked
        self.redraw()

    def go(self, name: str) -> None:
        if self.chart is not None and name in self.chart.boxes:
            self.marked = name
            self._reveal()
            self.redraw()
            self.post_message(self.Moved())

    def drawing(self, number: int) -> str:
        look = self._look
        if self.chart is None or look is None or number >= len(self.chart.lines):
            return ""
        return self.chart.line(number, lambda box: look(box, box.name == self.marked), _painted)

    def strip(self, number: int) -> Strip:
        left, room = self.scroll_offset.x, self.scrollable_content_region.width
        strip = Strip(palette(self.app).segments(self.drawing(number)))
        return strip.crop(left, left + room).extend_cell_length(room).apply_style(self.rich_style)

    def _reveal(self) -> None:
        """With some of what is around it."""
        if self.chart is not None and self.marked is not None:
            box = self.chart.boxes[self.marked]
            around = Region(box.x, box.y, box.width, 3).grow((2, 4, 2, 4))
            self.scroll_to_region(around, animate=False, immediate=True)

    def on_resize(self, _: Resize) -> None:
        self._reveal()

    def action_beside(self, by: int) -> None:
        if self.chart is not None and self.marked is not None:
            self.go(self.chart.beside(self.marked, by))

    def action_beyond(self, by: int) -> None:
        if self.chart is not None and self.marked is not None:
            self.go(self.chart.beyond(self.marked, by, self._linked(self.marked, by)))

    def action_first(self) -> None:
        if self.chart is not None and self.chart.boxes:
            self.go(min(self.chart.boxes.values(), key=lambda box: (box.y, box.x)).name)

    def action_last(self) -> None:
        if self.chart is not None and self.chart.boxes:
            self.go(max(self.chart.boxes.values(), key=lambda box: (box.y, box.x)).name)

    def action_choose(self) -> None:
        self.post_message(self.Chosen())

    def on_click(self, event: Click) -> None:
        left, top = self.scroll_offset
        found = (
            self.chart.at(event.x - self.gutter.left + left, event.y - self.gutter.top + top) if self.chart else None
        )
        if found is not None:
            again = found == self.marked and event.chain > 1
            self.go(found)
            if again:
                self.action_choose()


def _painted(text: str, style: str) -> str:
    return STYLE.dim(text) if style == "line" else STYLE.paint(text, style)
