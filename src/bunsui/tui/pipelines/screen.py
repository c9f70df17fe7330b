"""A pipeline before it runs: its preview with the graph, or its problems with their places. From here it is run."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from bunsui.model.problem import Severity
from bunsui.services.pipelines.views import LoadedConfig, Preview
from bunsui.text import escape, preview, width, words
from bunsui.tui import doing, reading
from bunsui.tui.messages import Done, Failed, Loaded
from bunsui.tui.paint import STYLE
from bunsui.tui.pipelines.form import RunForm
from bunsui.tui.screen import View
from bunsui.tui.widgets.asking import Confirm
from bunsui.tui.widgets.keybar import KeyBar
from bunsui.tui.widgets.line import Line
from bunsui.tui.widgets.sheet import Page


class PipelineScreen(View):
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("x", "run", "run"),
        Binding("u", "again", "read again"),
        Binding("escape", "app.up", "back"),
    ]
    DEFAULT_CSS = "PipelineScreen Page { height: 1fr; }"

    def __init__(self, source: str, *, registered: bool) -> None:
        super().__init__()
        self._source, self._registered = source, registered
        self._preview: Preview | None = None
        self._loaded: Loaded | None = None
        self._typed: Mapping[str, str] = {}

    def compose(self) -> ComposeResult:
        yield Line(f"{STYLE.bold('pipeline')} {escape.line(self._source)}", id="top")
        yield Page()
        yield KeyBar()

    def on_mount(self) -> None:
        self.query_one(Page).focus()
        self.action_again()

    def action_again(self) -> None:
        """Read it anew: it may have been mended meanwhile."""
        self.loader.read(self, "pipeline", reading.loaded(self._source, registered=self._registered))

    def on_loaded(self, told: Loaded) -> None:
        self._loaded, self._preview = told, told.preview
        self._show()

    def on_resize(self) -> None:
        self._show()

    def _show(self) -> None:
        if self._preview is not None:
            state = STYLE.paint(f"{STYLE.glyph('SUCCEEDED')} valid", "green") + "   x runs it"
            lines = list(preview.lines(self._preview, self.size.width - 4, STYLE))
        elif self._loaded is not None and self._loaded.config is not None:
            problems = self._loaded.config.problems
            bad = sum(one.severity is Severity.ERROR for one in problems)
            state = STYLE.paint(f"{STYLE.glyph('FAILED')} {words.counted(bad, 'error')}", "red") + "   u reads it again"
            lines = list(_problems(self._loaded.config, self.size.width - 4))
        else:
            return
        self.query_one("#top", Line).say(f"{STYLE.bold('pipeline')} {escape.line(self._source)}  {state}")
        self.query_one(Page).show(lines)

    def on_failed(self, failed: Failed) -> None:
        """Parameters that do not fit are told in the form, where they are mended."""
        if failed.asked == "run" and failed.problems and self._preview is not None:
            self._ask("\n".join(f"{one.message} {one.hint}" for one in failed.problems))
            return
        super().on_failed(failed)
        for one in failed.problems:
            self.complain(one.message, one.hint)

    def action_run(self) -> None:
        if self._preview is None:
            self.complain("it has problems: mend them, then read it again")
        elif self._preview.pipeline.params:
            self._ask()
        else:
            lines = ["It starts at once.", "", STYLE.dim(escape.line(f"bunsui run {shlex.quote(self._source)}"))]
            title = f"run {escape.line(self._preview.pipeline.name)}?"
            self.app.push_screen(Confirm(title, lines, "run it"), lambda sure: self._run({} if sure else None))

    def _ask(self, problem: str = "") -> None:
        if self._preview is not None:
            pipeline = self._preview.pipeline
            self.app.push_screen(RunForm(pipeline.name, pipeline.params, self._typed, problem), self._run)

    def _run(self, typed: dict[str, str] | None) -> None:
        if typed is not None:
            self._typed = typed
            self.loader.do(self, "run", doing.run(self._source, typed))

    def on_done(self, told: Done) -> None:
        self.bunsui.show_session(told.session.id)


def _problems(config: LoadedConfig, columns: int) -> Iterator[str]:
    """Each with its place, the line that it is in, and what to do."""
    text = config.text.split("\n")
    for one in config.problems:
        tone = "red" if one.severity is Severity.ERROR else "yellow"
        place, *rest = width.wrap(f"{one.place.line}:{one.place.column}  {escape.line(one.message)}", columns)
        yield STYLE.paint(place, f"{tone} bold")
        yield from (f"    {part}" for part in rest)
        if 0 < one.place.line <= len(text):
            before = escape.line(text[one.place.line - 1][: one.place.column - 1])
            yield STYLE.dim(f"    {escape.line(text[one.place.line - 1])}")
            yield STYLE.paint(f"    {' ' * width.columns(before)}▲", tone)
        yield from (f"    {part}" for part in width.wrap(escape.line(one.hint), columns - 4) if part)
        yield ""
