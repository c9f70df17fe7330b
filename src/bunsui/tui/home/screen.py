"""The home screen: a live list of sessions, its filter, and what the whole home is doing."""

from __future__ import annotations

import time
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Footer, Input

from bunsui.model.session import Session
from bunsui.text import words
from bunsui.tui import reading
from bunsui.tui.home import lines
from bunsui.tui.home.lines import Around
from bunsui.tui.home.query import Query, parse
from bunsui.tui.messages import Counts, Sessions
from bunsui.tui.paint import STYLE
from bunsui.tui.screen import View
from bunsui.tui.widgets.line import Line
from bunsui.tui.widgets.sheet import Rows

_EVERY = 1.0  # seconds between looks


class Home(View):
    TITLE = "sessions"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("slash", "filter", "filter", key_display="/"),
        Binding("l", "open('log')", "log"),
        Binding("e", "open('errors')", "errors"),
        Binding("r", "recover", "recover"),
        Binding("p", "app.go('pipelines')", "pipelines"),
        Binding("escape", "clear", "no filter", show=False),
    ]
    DEFAULT_CSS = """
    Home #head { padding: 0 1; }
    Home #filter { display: none; height: 1; border: none; padding: 0 1; background: $panel; }
    Home #filter:focus { border: none; }
    Home #note { height: 1; display: none; }
    Home Rows { height: 1fr; }
    """

    def __init__(self) -> None:
        super().__init__()
        self._query = Query()
        self._sessions: dict[str, Session] = {}
        self._more: str | None = None
        self._around = Around(time.time())
        self._known = False

    def compose(self) -> ComposeResult:
        yield Line(id="top")
        yield Input(placeholder="status:failed pipeline:etl since:24h text", id="filter")
        yield Line(id="head")
        yield Rows(self._draw, id="sessions")
        yield Line(id="note")
        yield Footer(show_command_palette=False)

    def on_mount(self) -> None:
        self._top(None)
        self.query_one(Rows).focus()
        self._look()
        self.set_interval(_EVERY, self._look)

    def _look(self) -> None:
        if self.is_current:
            query = self._query
            self.loader.read(self, "sessions", reading.sessions(query, None, time.time(), self._unfinished()))
            self.loader.read(self, "counts", reading.counts)

    def _unfinished(self) -> tuple[str, ...]:
        """Of the rows that are seen: those that may have changed since they were read."""
        rows = self.query_one(Rows)
        top = int(rows.scroll_offset.y)
        seen = rows.keys[top : top + rows.size.height]
        return tuple(key for key in seen if not self._sessions[key].status.ended)

    def on_resize(self) -> None:
        self.query_one("#head", Line).say(lines.head(self.size.width - 2, STYLE))

    def _draw(self, key: str, columns: int) -> str:
        return lines.line(self._sessions[key], self._around, columns, STYLE)

    # What comes

    def on_sessions(self, told: Sessions) -> None:
        if told.asked != self._query:
            return
        found = {one.id: one for one in told.sessions}
        if told.after is not None:
            self._sessions |= found
            self._more = told.more
        else:
            self._renew(found, told.more)
        self._sessions |= {one.id: one for one in told.again if one.id in self._sessions}
        self._around = Around(time.time(), told.progress, told.places, told.asking)
        self._known = True
        self.query_one(Rows).fill(list(self._sessions))
        self._note()

    def _renew(self, found: dict[str, Session], more: str | None) -> None:
        """The newest anew; what was read of older ones stays below them."""
        oldest = min((one.created for one in found.values()), default="")
        below = {id: one for id, one in self._sessions.items() if id not in found and one.created < oldest}
        if not below or more is None:
            self._more, below = more, {}
        self._sessions = found | below

    def on_counts(self, told: Counts) -> None:
        self._top(told)

    def _top(self, told: Counts | None) -> None:
        name = STYLE.paint("bunsui", "cyan bold")
        if told is None:
            self.query_one("#top", Line).say(name)
            return
        engine = f"engine {told.engine}" if told.engine else "engine asleep"
        parts = [
            STYLE.status("RUNNING", f"{STYLE.glyph('RUNNING')} {told.running} running"),
            STYLE.status("QUEUED", f"{STYLE.glyph('QUEUED')} {told.queued} queued") if told.queued else "",
            STYLE.status("RETRYING", f"{STYLE.glyph('RETRYING')} {told.waiting} waiting") if told.waiting else "",
            STYLE.status("FAILED", f"{STYLE.glyph('FAILED')} {_at_least(told.failed, told.most)} failed"),
            STYLE.dim(engine),
        ]
        self.query_one("#top", Line).say("   ".join([name, *(part for part in parts if part)]))

    def _note(self) -> None:
        note = self.query_one("#note", Line)
        text = ""
        if not self._sessions:
            text = "No such sessions." if self._query != Query() else "No session yet. Start one:  :run FILE"
        if self._query.problem:
            text = self._query.problem
        if self._query != Query() and self._sessions:
            text = f"{words.counted(len(self._sessions), 'session')}{' and more below' if self._more else ''}"
        note.display = bool(text) and self._known
        note.say(STYLE.dim(text))

    # What people do

    def on_rows_near_end(self) -> None:
        if self._more is not None:
            self.loader.read(self, "more", reading.sessions(self._query, self._more, time.time()))

    def on_rows_chosen(self, event: Rows.Chosen) -> None:
        self.bunsui.show_session(event.key)

    def action_open(self, pane: str = "") -> None:
        key = self.query_one(Rows).key
        if key:
            self.bunsui.show_session(key, pane)

    def action_recover(self) -> None:
        key = self.query_one(Rows).key
        if key:
            self.bunsui.go("recover", key)

    def action_filter(self) -> None:
        line = self.query_one("#filter", Input)
        line.display = True
        line.focus()

    def on_input_changed(self, event: Input.Changed) -> None:
        query = parse(event.value)
        if query != self._query:
            self._query, self._sessions, self._more, self._known = query, {}, None, False
            rows = self.query_one(Rows)
            rows.cursor = 0
            rows.fill([])
            self._look()

    def on_input_submitted(self, _: Input.Submitted) -> None:
        line = self.query_one("#filter", Input)
        line.display = bool(line.value)
        self.query_one(Rows).focus()

    def action_clear(self) -> None:
        line = self.query_one("#filter", Input)
        line.value = ""
        line.display = False
        self.query_one(Rows).focus()


def _at_least(count: int, most: int) -> str:
    return f"{most}+" if count >= most else str(count)
