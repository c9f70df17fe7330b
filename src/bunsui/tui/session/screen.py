"""The screen of one session: panes that are shown what comes of it, and the way between them.

What each pane shows is in its module; what people do about a session is in `deeds`.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import replace
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import ContentSwitcher

from bunsui.model.log import LogLine
from bunsui.model.status import SessionStatus
from bunsui.services.views import Outcome, SessionView
from bunsui.text import failing
from bunsui.text.language import _, mark
from bunsui.tui.loader import Follow
from bunsui.tui.messages import Failed, NewLines, Reached, Recorded, Viewed
from bunsui.tui.paint import STYLE
from bunsui.tui.session import heading, jobs
from bunsui.tui.session.deeds import Deeds
from bunsui.tui.session.errors import ErrorsPane
from bunsui.tui.session.graph import GraphPane
from bunsui.tui.session.history import HistoryPane
from bunsui.tui.session.log import LogPane
from bunsui.tui.session.operations import OperationPane, OperationsPane
from bunsui.tui.session.pane import OpenLog, OpenOperation, Pane, Shown
from bunsui.tui.session.timeline import TimelinePane
from bunsui.tui.session.values import ValuesPane
from bunsui.tui.widgets.keybar import KeyBar
from bunsui.tui.widgets.line import Line
from bunsui.tui.widgets.tabs import Tabs

PANES = {
    "operations": mark("operations"),
    "graph": mark("graph"),
    "timeline": mark("timeline"),
    "log": mark("log"),
    "errors": mark("errors"),
    "values": mark("values"),
    "history": mark("history"),
}
_TICK = 0.5  # seconds: times go on between two changes
_LOOK = 1.5  # seconds between two looks at the record of what has ended
_DETAIL = 1.0  # seconds between two looks at the whole history of what runs
_PATIENT = 12  # times as long as such a look took
_PANE = "pane"  # the one that was looked at last, in the state
_DETAILED = ("operations", "timeline", "history", "operation")  # panes that show more than a view tells


class SessionScreen(Deeds):
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("l", "pane('log')", mark("log"), id="session.log"),
        Binding("e", "pane('errors')", mark("errors"), id="session.errors"),
        Binding("tab,right_square_bracket", "turn(1)", mark("next pane"), show=False, id="session.next"),
        Binding("shift+tab,left_square_bracket", "turn(-1)", mark("pane before"), show=False, id="session.before"),
        *(
            Binding(str(number), f"pane('{pane}')", title, show=False, tooltip=title, id=f"session.{pane}-pane")
            for number, (pane, title) in enumerate(PANES.items(), 1)
        ),
        Binding("escape", "leave", mark("back"), tooltip=mark("back"), id="session.back"),
    ]
    DEFAULT_CSS = """
    SessionScreen #top { height: auto; max-height: 6; }
    SessionScreen ContentSwitcher { height: 1fr; }
    """

    def __init__(self, session: str, pane: str = "") -> None:
        super().__init__(session)
        self._pane = pane  # that was asked for; empty: what the session's state suggests
        self._follow: Follow | None = None
        self._had = 0  # lines of the log
        self._followed = 0  # recoveries when it was begun
        self._told: tuple[object, ...] = ()  # the end whose errors and outputs were asked for
        self._asked_detail = 0.0
        self._looks = 0.0  # when an ended one is looked at again
        self._came_from = "operations"
        self._chosen = ""  # the pane that somebody went to

    def compose(self) -> ComposeResult:
        yield Line(*heading.beginning(self.session, STYLE), id="top")
        yield Tabs(_labels(), "operations")
        with ContentSwitcher(initial="operations"):
            yield OperationsPane("operations", self._last_lines)
            yield GraphPane("graph")
            yield TimelinePane("timeline")
            yield LogPane("log")
            yield ErrorsPane("errors", lambda line, count: self._log.book.around(line, count))
            yield ValuesPane("values")
            yield HistoryPane("history")
            yield OperationPane("operation", self._last_lines)
        yield KeyBar()

    def on_mount(self) -> None:
        self.set_focus(self._front.front)
        self.loader.watch(self, self.session)
        self.set_interval(_TICK, self._tick)
        if opens := self._pane or self._kept:
            self.open_pane(opens)

    @property
    def _kept(self) -> str:
        """The pane that was looked at last, in whatever session."""
        kept = self.bunsui.state.get(_PANE)
        return kept if isinstance(kept, str) and kept in PANES else ""

    def on_unmount(self) -> None:
        if self._chosen in PANES and self._chosen != "errors":  # which not every session has
            self.bunsui.state.put(_PANE, self._chosen)

    # What comes

    def on_viewed(self, told: Viewed) -> None:
        first = self.shown is None
        before = self.shown.view.session.recoveries if self.shown else 0
        offered = self._offered
        self.session = told.view.session.id
        now = time.time()
        self.shown = replace(self.shown, view=told.view, now=now) if self.shown else Shown(told.view, now)
        if self._follow is None or told.view.session.recoveries != self._followed:
            self._begin_log(told.view.session.recoveries)
        self._ask()
        if first:
            self._begin(told.view)
        elif told.view.session.recoveries != before and not self.ended and self._front.id == "errors":
            self.open_pane("operations")  # it goes on: what failed before is no news now
        if self._offered != offered:
            self.refresh_bindings()
        self.draw()

    @property
    def _offered(self) -> tuple[bool, bool]:
        """What the keys at the foot depend on."""
        return self.ended, bool(self.shown and self.shown.view.approvals)

    def _begin_log(self, recoveries: int) -> None:
        """A log that had ended goes on with a recovery."""
        self._followed = recoveries
        self._follow, self._had = self.loader.follow(self, self.session), 0
        self._log.begin()
        self._take()

    def _begin(self, view: SessionView) -> None:
        """A session that failed opens at its failure, one that asks at what it asks."""
        news = [one.name for one in failing.failures(view)] or [one.operation for one in view.approvals]
        for pane in self.query(Pane):
            if news and self.shown is not None and not isinstance(pane, OperationPane):
                pane.shown = self.shown
                pane.mark(news[0])
        if not self._pane and view.session.status in (SessionStatus.FAILED, SessionStatus.TIMED_OUT):
            self.open_pane("errors")

    def on_failed(self, failed: Failed) -> None:
        """There is no such session: where one was before is better than an empty screen."""
        super().on_failed(failed)
        if failed.asked == "watch" and self.shown is None and self.is_current:
            self.call_later(self.run_action, "app.up")

    @property
    def pane(self) -> str:
        return self.query_one(ContentSwitcher).current or "" if self.is_mounted else ""

    @property
    def ended(self) -> bool:
        return self.shown is not None and self.shown.view.session.status.ended

    def _ask(self) -> None:
        """For what a view does not tell: now and then while it runs, and once when it has ended."""
        if self.shown is None:
            return
        session = self.shown.view.session
        end = (session.status, session.executions[-1], session.recoveries)
        if end != self._told:
            self._told = end
            self.loader.read(self, "detail", jobs.detail(self.session))
            self.loader.read(self, "about", jobs.about(self.session))
            if session.status.ended:
                self.loader.read(self, "errors", jobs.analysis(self.session))
                self.loader.read(self, "outcome", jobs.outcome(self.session))
        elif not self.ended and self._front.id in _DETAILED and time.monotonic() >= self._asked_detail:
            self._asked_detail = time.monotonic() + 60  # until the answer is there
            self.loader.read(self, "detail", jobs.detail(self.session))

    def on_detailed(self, told: jobs.Detailed) -> None:
        self._asked_detail = time.monotonic() + max(_DETAIL, _PATIENT * told.seconds)
        if self.shown is not None and told.run is not None:
            self.shown = replace(self.shown, run=told.run)
            self.draw()

    def on_abouts(self, told: jobs.Abouts) -> None:
        if self.shown is not None:
            self.shown = replace(self.shown, about=told.about)
            self.draw()

    def _tick(self) -> None:
        if self.shown is None or not self.is_current:
            return
        if self.ended:
            self._look()
            return
        self._ask()
        self.draw()

    def _look(self) -> None:
        """Whether somebody recovers it elsewhere."""
        if time.monotonic() >= self._looks:
            self._looks = time.monotonic() + _LOOK
            self.loader.read(self, "record", jobs.record(self.session))

    def on_new_lines(self, _: NewLines) -> None:
        self.set_timer(0.1, self._take)  # a flood of them is drawn ten times a second

    def _take(self) -> None:
        if self._follow is not None:
            lines, self._had = self._follow.take(self._had)
            self._log.take(lines)
            if self.ended:
                self.draw()  # what stands around a line of evidence may be there now

    def on_analysed(self, told: jobs.Analysed) -> None:
        self.query_one(ErrorsPane).know(told.analyses, told.lines, told.recoveries)
        self._log.know(list(told.lines.values()))

    def on_outcomes(self, told: jobs.Outcomes) -> None:
        self._know(told.outcome)

    def _know(self, outcome: Outcome) -> None:
        self.query_one(ValuesPane).outcome = outcome
        self.draw()

    def again(self) -> None:
        """It may run again, or somebody else looked at it meanwhile."""
        self.loader.watch(self, self.session)
        if self._follow is not None and self._follow.is_alive():
            self._follow.to = self

    def on_reached(self, _: Reached) -> None:
        """The backend was away: the session is watched, and its log read, anew."""
        self._follow = None
        self.loader.watch(self, self.session)

    def on_screen_resume(self) -> None:
        if self.shown is not None:
            self.again()

    def on_recorded(self, told: Recorded) -> None:
        """Somebody may have recovered it elsewhere."""
        if self.shown is not None and told.session.recoveries != self.shown.view.session.recoveries:
            self.again()

    # What is shown

    def translated(self) -> None:
        super().translated()
        self.query_one(Tabs).relabel(_labels())

    def on_resize(self) -> None:
        self.call_after_refresh(self.draw)

    def draw(self) -> None:
        if self.shown is None or not self.is_mounted:
            return
        self.shown = replace(self.shown, now=time.time())
        self.query_one("#top", Line).say(*heading.lines(self.shown, max(self.size.width - 2, 20), STYLE))
        self._front.show(self.shown)

    @property
    def _front(self) -> Pane:
        return self.query_one(f"#{self.query_one(ContentSwitcher).current or 'operations'}", Pane)

    @property
    def _log(self) -> LogPane:
        return self.query_one(LogPane)

    def _last_lines(self, operation: str, count: int) -> list[LogLine]:
        return self._log.book.last_of(operation, count)

    def copyable(self) -> Mapping[str, str]:
        arn = self.shown.view.session.executions[-1].arn if self.shown else ""
        about = self.shown.about if self.shown else None
        return {
            **self._front.copyable(),
            _("session"): self.session,
            _("execution's ARN"): arn,
            _("report"): about.report if about else "",
            _("command"): f"bunsui session show {self.session}",
        }

    # Panes

    def action_pane(self, pane: str) -> None:
        """The marked operation is marked there, too."""
        self._chosen = pane
        self.open_pane(pane)

    def open_pane(self, pane: str) -> None:
        self.query_one(Tabs).turn(pane)
        if self.query_one(ContentSwitcher).current != pane:
            self._go(pane)

    def action_turn(self, by: int) -> None:
        names = list(PANES)
        here = self._front.id or names[0]
        at = names.index(here) if here in names else 0
        self.action_pane(names[(at + by) % len(names)])

    def on_tabs_chosen(self, event: Tabs.Chosen) -> None:
        self.action_pane(event.name)

    def _go(self, pane: str) -> None:
        before = self._front
        marked = before.marked if before.id != pane else None
        self.query_one(ContentSwitcher).current = pane
        self.draw()
        self.call_after_refresh(self.draw)  # with the size that it then has
        if marked and pane not in ("log", "errors"):
            self._front.mark(marked)
        self.set_focus(self._front.front, scroll_visible=False)

    def on_open_log(self, event: OpenLog) -> None:
        event.stop()
        errors = self.query_one(ErrorsPane)
        line = errors.lines.get(event.place) if event.place else None
        self._log.only(None if line is not None else event.operation)
        self.open_pane("log")
        if line is None or not self._log.show_line(line):
            self._log.begin_at(self.shown.operation(event.operation) if self.shown else None, ended=self.ended)

    def on_open_operation(self, event: OpenOperation) -> None:
        event.stop()
        self._came_from = self._front.id or "operations"
        pane = self.query_one(OperationPane)
        pane.name_of = event.operation
        self.query_one(ContentSwitcher).current = "operation"
        self.draw()
        self.call_after_refresh(self.draw)
        pane.front.focus()

    def action_leave(self) -> None:
        """Out of what is typed or filtered, out of an operation, then back to the other sessions."""
        front = self._front
        if isinstance(front, GraphPane | LogPane | HistoryPane) and front.leave():
            return
        if isinstance(front, OperationPane):
            self._go(self._came_from)
            return
        self.call_later(self.run_action, "app.up")


def _labels() -> dict[str, str]:
    return {pane: f"{number} {_(title)}" for number, (pane, title) in enumerate(PANES.items(), 1)}
