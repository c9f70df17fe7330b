"""One kind of failure: the evidence of the time it was seen last above, the sessions in which it was seen below."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from bunsui.model.failure import ErrorAnalysis
from bunsui.model.session import Session
from bunsui.text.language import _, mark, plural
from bunsui.tui.errors import jobs, lines
from bunsui.tui.errors.jobs import Group
from bunsui.tui.paged import Paged
from bunsui.tui.paint import STYLE
from bunsui.tui.screen import View
from bunsui.tui.sideways import sideways
from bunsui.tui.widgets import columns
from bunsui.tui.widgets.keybar import KeyBar
from bunsui.tui.widgets.line import Line
from bunsui.tui.widgets.sheet import Page, Rows

_EVERY = 3.0  # seconds between looks


class GroupScreen(View):
    IS_LIST = True
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("l", "open('log')", mark("log"), id="error.log"),
        Binding("r", "recover", mark("recover"), id="error.recover"),
        Binding("tab", "turn", mark("evidence"), show=False, id="error.turn", tooltip=mark("to the evidence, or back")),
        *sideways("error"),
        Binding("escape", "app.up", mark("back"), show=False, id="error.back", tooltip=mark("back")),
    ]
    DEFAULT_CSS = """
    GroupScreen #top { height: 2; }
    GroupScreen #evidence { height: auto; max-height: 55%; border-bottom: solid $panel; }
    GroupScreen #head { height: 1; }
    GroupScreen Rows { height: 1fr; }
    GroupScreen #note { height: 1; }
    """

    def __init__(self, fingerprint: str) -> None:
        super().__init__()
        self._fingerprint = fingerprint
        self._seen: Paged[ErrorAnalysis] = Paged()
        self._sessions: dict[str, Session] = {}
        self._told: Group | None = None

    def compose(self) -> ComposeResult:
        yield Line(STYLE.dim(_("reading ...")), id="top")
        yield Page(id="evidence")
        yield Line(id="head")
        yield Rows(self._draw, id="seen", enter=mark("open"))
        yield Line(id="note")
        yield KeyBar()

    def on_mount(self) -> None:
        self.query_one(Rows).focus()
        self._look()
        self.set_interval(_EVERY, self._look)

    def _look(self) -> None:
        if self.is_current:
            self.loader.read(self, "group", jobs.group(self._fingerprint))

    def on_group(self, told: Group) -> None:
        found = {f"{one.session} {one.execution} {one.event}": one for one in told.page.failures}
        self._seen.take(found, told.after, told.page.next)
        self._told = told if told.after is None else self._told
        self._sessions |= told.sessions
        self.query_one(Rows).fill(list(self._seen.rows))
        self._say()

    def on_resize(self) -> None:
        self.call_after_refresh(self._say)

    def _say(self) -> None:
        if self._told is None:
            return
        page, room = self._told.page, max(self.size.width - 2, 20)
        self.query_one("#top", Line).say(*lines.heading(page, room, STYLE))
        self.query_one("#evidence", Page).show(list(lines.evidence(page, room - 1, STYLE)))
        inner = max(self.query_one(Rows).scrollable_content_region.width, 20)
        self.query_one("#head", Line).say(columns.head(lines.SEEN, inner, STYLE))
        command = f"bunsui session errors --fingerprint {self._fingerprint}"
        shown = plural("{count} failure", "{count} failures", len(self._seen.rows))
        more = _(", more below") if self._seen.more else ""
        self.query_one("#note", Line).say(STYLE.dim(f"{shown}{more}  {command}"))

    def _draw(self, key: str, room: int) -> str:
        one = self._seen.rows[key]
        return lines.seen(one, self._sessions.get(one.session), time.time(), room, STYLE)

    @property
    def _marked(self) -> str | None:
        one = self._seen.rows.get(self.query_one(Rows).key or "")
        return one.session if one else None

    def on_rows_near_end(self) -> None:
        if self._seen.more is not None:
            self.loader.read(self, "more", jobs.group(self._fingerprint, self._seen.more))

    def on_rows_chosen(self, event: Rows.Chosen) -> None:
        event.stop()
        self.action_open("errors")

    def copyable(self) -> Mapping[str, str]:
        marked = {_("id"): self._marked} if self._marked else {}
        return marked | {_("fingerprint"): self._fingerprint}

    def action_open(self, pane: str) -> None:
        if self._marked:
            self.bunsui.show_session(self._marked, pane)

    def action_recover(self) -> None:
        if self._marked:
            self.bunsui.go("recover", self._marked)

    def action_turn(self) -> None:
        page, rows = self.query_one("#evidence", Page), self.query_one(Rows)
        (rows if page.has_focus else page).focus()
