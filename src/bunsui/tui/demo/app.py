"""The app that plays the demo: the usual one, on the demo's session, with a player. What is said is in `script`."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from textual.screen import ModalScreen

from bunsui.demo.stage import Stage
from bunsui.model.json import Json
from bunsui.services.views import SessionView
from bunsui.text import escape
from bunsui.text.language import _
from bunsui.tui import doing
from bunsui.tui.app import BunsuiApp
from bunsui.tui.demo.caption import Caption
from bunsui.tui.demo.script import ACTS, ELSEWHERE, LAST, Deed, went_wrong
from bunsui.tui.loader import Job
from bunsui.tui.messages import Done, Failed, Reported
from bunsui.tui.recover.screen import RecoverScreen
from bunsui.tui.session.screen import SessionScreen
from bunsui.tui.widgets.asking import Pick
from bunsui.workspace import Workspace

_TICK = 0.2  # seconds


class DemoApp(BunsuiApp):
    """`pace`: how long captions stay, 1 for people."""

    def __init__(
        self,
        open_workspace: Callable[[], Workspace],
        home: Path | None,
        stage: Stage,
        source: Json,
        pace: float = 1.0,
    ) -> None:
        super().__init__(open_workspace, home)
        self._stage, self._source, self._pace = stage, source, pace
        self._act = -1
        self._since = 0.0
        self._session = ""
        self._report = ""
        self._playing = True
        self._leaving = False

    def on_mount(self) -> None:
        self.state.put("tour", "offered")  # the demo is one
        self.set_interval(_TICK, self._tick)

    # Playing

    def _tick(self) -> None:
        if not self._playing or isinstance(self.screen, ModalScreen) or not self._is_watched:
            return
        if self._act < 0:
            self._turn()
            return
        act, view = ACTS[self._act], self._view
        waits = act.deed is Deed.REPORT and not self._report
        if view is None or waits or time.monotonic() - self._since < act.seconds * self._pace or not act.until(view):
            return
        if went_wrong(act, view):
            self._end(ELSEWHERE)
        elif self._act + 1 < len(ACTS):
            self._turn()
        else:
            self._end(LAST)

    @property
    def _is_watched(self) -> bool:
        """Whoever goes elsewhere is not brought back: the play waits."""
        front = self.front
        return not self._session or getattr(front, "session", "") == self._session

    @property
    def _view(self) -> SessionView | None:
        screens = [one for one in self.screen_stack if isinstance(one, SessionScreen)]
        return screens[0].shown.view if screens and screens[0].shown else None

    def _turn(self) -> None:
        self._act += 1
        self._since = time.monotonic()
        act = ACTS[self._act]
        self._show(act.pane)
        self._do(act.deed)
        self._say(_(act.text), _("{n} of {all}").format(n=self._act + 1, all=len(ACTS)))

    def _show(self, pane: str) -> None:
        if pane == "recover":
            self.go("recover", self._session)
            return
        if isinstance(self.screen, RecoverScreen):
            self.pop_screen()
        if pane and isinstance(self.screen, SessionScreen):
            self.screen.open_pane(pane)

    def _do(self, deed: Deed) -> None:
        jobs: dict[Deed, Job] = {
            Deed.RUN: lambda opened: Done("run", opened.run(str(self._stage.pipeline), {"source": self._source})),
            Deed.RESUME: lambda opened: Done("resume", opened.sessions.resume(self._session)),
            Deed.REPORT: doing.report(self._session),
        }
        if deed is Deed.MEND:
            self._stage.mend()
        elif deed in jobs:
            self.loader.do(self, deed, jobs[deed])

    def _say(self, text: str, place: str = "") -> None:
        if self.front is not None:
            for screen in self.screen_stack:
                screen.query(Caption).remove()
            self.front.mount(Caption(text, place))

    def _end(self, text: str) -> None:
        self._playing = False
        self._say(_(text))

    # What comes of what was done

    def on_done(self, told: Done) -> None:
        if self._leaving:
            self.exit()
        elif told.what == "run":
            self._session = told.session.id
            self.show_session(self._session)
            self.call_after_refresh(self._say, _(ACTS[self._act].text))
        elif isinstance(self.screen, SessionScreen):
            self.screen.again()

    def on_reported(self, told: Reported) -> None:
        self._report, self._since = told.address, time.monotonic()
        self._say(_("The report: {address}").format(address=escape.line(told.address)))

    def on_failed(self, failed: Failed) -> None:
        self._playing = False
        self._say(" ".join(escape.line(part) for part in (failed.message, failed.hint) if part))

    # Leaving

    def action_leave(self) -> None:
        view = self._view
        if view is None or view.session.status.ended:
            self.exit()
            return
        choices = {
            "on": _("leave; the session runs on in the background"),
            "cancel": _("cancel the session, and leave"),
            "stay": _("stay in the demo"),
        }
        self.push_screen(Pick(_("The demo's session still runs."), choices), self._left)

    def _left(self, how: str | None) -> None:
        if how == "on":
            self.exit()
        elif how == "cancel":
            self._leaving = True
            self.loader.do(self, "cancel", doing.cancel(self._session))
