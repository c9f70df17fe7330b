"""The settings of the interface, to be read: they are written in a file. What is said of them is in `lines`."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from bunsui.text.language import _, mark
from bunsui.tui.paint import STYLE
from bunsui.tui.screen import View
from bunsui.tui.settings import lines
from bunsui.tui.widgets.keybar import KeyBar
from bunsui.tui.widgets.line import Line
from bunsui.tui.widgets.sheet import Page


class SettingsScreen(View):
    TITLE = mark("settings")
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "app.up", mark("back"), id="settings.back")]
    DEFAULT_CSS = "SettingsScreen Page { height: 1fr; }"

    def compose(self) -> ComposeResult:
        yield Line(id="top")
        yield Page()
        yield KeyBar()

    def on_mount(self) -> None:
        self.query_one(Page).focus()

    def on_resize(self) -> None:
        choices = self.bunsui.choices
        self.query_one("#top", Line).say(STYLE.bold(_("settings")))
        file = str(choices.file or "tui.toml")
        shown = lines.lines(file, choices.problems, self.bunsui.bound, choices.keymap, self.size.width - 4)
        self.query_one(Page).show(list(shown))

    def copyable(self) -> dict[str, str]:
        file = self.bunsui.choices.file
        return {_("file"): str(file)} if file else {}
