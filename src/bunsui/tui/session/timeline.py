"""The pane of the timeline: a chart over time that can be made larger, gone along, and opened at an operation.

The lines are drawn in `bars`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from bunsui.analysis.gantt import Track, gantt
from bunsui.text.language import _, mark
from bunsui.tui.paint import STYLE
from bunsui.tui.session import bars
from bunsui.tui.session.pane import OpenLog, OpenOperation, Pane, Shown
from bunsui.tui.widgets.line import Line
from bunsui.tui.widgets.sheet import Rows

_LARGEST = 1024.0


class TimelinePane(Pane):
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("plus,equals_sign", "zoom(2)", mark("larger"), key_display="+", id="timeline.larger"),
        Binding("minus", "zoom(-2)", mark("smaller"), key_display="-", show=False, id="timeline.smaller"),
        Binding("0", "fit", mark("all of it"), show=False, id="timeline.fit"),
        Binding("h,left", "shift(-1)", mark("earlier"), show=False, id="timeline.earlier"),
        Binding("l,right", "shift(1)", mark("later"), show=False, id="timeline.later"),
        Binding("i", "inspect", mark("detail"), show=False, tooltip=mark("all of the operation"), id="timeline.detail"),
    ]
    DEFAULT_CSS = """
    TimelinePane #scale { height: 2; }
    TimelinePane Rows { height: 1fr; }
    TimelinePane #told { border-top: solid $panel; }
    """

    def __init__(self, id: str) -> None:
        super().__init__(id=id)
        self._zoom, self._at = 1.0, 0.0
        self._wanted: str | None = None  # to be marked once it is there
        self._sheet: bars.Sheet | None = None
        self._tracks: Mapping[str, Track] = {}

    def compose(self) -> ComposeResult:
        yield Line(id="scale")
        yield Rows(self._row, id="bars", enter=mark("its log"))
        yield Line(STYLE.dim(_("Nothing has started yet.")), id="told")

    def draw(self, shown: Shown) -> None:
        chart = gantt(shown.run.operations, shown.now) if shown.run else None
        columns = self.size.width - 3
        if chart is None or columns < 20:
            return
        self._sheet = bars.Sheet.of(chart, columns, self._zoom, self._at)
        self._tracks = {track.view.name: track for track in chart.tracks}
        rows = self.front
        names = list(self._tracks)
        rows.fill(names, self._wanted) if list(rows.keys) != names else rows.redraw()
        self._wanted = None
        self.query_one("#scale", Line).say(*bars.ticks(self._sheet, STYLE))
        self._tell()

    def _tell(self) -> None:
        if self._sheet is not None:
            track = self._tracks.get(self.marked or "")
            self.query_one("#told", Line).say(*bars.told(self._sheet, track, self.size.width - 2, STYLE))

    @property
    def front(self) -> Rows:
        return self.query_one(Rows)

    @property
    def marked(self) -> str | None:
        return self.front.key

    def mark(self, operation: str) -> None:
        self._wanted = None if operation in self.front.keys else operation
        if operation in self.front.keys:
            self.front.go(list(self.front.keys).index(operation))

    def copyable(self) -> Mapping[str, str]:
        return {_("operation"): self.marked} if self.marked else {}

    def _row(self, name: str, columns: int) -> str:
        track = self._tracks.get(name)
        return bars.line(self._sheet, track, columns, STYLE) if self._sheet and track else ""

    def on_rows_moved(self, event: Rows.Moved) -> None:
        event.stop()
        self._tell()

    def on_rows_chosen(self, event: Rows.Chosen) -> None:
        event.stop()
        self.post_message(OpenLog(event.key))

    def action_inspect(self) -> None:
        if self.marked:
            self.post_message(OpenOperation(self.marked))

    def action_zoom(self, by: float) -> None:
        """Around the marked operation's beginning, so that it stays in sight."""
        new = min(max(self._zoom * (by if by > 0 else -1 / by), 1.0), _LARGEST)
        track = self._tracks.get(self.marked or "")
        if self._sheet is not None and track is not None:
            chart = self._sheet.chart
            share = ((track.view.started or chart.begin) - chart.begin) / (chart.end - chart.begin)
            self._at = share - 0.15 / new
        self._zoom = new
        self._keep()

    def action_fit(self) -> None:
        self._zoom, self._at = 1.0, 0.0
        self.again()

    def action_shift(self, by: int) -> None:
        self._at += by * 0.25 / self._zoom
        self._keep()

    def _keep(self) -> None:
        self._at = min(max(self._at, 0.0), 1 - 1 / self._zoom)
        self.again()
