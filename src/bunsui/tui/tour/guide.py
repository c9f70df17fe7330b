"""Leads through the tour: shows the screen of each step, marks what it is about, and puts the card there."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

from textual.css.query import NoMatches
from textual.widget import Widget

from bunsui.text.language import _
from bunsui.tui.paint import STYLE
from bunsui.tui.screen import View
from bunsui.tui.tour.card import Card
from bunsui.tui.tour.steps import STEPS
from bunsui.tui.widgets.asking import Offer

_MARKED = "toured"


def offer() -> Offer:
    lines = [_("Is this your first time here? A tour of a minute shows where everything is."), "", STYLE.dim(":tour")]
    return Offer(_("Welcome to Bunsui"), lines, _("show me"))


class Guide:
    def __init__(self, home: Callable[[], View], go: Callable[[str], View]) -> None:
        """`home` shows the list of sessions, `go` a screen above it; both say which one is in front then."""
        self._home, self._go = home, go
        self._at = 0
        self._view: View | None = None
        self._route = ""
        self._focus: Widget | None = None

    def begin(self) -> None:
        self.end()
        self._at = 0
        self._show()

    def turn(self, by: int) -> None:
        self._at += by
        self.clear()
        if by and 0 <= self._at < len(STEPS):
            self._show()
        else:
            self.end()

    def end(self) -> None:
        self.clear()
        if self._view is not None:
            self._view = self._home()
            self._route = ""

    def clear(self) -> None:
        if self._view is None:
            return
        self._view.query(Card).remove()
        self._view.query(f".{_MARKED}").remove_class(_MARKED)
        if self._focus is not None and self._focus.is_attached:
            self._focus.focus()

    def _show(self) -> None:
        step = STEPS[self._at]
        if self._view is None or step.route != self._route:
            self._view = self._home()
            self._view = self._go(step.route) if step.route else self._view
            self._route = step.route
        self._view.call_after_refresh(self._point)

    def _point(self) -> None:
        step, view = STEPS[self._at], self._view
        if view is None:
            return
        self._focus = view.focused if not isinstance(view.focused, Card) else self._focus
        with suppress(NoMatches):  # the screen shows something else in its place at the moment
            view.query(step.points).first(Widget).add_class(_MARKED)
        view.mount(Card(step, self._at + 1, len(STEPS)))
