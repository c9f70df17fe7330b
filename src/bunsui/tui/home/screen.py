"""The home screen: a live list of sessions, the marked one in small, and what the whole home is doing.

Which sessions in which order is in `choosing`, what is done about several in `many`.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container, Vertical
from textual.notifications import SeverityLevel

from bunsui.model.session import Session
from bunsui.model.status import SessionStatus
from bunsui.text import escape
from bunsui.text.language import _, mark
from bunsui.tui.home import detail, jobs, lines, note, top
from bunsui.tui.home.choosing import Choosing
from bunsui.tui.home.filter import Filter
from bunsui.tui.home.jobs import Glanced, Healthy, Sessions
from bunsui.tui.home.table import SessionRows
from bunsui.tui.home.top import Health
from bunsui.tui.paint import STYLE
from bunsui.tui.sideways import sideways
from bunsui.tui.widgets.keybar import KeyBar
from bunsui.tui.widgets.line import Line
from bunsui.tui.widgets.sheet import Page, Rows

_EVERY = 1.0  # seconds between looks
_HEALTH = 2  # looks between two at the whole home
_PAUSE = 0.06  # seconds that the cursor rests before more is read of its session
_WIDE = 140  # columns from which on the detail stands beside the list
_MOST_DRAWN = 2_000  # lines that are kept as they were drawn
_DETAIL = "home.detail"  # in the state: whether it is shown


class Home(Choosing):
    TITLE = "sessions"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("slash", "filter", mark("filter"), key_display="/", id="home.filter"),
        Binding("v", "views", mark("views"), id="home.views"),
        Binding("s", "sort", mark("sort"), id="home.sort"),
        Binding("l", "open('log')", mark("log"), id="home.log"),
        Binding("e", "open('errors')", mark("errors"), id="home.errors"),
        Binding("r", "recover", mark("recover"), id="home.recover"),
        Binding("c", "cancel", mark("cancel"), show=False, id="home.cancel", tooltip=mark("cancel it, or all marked")),
        Binding("a", "answer", mark("answer"), show=False, id="home.answer", tooltip=mark("answer what it asks")),
        Binding("d", "detail", mark("detail"), id="home.detail", tooltip=mark("the marked session in small, or not")),
        Binding("J", "scroll_detail(1)", mark("detail down"), show=False, id="home.detail_down"),
        Binding("K", "scroll_detail(-1)", mark("detail up"), show=False, id="home.detail_up"),
        Binding("A", "mark_all", mark("mark all"), show=False, id="home.all", tooltip=mark("mark all, or none")),
        *sideways("home"),
        Binding("escape", "clear", mark("no filter"), show=False, id="home.clear", tooltip=mark("no mark, no filter")),
        *(
            Binding(str(number), f"view({number})", mark("a saved view"), show=False, id=f"home.view{number}")
            for number in range(1, 10)
        ),
    ]
    DEFAULT_CSS = """
    Home #top { height: 2; }
    Home #body { height: 1fr; layout: horizontal; }
    Home #list { width: 1fr; height: 1fr; }
    Home #head { padding: 0 1; height: 1; }
    Home #note { height: 1; }
    Home Rows { height: 1fr; }
    Home #detail { display: none; width: 32%; min-width: 52; max-width: 90; border-left: solid $panel; }
    Home.beside #detail { display: block; }
    Home.below #detail { display: block; width: 100%; min-width: 0; max-width: 100%; height: 45%; }
    Home.below #detail { border-left: none; border-top: solid $panel; }
    Home.below #body { layout: vertical; }
    """

    def __init__(self) -> None:
        super().__init__()
        self._health: Health | None = None
        self._looks_of: dict[tuple[object, ...], str] = {}
        self._looks = 0

    def compose(self) -> ComposeResult:
        yield Line(id="top")
        yield Filter(self._known)
        with Container(id="body"):
            with Vertical(id="list"):
                yield Line(id="head")
                yield SessionRows(self._draw, id="sessions", enter=mark("open"))
                yield Line(id="note")
            yield Page(id="detail")
        yield KeyBar()

    def on_mount(self) -> None:
        self.query_one("#detail", Page).can_focus = False
        self.rows.focus()
        self._top()
        self._look()
        self.set_interval(_EVERY, self._look)

    @property
    def rows(self) -> SessionRows:
        return self.query_one(SessionRows)

    # Looking

    def _look(self) -> None:
        if not self.is_current:
            return
        self._desk.seen = self.rows.seen
        self.loader.read(self, "sessions", jobs.newest(self._desk))
        self._glance()
        if self._looks % _HEALTH == 0:
            self.loader.read(self, "health", jobs.health(self._desk))
        self._looks += 1

    def _glance(self) -> None:
        """What the records do not tell: of the rows on the screen, and of the cursor's."""
        seen = [self._loaded.sessions[key] for key in self.rows.seen if key in self._loaded.sessions]
        key = self.rows.key
        self._desk.key = key if key and self._shows_detail and self._loaded.is_stale(key) else None
        running = [one.id for one in seen if one.status is SessionStatus.RUNNING]
        pipelines = tuple(dict.fromkeys(one.pipeline for one in seen))
        if seen and (running or self._desk.key or self._loaded.lacks(pipelines)):
            self.loader.read(self, "glance", jobs.glance(self._desk, running, pipelines))

    def on_screen_resume(self) -> None:
        self._look()

    def on_sessions(self, told: Sessions) -> None:
        if told.asked != self._desk.query:
            return
        first = not self._loaded.known
        self._loaded.take(told)
        self._desk.first, self._desk.streams = self._loaded.first, self._loaded.streams
        self._fill()
        if first:
            self._glance()
        if self._loaded.wants_more(self.rows.size.height):
            self.loader.read(self, "more", jobs.more(self._desk))

    def _fill(self, at: str | None = None) -> None:
        keys = self._loaded.keys(self._order, time.time())
        rows = self.rows
        rows.fill(keys, at) if keys != list(rows.keys) or at else rows.redraw()
        self._note()
        self._detail()

    def on_glanced(self, told: Glanced) -> None:
        self._loaded.glanced(told)
        self.rows.redraw()
        self._detail()

    def on_healthy(self, told: Healthy) -> None:
        self._health = told.health
        self._loaded.asked(told.asking)
        self._top()
        for one in told.noticed:
            severity: SeverityLevel = "warning" if one.bad else "information"
            self.notify(escape.line(one.subject), title=_("alert"), severity=severity, markup=False, timeout=10)

    # What is shown

    def _draw(self, key: str, columns: int) -> str:
        session = self._loaded.sessions[key]
        if not session.status.ended:
            return lines.line(session, self._loaded.around(time.time()), columns, STYLE, marked=key in self.marked)
        return self._drawn(session, columns)

    def _drawn(self, session: Session, columns: int) -> str:
        """A session that ended looks as it did when it was drawn last."""
        around = self._loaded.around(time.time())
        marked, today = session.id in self.marked, int(around.now // 60)
        look = session.id, session.revision, columns, marked, today, around.usual.get(session.pipeline)
        if look not in self._looks_of:
            self._looks_of = self._looks_of if len(self._looks_of) < _MOST_DRAWN else {}
            self._looks_of[look] = lines.line(session, around, columns, STYLE, marked=marked)
        return self._looks_of[look]

    def on_resize(self) -> None:
        self._arrange()

    @property
    def _shows_detail(self) -> bool:
        return self.has_class("beside") or self.has_class("below")

    def _arrange(self) -> None:
        kept = self.bunsui.state.get(_DETAIL)
        wide = self.size.width >= _WIDE
        shown = kept if isinstance(kept, bool) else wide
        self.set_class(shown and wide, "beside")
        self.set_class(shown and not wide, "below")
        self.call_after_refresh(self._rearranged)

    def _rearranged(self) -> None:
        self._looks_of = {}
        self.query_one("#head", Line).say(lines.head(self._room, STYLE, self._order))
        self._top()
        self._note()
        self._detail()

    def action_detail(self) -> None:
        self.bunsui.state.put(_DETAIL, not self._shows_detail)
        self._arrange()
        self._glance()

    def action_scroll_detail(self, by: int) -> None:
        self.query_one("#detail", Page).scroll_relative(y=3 * by, animate=False)

    def _detail(self) -> None:
        page = self.query_one("#detail", Page)
        session = self._loaded.sessions.get(self.rows.key or "")
        if not self._shows_detail or page.size.width < 8:
            return
        view, around = self._loaded.view(session), self._loaded.around(time.time())
        page.show(list(detail.lines(session, view, around, page.size.width - 2, STYLE)) if session else [])

    def _top(self) -> None:
        shown = top.lines(self._health, max(self.size.width - 2, 10), STYLE, self._named())
        self.query_one("#top", Line).say(*shown)

    def _note(self) -> None:
        line = self.query_one("#note", Line)
        typing = self.query_one(Filter)
        text = note.typing(typing.value, self._known(), self._desk.query) if typing.has_focus else ""
        text = text or self.doing or note.lines(self._loaded, self._desk.query, self._order, len(self.marked))
        text = text or self._next()
        line.say(note.cut(text if self._loaded.known else "", self._room, STYLE))

    def _next(self) -> str:
        """Where the detail is not there to say it: what the likeliest key does."""
        session = self._loaded.sessions.get(self.rows.key or "")
        if session is None or self._shows_detail:
            return ""
        key, command = next(detail.commands(session, self._loaded.view(session)))
        return f"{key}  {escape.line(command)}"

    # The cursor

    def on_rows_moved(self, event: Rows.Moved) -> None:
        """What is known at once, and the rest when the cursor rests."""
        event.stop()
        self._desk.key = event.key
        self._note()
        self._detail()
        if self._shows_detail and self._loaded.is_stale(event.key):
            self.set_timer(_PAUSE, lambda: self._rested(event.key))

    def _rested(self, key: str) -> None:
        if self.rows.key == key:
            self._glance()

    def on_rows_near_end(self) -> None:
        if self._loaded.further(self._order):
            self.loader.read(self, "more", jobs.more(self._desk))

    def on_rows_chosen(self, event: Rows.Chosen) -> None:
        event.stop()
        self.bunsui.show_session(event.key)

    def copyable(self) -> Mapping[str, str]:
        session = self._loaded.sessions.get(self.rows.key or "")
        if session is None:
            return {}
        arn = session.executions[-1].arn
        next_ = [command for _key, command in detail.commands(session, self._loaded.view(session))]
        return {_("id"): session.id, _("command"): next_[0]} | ({_("ARN"): arn} if arn else {})

    def action_open(self, pane: str = "") -> None:
        if self.rows.key:
            self.bunsui.show_session(self.rows.key, pane)

    def action_answer(self) -> None:
        """On the session's screen, where all that it asks is."""
        session = self._loaded.sessions.get(self.rows.key or "")
        if session and session.id in self._loaded.asking:
            self.bunsui.show_session(session.id)
        else:
            self.complain(_("nothing waits for an answer here"))

    def session(self, id: str) -> Session | None:
        return self._loaded.sessions.get(id)
