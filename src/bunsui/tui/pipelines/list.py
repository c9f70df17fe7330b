"""The list of registered pipelines."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from bunsui.services.pipelines.views import PipelineVersion
from bunsui.text import escape, width, words
from bunsui.tui import reading
from bunsui.tui.messages import Registered
from bunsui.tui.paint import STYLE
from bunsui.tui.screen import View
from bunsui.tui.widgets.asking import Ask
from bunsui.tui.widgets.keybar import KeyBar
from bunsui.tui.widgets.line import Line
from bunsui.tui.widgets.sheet import Rows


class PipelinesScreen(View):
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("o", "load", "load a file"),
        Binding("escape", "app.up", "back"),
    ]
    DEFAULT_CSS = "PipelinesScreen Rows { height: 1fr; } PipelinesScreen #note { height: 1; }"

    def __init__(self) -> None:
        super().__init__()
        self._found: dict[str, PipelineVersion] = {}

    def compose(self) -> ComposeResult:
        yield Line(STYLE.bold("pipelines"), id="top")
        yield Rows(self._draw)
        yield Line(STYLE.dim("looking ..."), id="note")
        yield KeyBar()

    def on_mount(self) -> None:
        self.query_one(Rows).focus()
        self.loader.read(self, "pipelines", reading.pipelines)

    def on_registered(self, told: Registered) -> None:
        self._found = {one.name: one for one in told.pipelines}
        self.query_one(Rows).fill(list(self._found))
        count = words.counted(len(self._found), "registered pipeline")
        none = "No pipeline is registered. o loads a file; bunsui pipeline register FILE registers one."
        self.query_one("#note", Line).say(STYLE.dim(count if self._found else none))

    def _draw(self, key: str, columns: int) -> str:
        one = self._found[key]
        head = f"{width.pad(escape.line(one.name), 28)}  v{one.version:<4} {width.pad(escape.line(one.owner), 10)}  "
        return head + STYLE.dim(width.cut(escape.line(one.description or one.source), max(columns - len(head), 0)))

    def on_rows_chosen(self, event: Rows.Chosen) -> None:
        event.stop()
        self.bunsui.show_pipeline(event.key, registered=True)

    def action_load(self) -> None:
        self.app.push_screen(Ask("load which file?", hint="pipeline.yaml"), self._load)

    def _load(self, path: str | None) -> None:
        if path:
            self.bunsui.show_pipeline(path)
