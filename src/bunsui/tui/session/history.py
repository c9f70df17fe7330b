"""The pane of the history: the story by operation, or every event; filtered while somebody types.

The lines are made in `events`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Input

from bunsui.text import escape
from bunsui.text.folding import Fold, IsOpen
from bunsui.text.language import _, mark, plural
from bunsui.text.parts import Part, fitted
from bunsui.tui.paint import STYLE
from bunsui.tui.session import events
from bunsui.tui.session.pane import OpenLog, Pane, Shown
from bunsui.tui.session.whole import Whole
from bunsui.tui.widgets.field import Field
from bunsui.tui.widgets.line import Line
from bunsui.tui.widgets.sheet import Rows
from bunsui.tui.widgets.tree import Tree


class HistoryPane(Pane):
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("slash", "find", mark("only"), key_display="/", tooltip=mark("only lines with"), id="history.only"),
        Binding("m", "raw", mark("story/events"), id="history.events"),
    ]
    DEFAULT_CSS = """
    HistoryPane Input { display: none; height: 1; border: none; padding: 0 1; background: $panel; }
    HistoryPane Input:focus { border: none; }
    HistoryPane #history-note { height: 1; }
    HistoryPane Tree { height: 1fr; }
    """

    def __init__(self, id: str) -> None:
        super().__init__(id=id)
        self._raw = False
        self._text = ""
        self._of: tuple[object, ...] = ()

    def compose(self) -> ComposeResult:
        yield Line(id="history-note")
        yield Field(id="history-input", compact=True)
        yield Tree(id="events")

    def draw(self, shown: Shown) -> None:
        if shown.run is None:
            self.query_one("#history-note", Line).say(STYLE.dim(_("Nothing has started yet.")))
            return
        key = (id(shown.run), shown.about.recoveries, self._raw, self._text)
        if key != self._of:
            self._of = key
            self.front.build(lambda is_open: self._lines(shown, is_open))
        self._note(shown)

    def _lines(self, shown: Shown, is_open: IsOpen) -> Iterator[Fold]:
        if shown.run is None:
            return
        made = events.raw(shown.run.tree, is_open, STYLE) if self._raw else events.story(shown.run, shown.about, STYLE)
        yield from (one for one in made if self._takes(one.parts) or "/details" in one.key)

    def _takes(self, parts: Sequence[Part]) -> bool:
        return not self._text or self._text in "".join(text for text, _style in parts).lower()

    def _note(self, shown: Shown) -> None:
        what = _("every event") if self._raw else _("what happened")
        count = plural("{count} event", "{count} events", len(shown.run.tree.events) if shown.run else 0)
        parts: list[Part] = [(what, "bold"), (f"  {count}", "dim")]
        parts += [("  " + _("m shows {other}").format(other=_("the story") if self._raw else _("every event")), "dim")]
        if self._text:
            parts.append((f"  {STYLE.dot} " + _("only with {text}").format(text=escape.line(self._text)), "yellow"))
        self.query_one("#history-note", Line).say(fitted(parts, max(self.size.width - 2, 10), STYLE))

    @property
    def front(self) -> Tree:
        return self.query_one(Tree)

    @property
    def marked(self) -> str | None:
        """The operation of the marked line of the story."""
        name, found, _number = (self.front.key or "").partition("\n")
        return name or None if found else None

    def copyable(self) -> Mapping[str, str]:
        one = self.front.current
        return {_("event"): one.copied} if one is not None and one.value is not None else {}

    def on_rows_chosen(self, event: Rows.Chosen) -> None:
        event.stop()
        one = self.front.current
        if one is None or self.front.toggle():
            return
        if self.marked:
            self.post_message(OpenLog(self.marked))
        elif one.value is not None:
            self.app.push_screen(Whole.of_value(_("event"), one.value))

    def action_raw(self) -> None:
        self._raw = not self._raw
        self.again()

    def action_find(self) -> None:
        line = self.query_one(Input)
        line.placeholder = _("only lines that have this")
        line.display = True
        line.focus()

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        self._text = event.value.lower()
        self.again()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.query_one(Input).display = False
        self.front.focus()

    def leave(self) -> bool:
        """Shows everything again; False when everything was shown already."""
        line = self.query_one(Input)
        if not (line.display or self._text):
            return False
        line.value, line.display, self._text = "", False, ""
        self.front.focus()
        self.again()
        return True
