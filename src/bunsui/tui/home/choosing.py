"""Which sessions are shown, in which order: the filter line, saved views, sorting. A part of the home screen."""

from __future__ import annotations

import time
from abc import abstractmethod

from textual.events import Click
from textual.widgets import Input

from bunsui.text import escape
from bunsui.text.language import _
from bunsui.tui.home import lines, saved
from bunsui.tui.home.filter import Filter
from bunsui.tui.home.jobs import Desk
from bunsui.tui.home.known import Loaded
from bunsui.tui.home.many import Many
from bunsui.tui.home.query import Known, Query, parse
from bunsui.tui.home.saved import Saved
from bunsui.tui.home.sorting import COLUMNS, NEWEST, Order
from bunsui.tui.widgets.asking import Ask, Pick
from bunsui.tui.widgets.line import Line


class Choosing(Many):
    """What is read and how it is drawn is the home screen's."""

    def __init__(self) -> None:
        super().__init__()
        self._desk = Desk()
        self._loaded = Loaded()
        self._order = NEWEST

    @abstractmethod
    def _look(self) -> None:
        """Read what is shown anew."""

    @abstractmethod
    def _fill(self, at: str | None = None) -> None:
        """Show what was read, the cursor at a session."""

    @abstractmethod
    def _rearranged(self) -> None:
        """Show the rows in another order."""

    @abstractmethod
    def _top(self) -> None:
        """Say anew what the whole home is doing."""

    @property
    def _room(self) -> int:
        """Columns of a row."""
        return max(self.rows.scrollable_content_region.width, 10)

    def _known(self) -> Known:
        found = self._loaded.sessions.values()
        return Known(sorted({one.pipeline for one in found}), sorted({one.owner for one in found}))

    def action_filter(self) -> None:
        line = self.query_one(Filter)
        line.display = True
        line.focus()
        self._note()

    def on_input_changed(self, event: Input.Changed) -> None:
        query = parse(event.value)
        if query != self._desk.query:
            self._again(query)
        self._note()
        self._top()

    def _again(self, query: Query) -> None:
        """Another filter: what was loaded is shown as far as it fits, until it was read anew."""
        self._desk.query, self._desk.first, self._desk.streams = query, "", ()
        self._loaded.narrow(query, time.time(), self._order)
        self.rows.cursor = 0
        self._fill()
        self._look()

    def action_rows(self) -> None:
        line = self.query_one(Filter)
        line.display = bool(line.value)
        self.rows.focus()
        self._note()

    def on_input_submitted(self, _: Input.Submitted) -> None:
        self.action_rows()

    def action_clear(self) -> None:
        if self.is_doing and self.rows.has_focus:
            self.cancelled()
            return
        if self.marked and self.rows.has_focus:
            self.unmark()
            return
        self._show_filter("")

    def _show_filter(self, text: str) -> None:
        line = self.query_one(Filter)
        line.value = text
        line.display = bool(text)
        self.rows.focus()
        self._note()
        self._top()

    def action_sort(self) -> None:
        rows = {name: self._sorting(name) for name in COLUMNS}
        self.app.push_screen(Pick(_("sort by; the same again turns it around"), rows), self._sort)

    def on_click(self, event: Click) -> None:
        """On the head of a column: sorts by it."""
        head = self.query_one("#head", Line)
        if event.widget is head:
            self._sort(lines.column_at(self._room, event.screen_x - head.content_region.x))

    def _sorting(self, column: str) -> str:
        arrow = ("▾" if self._order.down else "▴") if column == self._order.column else " "
        return f"{arrow} {_(COLUMNS[column])}"

    def _sort(self, column: str | None) -> None:
        if column is not None:
            self._sort_by(self._order.chosen(column))

    def _sort_by(self, order: Order) -> None:
        self._order = order
        self._loaded.further(order, begins=True)
        self.rows.cursor = 0
        self._fill()
        self._rearranged()
        self._look()

    def action_views(self) -> None:
        filtered = bool(self.query_one(Filter).value.strip()) or not self._order.is_stored
        found = saved.choices(self.bunsui.state, filtered)
        self.app.push_screen(Pick(_("views"), found), self._chosen)

    def _chosen(self, key: str | None) -> None:
        if key == saved.SAVE:
            self.app.push_screen(Ask(_("a name for this view")), self._save)
        elif key == saved.DELETE:
            names = {one.name: f"{escape.line(one.name)}  {escape.line(one.filter)}" for one in self._own()}
            self.app.push_screen(Pick(_("delete which view?"), names), self._forget)
        elif key is not None:
            self.action_view(int(key))

    def _own(self) -> list[Saved]:
        return saved.own(self.bunsui.state)

    def _save(self, name: str | None) -> None:
        if name and name.strip():
            text = " ".join(self.query_one(Filter).value.split())
            saved.keep(self.bunsui.state, Saved(name.strip(), text, self._order))
            self._top()

    def _forget(self, name: str | None) -> None:
        if name is not None:
            saved.forget(self.bunsui.state, name)
            self._top()

    def action_view(self, number: int) -> None:
        found = saved.every(self.bunsui.state)
        if number > len(found):
            self.complain(_("there is no view {number}").format(number=number), _("v shows them"))
            return
        view = found[number - 1]
        self._show_filter(view.filter)
        self._sort_by(view.order)

    def _named(self) -> str:
        text = self.query_one(Filter).value.strip()
        found = [one for one in saved.every(self.bunsui.state) if (one.filter, one.order) == (text, self._order)]
        return found[0].title if found and found[0] != saved.BUILT_IN[0] else ""
