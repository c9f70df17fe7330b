"""The screen of errors: the failures of all sessions by their kind, those seen last first; the marked one in small."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical

from bunsui.services.errors.views import ErrorGroup
from bunsui.text.language import _, mark, plural
from bunsui.tui.errors import jobs, lines
from bunsui.tui.errors.group import GroupScreen
from bunsui.tui.errors.jobs import Groups
from bunsui.tui.paged import Paged
from bunsui.tui.paint import STYLE
from bunsui.tui.screen import View
from bunsui.tui.sideways import sideways
from bunsui.tui.widgets import columns
from bunsui.tui.widgets.keybar import KeyBar
from bunsui.tui.widgets.line import Line
from bunsui.tui.widgets.sheet import Page, Rows

_EVERY = 3.0  # seconds between looks
_WIDE = 150  # columns from which on the marked one is shown beside the list


class ErrorsScreen(View):
    IS_LIST = True
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("o", "open", mark("last session"), id="errors.open", tooltip=mark("open the session that failed last")),
        Binding("r", "recover", mark("recover it"), id="errors.recover", tooltip=mark("recover that session")),
        *sideways("errors", "errors"),
        Binding("escape", "app.up", mark("back"), show=False, id="errors.back", tooltip=mark("back")),
    ]
    DEFAULT_CSS = """
    ErrorsScreen #list { width: 1fr; }
    ErrorsScreen #head { height: 1; }
    ErrorsScreen Rows { height: 1fr; }
    ErrorsScreen #note { height: 1; }
    ErrorsScreen #beside { display: none; width: 34%; border-left: solid $panel; }
    ErrorsScreen.wide #beside { display: block; }
    """

    def __init__(self) -> None:
        super().__init__()
        self._groups: Paged[tuple[ErrorGroup, bool]] = Paged()

    def compose(self) -> ComposeResult:
        yield Line(id="top")
        with Horizontal():
            with Vertical(id="list"):
                yield Line(id="head")
                yield Rows(self._draw, id="groups", enter=mark("open"))
                yield Line(id="note")
            yield Page(id="beside")
        yield KeyBar()

    def on_mount(self) -> None:
        self.query_one("#beside", Page).can_focus = False
        self.query_one(Rows).focus()
        self._say()
        self._look()
        self.set_interval(_EVERY, self._look)

    def _look(self) -> None:
        if self.is_current:
            self.loader.read(self, "errors", jobs.groups())

    def on_groups(self, told: Groups) -> None:
        found = {group.fingerprint: (group, done) for group, done in told.page.groups}
        self._groups.take(found, told.after, told.page.next)
        self.query_one(Rows).fill(list(self._groups.rows))
        self._say()

    def on_resize(self) -> None:
        self.set_class(self.size.width >= _WIDE, "wide")
        self.call_after_refresh(self._say)

    def _say(self) -> None:
        rows = self.query_one(Rows)
        room = max(rows.scrollable_content_region.width, 20)
        self.query_one("#head", Line).say(columns.head(lines.GROUPS, room, STYLE))
        self.query_one("#top", Line).say(self._title())
        self.query_one("#note", Line).say(STYLE.dim(self._note()))
        self._beside()

    def _title(self) -> str:
        count = sum(one.count for one, _done in self._groups.rows.values())
        kinds = plural("{count} kind of failure", "{count} kinds of failures", len(self._groups.rows))
        seen = plural("seen {count} time", "seen {count} times", count)
        open_ = sum(not done for _one, done in self._groups.rows.values())
        left = plural("{count} not passed since", "{count} not passed since", open_)
        told = (
            f"{kinds}  {seen}  {STYLE.paint(left, 'red') if open_ else STYLE.dim(left)}" if self._groups.known else ""
        )
        return f"{STYLE.bold(_('errors of all sessions'))}  {told}"

    def _note(self) -> str:
        if not self._groups.known:
            return _("reading ...")
        if not self._groups.rows:
            return _("No session has failed so far.")
        return _("bunsui session errors") + ("  " + _("more below") if self._groups.more else "")

    def _draw(self, key: str, room: int) -> str:
        return lines.group(*self._groups.rows[key], time.time(), room, STYLE)

    @property
    def _marked(self) -> ErrorGroup | None:
        found = self._groups.rows.get(self.query_one(Rows).key or "")
        return found[0] if found else None

    def _beside(self) -> None:
        page, key = self.query_one("#beside", Page), self.query_one(Rows).key
        if page.display and page.size.width > 8:
            page.show(list(lines.summary(*self._groups.rows[key], page.size.width - 2, STYLE)) if key else [])

    def on_rows_moved(self, event: Rows.Moved) -> None:
        event.stop()
        self._beside()

    def on_rows_near_end(self) -> None:
        if self._groups.more is not None:
            self.loader.read(self, "more", jobs.groups(self._groups.more))

    def on_rows_chosen(self, event: Rows.Chosen) -> None:
        event.stop()
        self.app.push_screen(GroupScreen(event.key))

    def copyable(self) -> Mapping[str, str]:
        found = self._marked
        if found is None:
            return {}
        return {_("session"): found.session, _("fingerprint"): found.fingerprint, _("error"): lines.told(found)}

    def action_open(self) -> None:
        if self._marked:
            self.bunsui.show_session(self._marked.session, "errors")

    def action_recover(self) -> None:
        if self._marked:
            self.bunsui.go("recover", self._marked.session)
