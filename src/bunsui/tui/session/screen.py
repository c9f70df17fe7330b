"""The screen of one session: panes that are filled as views come, and what can be done about the session."""

from __future__ import annotations

import time
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.widget import Widget
from textual.widgets import ContentSwitcher, Tab, Tabs

from bunsui.model.status import SessionStatus
from bunsui.services.views import Approval, SessionView
from bunsui.text import cancelling, errors, escape, failing, histories, live, values
from bunsui.tui import doing, reading
from bunsui.tui.loader import Follow
from bunsui.tui.messages import Answered, Done, Ended, Errors, History, NewLines, Recorded, Reported, Viewed
from bunsui.tui.paint import STYLE
from bunsui.tui.screen import View
from bunsui.tui.session import drawing, heading
from bunsui.tui.session.log import LogPane
from bunsui.tui.widgets.asking import Ask, Confirm, Pick, Tell
from bunsui.tui.widgets.keybar import KeyBar
from bunsui.tui.widgets.line import Line
from bunsui.tui.widgets.sheet import Page, Rows

PANES = ("operations", "graph", "timeline", "log", "errors", "values", "history")
_WIDE = 120  # columns from which the graph stands beside the operations
_TICK = 0.5  # seconds: times go on between two changes


class SessionScreen(View):
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("l", "pane('log')", "log"),
        Binding("e", "pane('errors')", "errors"),
        Binding("r", "recover", "recover"),
        Binding("R", "report", "report"),
        Binding("c", "cancel", "cancel"),
        Binding("a", "approve", "answer", show=False, tooltip="answer what waits for approval"),
        Binding("tab,right_square_bracket", "turn(1)", "next pane", show=False, tooltip="the next pane"),
        Binding("shift+tab,left_square_bracket", "turn(-1)", "pane before", show=False, tooltip="the pane before"),
        Binding("escape", "app.up", "back", show=False, tooltip="back"),
        *(
            Binding(str(number), f"pane('{pane}')", pane, show=False, tooltip=pane)
            for number, pane in enumerate(PANES, 1)
        ),
    ]
    DEFAULT_CSS = """
    SessionScreen #top { height: 2; }
    SessionScreen Tabs { height: 2; }
    SessionScreen ContentSwitcher { height: 1fr; }
    SessionScreen #operations Rows { width: 1fr; }
    SessionScreen #beside { width: 50%; display: none; border-left: solid $panel; }
    SessionScreen.wide #beside { display: block; }
    """

    def __init__(self, session: str, pane: str = "") -> None:
        super().__init__()
        self.session = session
        self._pane = pane  # that was asked for; empty: what the session's state suggests
        self._view: SessionView | None = None
        self._follow: Follow | None = None
        self._had = 0  # lines of the log
        self._followed = 0  # recoveries when it was begun
        self._told: tuple[object, ...] = ()  # the end whose errors and outputs were asked for

    def compose(self) -> ComposeResult:
        yield Line(STYLE.bold(escape.line(self.session)), "", id="top")
        yield Tabs(*(Tab(f"{number} {pane}", id=f"tab-{pane}") for number, pane in enumerate(PANES, 1)))
        with ContentSwitcher(initial="operations"):
            with Horizontal(id="operations"):
                yield Rows(self._draw, id="rows")
                yield Page(id="beside")
            for pane in PANES[1:]:
                yield LogPane(id="log") if pane == "log" else Page(id=pane)
        yield KeyBar()

    def on_mount(self) -> None:
        self.query_one(Tabs).can_focus = False
        self.query_one("#rows", Rows).focus()
        self.loader.watch(self, self.session)
        self.set_interval(_TICK, self._tick)
        if self._pane:
            self.action_pane(self._pane)

    # What comes

    def on_viewed(self, told: Viewed) -> None:
        first = self._view is None
        self._view, self.session = told.view, told.view.session.id
        if self._follow is None or told.view.session.recoveries != self._followed:
            self._begin_log(told.view.session.recoveries)
        if first:
            self._begin(told.view)
        self._show()
        self._ask_for_end()

    def _begin_log(self, recoveries: int) -> None:
        """A log that had ended goes on with a recovery."""
        self._followed = recoveries
        self._follow, self._had = self.loader.follow(self, self.session), 0
        self.query_one(LogPane).begin()
        self._take()

    def _begin(self, view: SessionView) -> None:
        """A session that failed opens at its failure."""
        failed = failing.failures(view)
        names = [one.name for one in view.operations]
        self.query_one("#rows", Rows).fill(names, failed[0].name if failed else None)
        if not self._pane and view.session.status in (SessionStatus.FAILED, SessionStatus.TIMED_OUT):
            self.action_pane("errors")

    @property
    def _ended(self) -> bool:
        return self._view is not None and self._view.session.status.ended

    def _ask_for_end(self) -> None:
        session = self._view.session if self._view else None
        end = (session.status, session.executions[-1], session.recoveries) if session else ()
        if session is None or end == self._told:
            return
        self._told = end
        self.loader.read(self, "history", reading.history(self.session))
        if session.status.ended:
            self.loader.read(self, "errors", reading.errors(self.session))
            self.loader.read(self, "outcome", reading.outcome(self.session))

    def _tick(self) -> None:
        if not self._ended and self._view is not None and self.is_current:
            self._show()
            if self._switcher.current == "history":
                self.loader.read(self, "history", reading.history(self.session))
        elif self._ended and self.is_current:
            self.loader.read(self, "record", reading.record(self.session))

    def on_new_lines(self, _: NewLines) -> None:
        self.set_timer(0.1, self._take)  # a flood of them is drawn ten times a second

    def _take(self) -> None:
        if self._follow is not None:
            lines, self._had = self._follow.take(self._had)
            self.query_one(LogPane).take(lines)

    def on_errors(self, told: Errors) -> None:
        if self._view is None:
            return
        columns = self.size.width - 4
        found = list(errors.details(self._view.session, told.analyses, columns, STYLE))
        self.query_one("#errors", Page).show(found if told.analyses else self._failures())

    def on_ended(self, told: Ended) -> None:
        lines = [STYLE.bold("outputs")]
        lines += escape.json_text(told.outcome.outputs).split("\n") if told.outcome.outputs is not None else ["  none"]
        if told.outcome.files:
            lines += ["", STYLE.bold("files")]
            lines += [f"  {escape.line(address)}" for _, address in told.outcome.files]
        self.query_one("#values", Page).show([*self._inputs(), "", *lines])

    def on_history(self, told: History) -> None:
        self.query_one("#history", Page).show(list(histories.tree_lines(told.tree, None, STYLE)))

    # What is shown

    def on_resize(self) -> None:
        self.set_class(self.size.width >= _WIDE, "wide")
        self.call_after_refresh(self._show)

    def _show(self) -> None:
        view = self._view
        if view is None:
            return
        now, columns = time.time(), self.size.width - 4
        self.query_one("#top", Line).say(*heading.lines(view, now, self.size.width - 2, STYLE))
        rows = self.query_one("#rows", Rows)
        names = [one.name for one in view.operations]
        rows.fill(names) if list(rows.keys) != names else rows.redraw()
        if self.has_class("wide"):
            beside = self.query_one("#beside", Page)
            beside.show(drawing.graph(view, max(self.size.width // 2 - 4, 20), STYLE))
        if self._switcher.current == "graph":
            self.query_one("#graph", Page).show(drawing.graph(view, columns, STYLE))
        if self._switcher.current == "timeline":
            self.query_one("#timeline", Page).show(drawing.timeline(view, now, columns, STYLE))
        if not view.session.status.ended:
            self.query_one("#errors", Page).show(self._failures())
            self.query_one("#values", Page).show(
                [*self._inputs(), "", STYLE.dim("No outputs before it has completed.")]
            )

    def _inputs(self) -> list[str]:
        session = self._view.session if self._view else None
        if session is None or not session.params:
            return [STYLE.bold("inputs"), "  none"]
        return [STYLE.bold("inputs"), *values.rows(session.params, None)]

    def _failures(self) -> list[str]:
        view = self._view
        found = failing.failures(view) if view else []
        if view is None or not found:
            return [STYLE.dim("Nothing has failed.")]
        return [line for one in found for line in failing.block(view, one, (), self.size.width - 4, STYLE)]

    def _draw(self, name: str, columns: int) -> str:
        view = self._view
        one = next((one for one in view.operations if one.name == name), None) if view else None
        if view is None or one is None:
            return ""
        return live.operation_line(view, one, time.time(), columns, STYLE)

    # Panes

    @property
    def _switcher(self) -> ContentSwitcher:
        return self.query_one(ContentSwitcher)

    def action_pane(self, pane: str) -> None:
        self.query_one(Tabs).active = f"tab-{pane}"

    def action_turn(self, by: int) -> None:
        at = PANES.index(self._switcher.current or PANES[0])
        self.action_pane(PANES[(at + by) % len(PANES)])

    def on_tabs_tab_activated(self, event: Tabs.TabActivated) -> None:
        pane = (event.tab.id or "").removeprefix("tab-")
        self._switcher.current = pane
        self._show()
        self._front(pane).focus()

    def _front(self, pane: str) -> Widget:
        ids = {"operations": "#rows", "log": "#log-lines"}
        return self.query_one(ids.get(pane, f"#{pane}"))

    def on_rows_chosen(self, event: Rows.Chosen) -> None:
        """An operation's own log."""
        event.stop()
        self.query_one(LogPane).only(event.key)
        self.action_pane("log")

    # What people do

    def action_recover(self) -> None:
        self.bunsui.go("recover", self.session)

    def action_report(self) -> None:
        self.notify("writing the report ...", markup=False, timeout=2)
        self.loader.do(self, "report", doing.report(self.session))

    def on_reported(self, told: Reported) -> None:
        lines = [escape.line(told.address), "", STYLE.dim(f"bunsui session report {escape.line(self.session)} --open")]
        self.app.push_screen(Tell("report", lines, told.address))

    def action_cancel(self) -> None:
        if self._view is None or self._ended:
            self.complain("it has ended: there is nothing to cancel")
            return
        lines = [*cancelling.lines(self._view, STYLE), "", STYLE.dim(f"bunsui session cancel {self.session}")]
        self.app.push_screen(Confirm("cancel this session?", lines, "cancel it"), self._cancel)

    def _cancel(self, sure: bool | None) -> None:
        if sure:
            self.loader.do(self, "cancel", doing.cancel(self.session))

    def on_done(self, told: Done) -> None:
        self.notify(f"{told.what}: {told.session.status}", markup=False)
        self.again()

    def again(self) -> None:
        """It may run again, or somebody else looked at it meanwhile."""
        self.loader.watch(self, self.session)
        if self._follow is not None and self._follow.is_alive():
            self._follow.to = self

    def on_screen_resume(self) -> None:
        if self._view is not None:
            self.again()

    def on_recorded(self, told: Recorded) -> None:
        """Somebody may have recovered it elsewhere."""
        if self._view is not None and told.session.recoveries != self._view.session.recoveries:
            self.again()

    def action_approve(self) -> None:
        waiting = self._view.approvals if self._view else ()
        if not waiting:
            self.complain("nothing waits for an answer")
        elif len(waiting) == 1:
            self._question(waiting[0])
        else:
            choices = {one.operation: f"{escape.line(one.operation)}  {escape.line(one.message)}" for one in waiting}
            self.app.push_screen(Pick("answer which?", choices), self._picked)

    def _picked(self, operation: str | None) -> None:
        found = [one for one in (self._view.approvals if self._view else ()) if one.operation == operation]
        if found:
            self._question(found[0])

    def _question(self, one: Approval) -> None:
        choices = {"approve": "approve: the session goes on", "reject": "reject: the operation fails"}
        title = f"{escape.line(one.operation)} asks: {escape.line(one.message)}"

        def commented(word: str | None) -> None:
            if word is not None:
                self.app.push_screen(Ask("a comment, if you like", [word]), lambda text: answer(word, text))

        def answer(word: str, comment: str | None) -> None:
            if comment is not None:
                job = doing.answer(self.session, one.operation, approve=word == "approve", comment=comment)
                self.loader.do(self, "answer", job)

        self.app.push_screen(Pick(title, choices), commented)

    def on_answered(self, told: Answered) -> None:
        self.notify(escape.line(told.text), markup=False)
