"""The line after `:`, with what could come next above it. What commands do is `commands` and the app."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.widgets import Input

from bunsui.text import escape, width
from bunsui.text.language import _, mark
from bunsui.tui.completion import Candidate, Names, candidates
from bunsui.tui.paint import STYLE
from bunsui.tui.widgets.box import Box
from bunsui.tui.widgets.keybar import Chip
from bunsui.tui.widgets.line import Line
from bunsui.tui.widgets.sheet import Rows

_MOST = 14  # candidates in sight
_NAMES = 44  # columns at most, before what is said of each


class Prompt(Box[str | None]):
    """What was typed; None when it is left."""

    DEFAULT_CSS = """
    Prompt { align: center bottom; background: $background 30%; }
    Prompt > Vertical { height: auto; max-height: 70%; background: $surface; border-top: solid $primary; }
    Prompt Rows { scrollbar-background: $surface; height: auto; padding: 0 1; }
    Prompt Rows > .rows--quiet { background: $primary 35%; text-style: bold; }
    Prompt Horizontal { height: 1; }
    Prompt Line { width: 2; padding: 0 0 0 1; background: $panel; }
    Prompt Input { height: 1; width: 1fr; border: none; padding: 0 1 0 0; background: $panel; }
    Prompt Input:focus { border: none; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", mark("leave it"), id="prompt.leave"),
        Binding("tab,down", "turn(1)", mark("complete"), key_display="tab", id="prompt.next", priority=True),
        Binding("shift+tab,up", "turn(-1)", mark("the one before"), show=False, id="prompt.before", priority=True),
    ]

    def __init__(self, names: Callable[[], Names], line: str = "") -> None:
        super().__init__()
        self._names, self._line = names, line
        self._found: dict[str, Candidate] = {}
        self._filled = ""  # by us, not typed
        self._turned = False

    def compose(self) -> ComposeResult:
        with Vertical():
            yield Rows(self._draw)
            with Horizontal():
                yield Line(STYLE.paint(":", "cyan bold"))
                yield Input(self._line, placeholder=_("a command"))

    def chips(self) -> Sequence[Chip]:
        return Chip("enter", _("do it"), "take", self), *super().chips()

    def on_mount(self) -> None:
        self.query_one(Rows).can_focus = False
        self.query_one(Input).focus()
        self._look(self._line)

    def on_resize(self) -> None:
        self.query_one(Rows).styles.max_height = min(max(self.size.height - 5, 1), _MOST)

    def _draw(self, key: str, columns: int) -> str:
        one = self._found[key]
        widest = max(width.columns(escape.line(each.shown)) for each in self._found.values())
        names = min(widest, _NAMES, columns)
        shown = width.pad(width.cut_middle(escape.line(one.shown), names), names)
        return f"{shown}  {STYLE.dim(width.cut(escape.line(one.about), max(columns - names - 2, 0)))}"

    def _look(self, line: str) -> None:
        self.run_worker(self._looked(line), exclusive=True)

    async def _looked(self, line: str) -> None:
        found = await asyncio.to_thread(candidates, line, self._names())
        self._found = {one.line: one for one in found}
        self._turned = False
        for rows in self.query(Rows):  # none, when it was left meanwhile
            rows.cursor = 0
            rows.fill(list(self._found))
            rows.display = bool(self._found)

    def on_input_changed(self, event: Input.Changed) -> None:
        if event.value != self._filled:
            self._look(event.value)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        self.action_take()

    def action_take(self) -> None:
        self.dismiss(self.query_one(Input).value)

    def on_rows_chosen(self, event: Rows.Chosen) -> None:
        self.dismiss(event.key)

    def action_turn(self, by: int) -> None:
        """The first one stands there at once; the next ones in its place. One alone opens what comes after it."""
        rows = self.query_one(Rows)
        if rows.key is None:
            return
        if self._turned or by < 0:
            rows.go((rows.cursor + by) % len(rows.keys))
        self._turned = True
        self._fill(rows.key or "")
        if len(rows.keys) == 1:
            self._look(rows.key or "")

    def _fill(self, line: str) -> None:
        self._filled = line
        entry = self.query_one(Input)
        entry.value = line
        entry.cursor_position = len(line)

    def action_leave(self) -> None:
        self.dismiss(None)
