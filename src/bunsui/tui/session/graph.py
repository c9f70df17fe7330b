"""The pane of the graph: boxes that a cursor goes through, the marked one told below; an outline where none fits.

What stands in a box is in `boxes`, where it stands in `bunsui.text.graph.chart`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import ContentSwitcher, Input

from bunsui.text import escape, width
from bunsui.text.graph.chart import Box, Face, chart
from bunsui.text.language import _, mark
from bunsui.tui.paint import STYLE
from bunsui.tui.session import boxes, detail
from bunsui.tui.session.pane import OpenLog, OpenOperation, Pane, Shown
from bunsui.tui.widgets.drawing import Drawing
from bunsui.tui.widgets.field import Field
from bunsui.tui.widgets.line import Line
from bunsui.tui.widgets.sheet import Rows

_ZOOMS = (30, 12, 1)  # most columns of a label
_FEWEST = 30  # columns below which nothing is drawn


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
        yield Field(id="graph-find")
        with ContentSwitcher(initial="drawing"):
            yield Drawing(id="drawing")
            yield Rows(self._row, id="outline", enter=mark("its log"))
        yield Line(id="told")

    def draw(self, shown: Shown) -> None:
        wide = self.size.width - 3
        if wide <= 0:
            return
        if self._zoom is None:
            self._zoom = 0 if len(shown.top) < boxes.MANY else 1
        key = (boxes.layout_of(shown.top), wide, self._zoom, self._listed)
        if key != self._laid:
            self._laid = key
            self._lay(shown, wide)
        if self._is_listed:
            self._lines = boxes.outline(shown.top, STYLE)
            self._rows.fill([*self._lines])
        self._drawing.look(self._face, self._linked)
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

    def _face(self, box: Box, marked: bool) -> Face:
        one = self.shown.operation(box.name) if self.shown else None
        if one is None or self.shown is None:
            return Face("?", escape.line(box.name), "dim", "dim")
        return boxes.face(box, one, self.shown.view, STYLE, marked=marked)

    def _linked(self, name: str, by: int) -> Sequence[str]:
        top = self.shown.top if self.shown else ()
        if by > 0:
            return [one.name for one in top if name in one.needs]
        return next((one.needs for one in top if one.name == name), ())

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
        self.again()

    def action_outline(self) -> None:
        self._listed = not self._listed
        at = self.marked
        self.again()
        if at:
            self.mark(at)

    # Finding

    def action_find(self) -> None:
        line = self.query_one("#graph-find", Input)
        line.placeholder = _("an operation")
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
