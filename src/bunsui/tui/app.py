"""The app: the screens and the ways between them. What can be done on every screen is in `everywhere`."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path

from bunsui.tui.contexts.places import Places
from bunsui.tui.everywhere import Everywhere
from bunsui.tui.home.screen import Home
from bunsui.tui.messages import Known
from bunsui.tui.pipelines.screen import PipelineScreen
from bunsui.tui.routes import ROUTES
from bunsui.tui.screen import View
from bunsui.tui.session.screen import SessionScreen
from bunsui.tui.tour.card import Card
from bunsui.tui.tour.guide import Guide, offer
from bunsui.workspace import Workspace

_TOUR = "tour"  # what was done about it, in the state


class BunsuiApp(Everywhere):
    TITLE = "bunsui"
    CSS = """
    #top { background: $panel; height: auto; }
    Toast { max-width: 90%; }
    """

    def __init__(
        self,
        open_workspace: Callable[[], Workspace],
        home: Path | None = None,
        environ: Mapping[str, str] = os.environ,
        places: Places | None = None,
    ) -> None:
        """`home`: where its preferences and its state are; None: nowhere, nothing is kept."""
        super().__init__(open_workspace, home, environ, places)
        self.guide = Guide(self._at_home, self._at_route)

    def on_mount(self) -> None:
        self.push_screen(Home())
        self.begin()

    def begin_anew(self) -> None:
        while len(self.screen_stack) > 1:
            self.pop_screen()
        self.push_screen(Home())

    # Where one can go

    def go(self, route: str, argument: str = "") -> None:
        self.push_screen(ROUTES[route](argument))

    def action_aside(self, route: str) -> None:
        """To another list of the home, in place of the one in front: Esc leads to where these were come from."""
        while isinstance(self.screen, View) and self.screen.IS_LIST:
            self.pop_screen()
        self.go(route)

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

    # The tour

    def on_known(self, told: Known) -> None:
        """It is offered once, where nothing was run yet."""
        first, self.known = self.known is None, told
        if first and not told.sessions and not told.pipelines and self.state.is_kept and not self.state.get(_TOUR):
            self.state.put(_TOUR, "offered")
            if isinstance(self.screen, Home):
                self.push_screen(offer(), lambda sure: self.action_tour() if sure else None)

    def action_tour(self) -> None:
        self.guide.begin()

    def on_card_turned(self, event: Card.Turned) -> None:
        self.guide.turn(event.by)

    def _at_home(self) -> View:
        self.action_go_home()
        return self._front_view()

    def _at_route(self, route: str) -> View:
        self.go(route)
        return self._front_view()

    def _front_view(self) -> View:
        assert isinstance(self.screen, View)  # the guide begins where there is no question
        return self.screen


def _is_path(source: str) -> bool:
    return os.path.exists(source) or "/" in source or source.endswith((".yaml", ".yml", ".json"))
