"""The pane of the graph: boxes that a cursor goes through, the marked one told below; an outline where none fits.

What stands in a box is in `boxes`, where it stands in `bunsui.text.graph.chart`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.events import Click, Resize
from textual.geometry import Region, Size
from textual.message import Message
from textual.strip import Strip
from textual.widgets import ContentSwitcher, Input

from bunsui.analysis.progress import OperationView
from bunsui.text import escape, width
from bunsui.text.graph.chart import Box, Chart, Face, chart
from bunsui.text.language import _, mark
from bunsui.tui.paint import STYLE, palette
from bunsui.tui.session import boxes, detail
from bunsui.tui.session.pane import OpenLog, OpenOperation, Pane, Shown
from bunsui.tui.widgets.line import Line
from bunsui.tui.widgets.sheet import Rows, Sheet

_ZOOMS = (30, 12, 1)  # most columns of a label
_FEWEST = 30  # columns below which nothing is drawn
_MANY = 120  # operations, from which on the boxes are small at first


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
        self._shown: Shown | None = None
        self._operations: Mapping[str, OperationView] = {}

    def lay(self, drawn: Chart) -> None:
        self.chart = drawn
        self.virtual_size = Size(drawn.width, len(drawn.lines))
        if self.marked not in drawn.boxes:
            self.marked = next(iter(drawn.boxes), None)
        self.refresh()
        self.call_after_refresh(self._reveal)

    def look(self, shown: Shown) -> None:
        self._shown, self._operations = shown, {one.name: one for one in shown.view.operations}
        self.redraw()

    def go(self, name: str) -> None:
        if self.chart is not None and name in self.chart.boxes:
            self.marked = name
            self._reveal()
            self.redraw()
            self.post_message(self.Moved())

    def drawing(self, number: int) -> str:
        if self.chart is None or self._shown is None or number >= len(self.chart.lines):
            return ""
        return self.chart.line(number, self._face, _painted)

    def strip(self, number: int) -> Strip:
        left, room = self.scroll_offset.x, self.scrollable_content_region.width
        strip = Strip(palette(self.app).segments(self.drawing(number)))
        return strip.crop(left, left + room).extend_cell_length(room).apply_style(self.rich_style)

    def _face(self, box: Box) -> Face:
        one = self._operations.get(box.name)
        if one is None or self._shown is None:
            return Face("?", escape.line(box.name), "dim", "dim")
        return boxes.face(box, one, self._shown.view, STYLE, marked=box.name == self.marked)

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
            self.go(self.chart.beyond(self.marked, by, self._linked(by)))

    def _linked(self, by: int) -> list[str]:
        here = self._operations.get(self.marked or "")
        if here is None:
            return []
        return [one.name for one in self._operations.values() if here.name in one.needs] if by > 0 else [*here.needs]

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


class GraphPane(Pane):
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("slash", "find", mark("find"), key_display="/", id="graph.find"),
        Binding("z", "zoom", mark("zoom"), tooltip=mark("long names, short names, glyphs"), id="graph.zoom"),
        Binding("o", "outline", mark("outline"), id="graph.outline"),
        Binding("i", "inspect", mark("detail"), show=False, tooltip=mark("all of the operation"), id="graph.detail"),
        Binding("n", "next(1)", mark("next found"), show=False, id="graph.next"),
        Binding("N", "next(-1)", mark("found before"), show=False, id="graph.before"),
        Binding("exclamation_mark", "failed", mark("next failure"), show=False, key_display="!", id="graph.failed"),
    ]
    DEFAULT_CSS = """
    GraphPane ContentSwitcher { height: 1fr; }
    GraphPane #graph-find { display: none; height: 1; border: none; padding: 0 1; background: $panel; }
    GraphPane #graph-find:focus { border: none; }
    GraphPane #told { height: auto; max-height: 6; border-top: solid $panel; }
    """

    def __init__(self, id: str) -> None:
        super().__init__(id=id)
        self._laid: tuple[object, ...] = ()
        self._zoom: int | None = None
        self._listed = False  # because somebody wants the outline
        self._lines: Mapping[str, str] = {}
        self._text = ""

    def compose(self) -> ComposeResult:
        yield Input(placeholder=_("an operation"), id="graph-find")
        with ContentSwitcher(initial="drawing"):
            yield Drawing(id="drawing")
            yield Rows(self._row, id="outline")
        yield Line(id="told")

    def draw(self, shown: Shown) -> None:
        wide = self.size.width - 3
        if wide <= 0:
            return
        if self._zoom is None:
            self._zoom = 0 if len(shown.top) < _MANY else 1
        key = (boxes.layout_of(shown.top), wide, self._zoom, self._listed)
        if key != self._laid:
            self._laid = key
            self._lay(shown, wide)
        if self._is_listed:
            self._lines = boxes.outline(shown.top, STYLE)
            self._rows.fill([*self._lines])
        self._drawing.look(shown)
        self._tell()

    def _lay(self, shown: Shown, wide: int) -> None:
        most = _ZOOMS[self._zoom or 0]
        able = shown.top and wide >= _FEWEST and not self._listed
        drawn = chart(boxes.nodes(shown.top, STYLE), wide, most) if able else None
        if drawn is not None:
            self._drawing.lay(drawn)
        self.query_one(ContentSwitcher).current = "drawing" if drawn is not None else "outline"
        if self.has_focus_within:
            self.front.focus()

    @property
    def _is_listed(self) -> bool:
        return self.query_one(ContentSwitcher).current == "outline"

    @property
    def _drawing(self) -> Drawing:
        return self.query_one(Drawing)

    @property
    def _rows(self) -> Rows:
        return self.query_one("#outline", Rows)

    @property
    def front(self) -> Drawing | Rows:
        return self._rows if self._is_listed else self._drawing

    @property
    def marked(self) -> str | None:
        return self._rows.key if self._is_listed else self._drawing.marked

    def mark(self, operation: str) -> None:
        top = operation.partition(".")[0]
        self._drawing.marked = top
        self._drawing.go(top)
        if top in self._rows.keys:
            self._rows.go(list(self._rows.keys).index(top))

    def copyable(self) -> Mapping[str, str]:
        return {_("operation"): self.marked} if self.marked else {}

    def _row(self, name: str, columns: int) -> str:
        one = self.shown.operation(name) if self.shown else None
        if one is None:
            return ""
        text = width.cut(self._lines.get(name, ""), columns - 2)
        return f"{STYLE.status(one.status, STYLE.glyph(one.status))} {text}"

    def _tell(self) -> None:
        if self.shown is None or self.marked is None:
            self.query_one("#told", Line).say(STYLE.dim(_("Nothing is known of its operations yet.")))
            return
        self.query_one("#told", Line).say(*detail.summary(self.shown, self.marked, self.size.width - 2, STYLE))

    def on_resize(self) -> None:
        if self.shown is not None:
            self.draw(self.shown)

    def on_drawing_moved(self, event: Drawing.Moved) -> None:
        event.stop()
        self._tell()

    def on_rows_moved(self, event: Rows.Moved) -> None:
        event.stop()
        self._tell()

    def on_drawing_chosen(self, event: Drawing.Chosen) -> None:
        event.stop()
        self._open_log()

    def on_rows_chosen(self, event: Rows.Chosen) -> None:
        event.stop()
        self._open_log()

    def _open_log(self) -> None:
        if self.marked:
            self.post_message(OpenLog(self.marked))

    def action_inspect(self) -> None:
        if self.marked:
            self.post_message(OpenOperation(self.marked))

    def action_zoom(self) -> None:
        self._zoom = ((self._zoom or 0) + 1) % len(_ZOOMS)
        self._listed = False
        self._again()

    def action_outline(self) -> None:
        self._listed = not self._listed
        at = self.marked
        self._again()
        if at:
            self.mark(at)

    def _again(self) -> None:
        if self.shown is not None:
            self.draw(self.shown)

    # Finding

    def action_find(self) -> None:
        line = self.query_one("#graph-find", Input)
        line.display = True
        line.focus()

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        self._text = event.value.lower()
        found = self._found()
        if found and self.marked not in found:
            self.mark(found[0])

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.query_one("#graph-find", Input).display = False
        self.front.focus()

    def leave(self) -> bool:
        """Whether there was something to leave."""
        line = self.query_one("#graph-find", Input)
        if not line.display:
            return False
        line.display, line.value = False, ""
        self.front.focus()
        return True

    def _found(self) -> list[str]:
        names = [one.name for one in self.shown.top] if self.shown else []
        return [name for name in names if self._text and self._text in name.lower()]

    def action_next(self, by: int) -> None:
        self._to(self._found(), by)

    def action_failed(self) -> None:
        self._to([one.name for one in self.shown.top if one.status in ("FAILED", "RETRYING")] if self.shown else [], 1)

    def _to(self, found: list[str], by: int) -> None:
        if found:
            at = found.index(self.marked) + by if self.marked in found else 0
            self.mark(found[at % len(found)])
