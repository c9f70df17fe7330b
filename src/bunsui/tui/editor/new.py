"""Beginning a new pipeline: choose a template, then the folder that it is written to. Nothing is overwritten."""

from __future__ import annotations

import os
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical

from bunsui.services.pipelines.scaffold import PROJECT, TEMPLATES
from bunsui.text import escape, width
from bunsui.text.language import _, mark
from bunsui.tui.editor import jobs
from bunsui.tui.editor.code import Code
from bunsui.tui.editor.messages import Made, Shown
from bunsui.tui.editor.screen import EditorScreen
from bunsui.tui.paint import STYLE
from bunsui.tui.pipelines import drawing
from bunsui.tui.pipelines.addresses import near
from bunsui.tui.screen import View
from bunsui.tui.widgets.asking import Ask
from bunsui.tui.widgets.keybar import KeyBar
from bunsui.tui.widgets.line import Line
from bunsui.tui.widgets.sheet import Page, Rows

_EMPTY = "empty"
_FIRST = "version: 1\nname: \noperations:\n"


class NewScreen(View):
    TITLE = "new pipeline"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "app.up", mark("back"), id="new.leave"),
    ]
    DEFAULT_CSS = """
    NewScreen Horizontal { height: 1fr; }
    NewScreen Rows { width: 44%; }
    NewScreen #shown { width: 1fr; border-left: solid $panel; }
    NewScreen #graph { height: auto; max-height: 60%; margin-bottom: 1; }
    NewScreen #note { height: 1; }
    """

    def __init__(self, folder: str = "") -> None:
        super().__init__()
        self._folder = folder or "."
        self._about = {
            **{name: _(about) for name, about in TEMPLATES.items()},
            _EMPTY: _("nothing yet: write it yourself"),
        }
        self._shown: Shown | None = None
        self._template = ""

    def compose(self) -> ComposeResult:
        yield Line(STYLE.bold(_("a new pipeline")) + "  " + STYLE.dim(_("what should it begin with?")), id="top")
        with Horizontal():
            yield Rows(self._draw, id="templates", enter=mark("begin"))
            with Vertical(id="shown"):
                yield Page(id="graph")
                yield Code(read_only=True, id="text")
        yield Line(id="note")
        yield KeyBar()

    def on_mount(self) -> None:
        rows = self.query_one(Rows)
        rows.focus()
        rows.fill(list(self._about))

    def _draw(self, key: str, columns: int) -> str:
        return f"{STYLE.bold(width.pad(key, 9))} {STYLE.dim(width.cut(self._about[key], max(columns - 10, 0)))}"

    def on_rows_moved(self, event: Rows.Moved) -> None:
        event.stop()
        self._template = event.key
        self._tell()
        if event.key == _EMPTY:
            self._show(_FIRST)
        else:
            self.loader.read(self, "shown", jobs.shown(lambda: self._template))

    def on_shown(self, told: Shown) -> None:
        if told.template == self._template:
            self._show(told.text)

    def _show(self, text: str) -> None:
        page, code = self.query_one("#graph", Page), self.query_one("#text", Code)
        lines = drawing.graph(drawing.nodes(None, text), max(self.query_one("#shown").size.width - 4, 20))
        page.show(lines)
        page.styles.height = min(len(lines), self.size.height // 2)
        code.load_text(text)

    def _tell(self) -> None:
        command = f"bunsui init DIR --template {self._template}" if self._template != PROJECT else "bunsui init DIR"
        text = _("Enter opens the editor; ^s there writes a file") if self._template == _EMPTY else command
        self.query_one("#note", Line).say(STYLE.dim(text))

    def on_rows_chosen(self, event: Rows.Chosen) -> None:
        event.stop()
        if event.key == _EMPTY:
            self.app.switch_screen(EditorScreen(text=_FIRST))
            return
        about = [STYLE.dim(_("It is made if it is not there. The pipeline is named after it; nothing is overwritten."))]
        here = near(self._folder)
        value = "" if here == "." else here + os.sep
        title = _("into which folder?")
        self.app.push_screen(Ask(title, about, value=value, hint="my-pipeline"), self._make)

    def _make(self, folder: str | None) -> None:
        if folder and folder.strip():
            self.loader.do(self, "make", jobs.made(folder.strip(), self._template))

    def on_made(self, told: Made) -> None:
        self.notify(_("written: {path}").format(path=escape.line(told.path)), markup=False)
        self.app.switch_screen(EditorScreen(told.path))
