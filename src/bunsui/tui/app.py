"""The app: one loader, the screens and the ways between them, the commands. What a screen shows is in its folder."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import ClassVar

from textual.app import App
from textual.binding import Binding, BindingType
from textual.screen import ModalScreen
from textual.suggester import SuggestFromList

from bunsui.text import escape
from bunsui.tui import themes
from bunsui.tui.commands import COMMANDS, NoCommand, parsed
from bunsui.tui.help import Help
from bunsui.tui.home.screen import Home
from bunsui.tui.loader import Loader
from bunsui.tui.pipelines.screen import PipelineScreen
from bunsui.tui.routes import ROUTES
from bunsui.tui.session.screen import SessionScreen
from bunsui.tui.state import State
from bunsui.tui.widgets.asking import Ask
from bunsui.workspace import Workspace


class BunsuiApp(App[None]):
    TITLE = "bunsui"
    CSS = """
    #top { background: $panel; height: auto; }
    Footer { background: $panel; }
    Toast { max-width: 90%; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("question_mark", "help", "help", key_display="?"),
        Binding("colon", "command", "command", key_display=":"),
        Binding("q", "leave", "quit", show=False, tooltip="quit"),
    ]

    def __init__(self, open_workspace: Callable[[], Workspace], home: Path | None = None) -> None:
        """`home`: where its preferences and its state are; None: nowhere, nothing is kept."""
        super().__init__()
        self.loader = Loader(open_workspace)
        self.state = State(home)
        self.register_theme(themes.DARK)
        self.register_theme(themes.LIGHT)
        self.theme = themes.DARK.name

    def on_mount(self) -> None:
        self.loader.start()
        self.push_screen(Home())

    def on_unmount(self) -> None:
        self.loader.close()

    # Where one can go

    def go(self, route: str, argument: str = "") -> None:
        self.push_screen(ROUTES[route](argument))

    def show_session(self, id: str, pane: str = "") -> None:
        self.push_screen(SessionScreen(id, pane))

    def show_again(self, id: str) -> None:
        """In place of the recover screen: the session, going on."""
        self.pop_screen()
        if isinstance(self.screen, SessionScreen):
            self.screen.again()
        else:
            self.show_session(id)

    def show_pipeline(self, source: str, *, registered: bool = False) -> None:
        self.push_screen(PipelineScreen(source, registered=registered))

    def action_go_home(self) -> None:
        while len(self.screen_stack) > 2:
            self.pop_screen()

    def action_up(self) -> None:
        if len(self.screen_stack) > 2:
            self.pop_screen()

    def action_go(self, route: str, argument: str = "") -> None:
        self.go(route, argument)

    def action_open_session(self, id: str) -> None:
        self.show_session(id)

    def action_load(self, source: str) -> None:
        path = os.path.expanduser(source)
        self.show_pipeline(path if os.path.exists(path) else source, registered=not _is_path(path))

    # Commands

    def action_help(self) -> None:
        if not isinstance(self.screen, ModalScreen):
            self.push_screen(Help(self.screen.active_bindings))

    def action_command(self) -> None:
        if not isinstance(self.screen, ModalScreen):
            names = SuggestFromList([f"{one.name} " if one.argument else one.name for one in COMMANDS])
            self.push_screen(Ask(":", hint="run FILE, pipelines, theme, quit ...", suggester=names), self._command)

    def _command(self, text: str | None) -> None:
        if not text:
            return
        try:
            command, argument = parsed(text)
        except NoCommand as problem:
            self.notify(escape.line(problem), severity="warning", markup=False)
            return
        if command.route:
            self.go(command.route, argument)
            return
        method = getattr(self, f"action_{command.action}")
        if command.argument:
            method(argument)
        else:
            method()

    def action_theme(self, name: str = "") -> None:
        if not name:
            self.search_themes()
        elif name in self.available_themes:
            self.theme = name
        else:
            self.notify(escape.line(f"no theme {name!r}"), severity="warning", markup=False)

    def action_leave(self) -> None:
        self.exit()


def _is_path(source: str) -> bool:
    return os.path.exists(source) or "/" in source or source.endswith((".yaml", ".yml", ".json"))
