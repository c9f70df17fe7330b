"""The screen of alerts: the newest first, how far each got; the marked one in full, and tests of addresses."""

from __future__ import annotations

import shlex
import time
from collections.abc import Mapping
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.notifications import SeverityLevel

from bunsui.model.alert import Alert, AlertStatus
from bunsui.model.alert_address import shown
from bunsui.text import escape, problems
from bunsui.text.language import _, mark, plural
from bunsui.text.style import Style
from bunsui.tui.alerts import jobs, lines
from bunsui.tui.alerts.jobs import Alerts, Results
from bunsui.tui.paged import Paged
from bunsui.tui.paint import STYLE
from bunsui.tui.screen import View
from bunsui.tui.sideways import sideways
from bunsui.tui.widgets import columns
from bunsui.tui.widgets.asking import Ask
from bunsui.tui.widgets.keybar import KeyBar
from bunsui.tui.widgets.line import Line
from bunsui.tui.widgets.sheet import Page, Rows

_EVERY = 2.0  # seconds between looks
_PLAIN = Style(colour=False)
_WIDE = 150  # columns from which on the marked one stands beside the list


class AlertsScreen(View):
    IS_LIST = True
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("t", "test", mark("test"), id="alerts.test", tooltip=mark("send a test message")),
        Binding("o", "open", mark("session"), id="alerts.open", tooltip=mark("open the session that it is about")),
        *sideways("alerts", "alerts"),
        Binding("escape", "back", mark("back"), show=False, id="alerts.back", tooltip=mark("back")),
    ]
    DEFAULT_CSS = """
    AlertsScreen #list { width: 1fr; }
    AlertsScreen #head { height: 1; }
    AlertsScreen Rows { height: 1fr; }
    AlertsScreen #note { height: auto; max-height: 4; }
    AlertsScreen #detail { display: none; width: 1fr; }
    AlertsScreen.wide #detail { display: block; width: 40%; border-left: solid $panel; }
    AlertsScreen.reading #detail { display: block; }
    AlertsScreen.reading #list { display: none; }
    AlertsScreen.wide #list { display: block; }
    """

    def __init__(self) -> None:
        super().__init__()
        self._alerts: Paged[Alert] = Paged()
        self._problems: list[str] = []

    def compose(self) -> ComposeResult:
        yield Line(id="top")
        with Horizontal():
            with Vertical(id="list"):
                yield Line(id="head")
                yield Rows(self._draw, id="alerts", enter=mark("read"))
                yield Line(id="note")
            yield Page(id="detail")
        yield KeyBar()

    def on_mount(self) -> None:
        self.query_one(Rows).focus()
        self._say()
        self._look()
        self.set_interval(_EVERY, self._look)

    def _look(self) -> None:
        if self.is_current:
            self.loader.read(self, "alerts", jobs.alerts())

    def on_alerts(self, told: Alerts) -> None:
        found = {one.message.id: one for one in told.page.alerts}
        self._alerts.take(found, told.after, told.page.next)
        self._problems = [problems.problem_line(one, STYLE) for one in told.problems]
        self.query_one(Rows).fill(list(self._alerts.rows))
        self._say()

    # What is shown

    def on_resize(self) -> None:
        self.set_class(self.size.width >= _WIDE, "wide")
        self.call_after_refresh(self._say)

    def _say(self) -> None:
        room = max(self.query_one(Rows).scrollable_content_region.width, 20)
        self.query_one("#head", Line).say(columns.head(lines.ALERTS, room, STYLE))
        self.query_one("#top", Line).say(self._title())
        self.query_one("#note", Line).say(*self._problems, STYLE.dim(self._note()))
        self._show()

    def _title(self) -> str:
        bad = sum(one.status is AlertStatus.GIVEN_UP for one in self._alerts.rows.values())
        waits = sum(one.status is AlertStatus.PENDING for one in self._alerts.rows.values())
        count = plural("{count} alert", "{count} alerts", len(self._alerts.rows))
        told = [STYLE.dim(count)] if self._alerts.known else []
        told += [STYLE.paint(_("{count} on their way").format(count=waits), "yellow")] if waits else []
        told += [STYLE.paint(_("{count} not delivered").format(count=bad), "red")] if bad else []
        return "  ".join([STYLE.bold(_("alerts")), *told])

    def _note(self) -> str:
        if not self._alerts.known:
            return _("reading ...")
        if not self._alerts.rows:
            return _("No alerts so far. t tries whether an address works.")
        return "bunsui alert list" + ("  " + _("more below") if self._alerts.more else "")

    def _draw(self, key: str, room: int) -> str:
        return lines.alert(self._alerts.rows[key], time.time(), room, STYLE)

    @property
    def _marked(self) -> Alert | None:
        return self._alerts.rows.get(self.query_one(Rows).key or "")

    def _show(self) -> None:
        page, one = self.query_one("#detail", Page), self._marked
        if self.has_class("wide") or self.has_class("reading"):
            room = page.size.width if self.has_class("wide") else self.size.width - 3
            page.show(list(lines.detail(one, max(room, 20), STYLE)) if one else [])

    def on_rows_moved(self, event: Rows.Moved) -> None:
        event.stop()
        page = self.query_one("#detail", Page)
        page.scroll_home(animate=False)
        self._show()

    def on_rows_near_end(self) -> None:
        if self._alerts.more is not None:
            self.loader.read(self, "more", jobs.alerts(self._alerts.more))

    def on_rows_chosen(self, event: Rows.Chosen) -> None:
        """To be read: in place of the list where there is no room for both."""
        event.stop()
        self.add_class("reading")
        self.query_one("#detail", Page).focus()
        self.call_after_refresh(self._show)

    def action_back(self) -> None:
        if self.has_class("reading"):
            self.remove_class("reading")
            self.query_one(Rows).focus()
        else:
            self.app.pop_screen()

    def copyable(self) -> Mapping[str, str]:
        one = self._marked
        if one is None:
            return {}
        session = {_("id"): one.message.session} if one.message.session else {}
        return session | {_("alert"): one.message.subject, _("target"): shown(one.target)}

    # What people do

    def action_open(self) -> None:
        one = self._marked
        if one is not None and one.message.session:
            self.bunsui.show_session(one.message.session)

    def action_test(self) -> None:
        shown_ = [
            _("mailto:data@example.com, or env:NAME or file:PATH for one that is secret"),
            _("nothing: everybody whom alerts.toml of the home names"),
            STYLE.dim("bunsui alert test TARGET"),
        ]
        self.app.push_screen(Ask(_("send a test message to"), shown_, hint="env:ALERT_URL"), self._test)

    def _test(self, text: str | None) -> None:
        if text is not None:
            self.notify(_("sending ..."), markup=False, timeout=2)
            self.loader.do(self, "test", jobs.test(_typed(text)))

    def on_results(self, told: Results) -> None:
        if not told.tested:
            self.complain(_("there is nobody to be told"), _("name an address, or write alerts.toml in the home"))
            return
        good = all(not one.error for one in told.tested)
        text = "\n".join(lines.results(told.tested, _PLAIN))
        severity: SeverityLevel = "information" if good else "error"
        title = _("the test was sent") if good else _("not everything was sent")
        self.notify(text, title=title, severity=severity, markup=False, timeout=15)
        self._look()


def _typed(text: str) -> list[str]:
    try:
        return shlex.split(text)
    except ValueError:  # a quote that is not closed
        return [escape.line(text)]
