"""The small graph beside a way out: which boxes run, which are kept, and what the colours mean."""

from __future__ import annotations

from collections.abc import Sequence

from textual.app import ComposeResult
from textual.containers import Vertical

from bunsui.graph.layers import Node
from bunsui.services.views import SessionView, Way
from bunsui.text import escape
from bunsui.text.graph.chart import Box, Face, chart
from bunsui.tui.paint import STYLE
from bunsui.tui.recover import lines
from bunsui.tui.widgets.drawing import Drawing
from bunsui.tui.widgets.line import Line

_LABEL = 16  # most columns of a label


class SmallGraph(Vertical):
    DEFAULT_CSS = """
    SmallGraph { display: none; height: 50%; border-top: solid $panel; }
    SmallGraph Drawing { height: 1fr; }
    """

    def __init__(self) -> None:
        super().__init__()
        self._laid: tuple[object, ...] = ()

    def compose(self) -> ComposeResult:
        yield Line(id="legend")
        yield Drawing(id="small")

    def show(self, view: SessionView, way: Way | None, columns: int) -> None:
        """Nothing is drawn where there is no way, or where it does not fit."""
        self.display = way is not None and self._lay(view, max(columns, 20))
        if way is None or not self.display:
            return
        self.query_one("#legend", Line).say(lines.legend(way, STYLE))
        small = self.query_one(Drawing)

        def face(box: Box, marked: bool) -> Face:
            return lines.face(box, way, view, STYLE, marked=marked and small.has_focus)

        def linked(name: str, by: int) -> Sequence[str]:
            if by > 0:
                return [one.name for one in view.operations if name in one.needs]
            return next((one.needs for one in view.operations if one.name == name), ())

        small.look(face, linked)

    def _lay(self, view: SessionView, columns: int) -> bool:
        top = [one for one in view.operations if not one.depth]
        key = (tuple((one.name, one.needs) for one in top), columns)
        small = self.query_one(Drawing)
        if key != self._laid:
            self._laid = key
            nodes = [Node(one.name, f"▶ {escape.line(one.name)} 000", one.needs) for one in top]
            small.chart = chart(nodes, columns, _LABEL) if nodes else None
            if small.chart is not None:
                small.lay(small.chart)
        return small.chart is not None
