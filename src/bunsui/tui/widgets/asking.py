"""Questions on top of a screen: yes or no, one of several, a line of text. What the answer does is the asker's.

Whoever asks puts the command that does the same among the lines.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import ClassVar, TypeVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.suggester import Suggester
from textual.widget import Widget
from textual.widgets import Input

from bunsui.text import width
from bunsui.text.language import _, mark
from bunsui.tui import copying
from bunsui.tui.paint import STYLE
from bunsui.tui.widgets.box import Box
from bunsui.tui.widgets.keybar import Chip, KeyBar
from bunsui.tui.widgets.line import Line
from bunsui.tui.widgets.sheet import Page, Rows

_Answer = TypeVar("_Answer")
_PAINTED = re.compile("(\x1b\\[[0-9;]*m)([^\x1b]*)(\x1b\\[0m)")
_WIDEST = 100


class Question(Box[_Answer]):
    """A box with a title, and something to be seen. Where letters answer, they stand in the box as well."""

    DEFAULT_CSS = """
    Question { align: center middle; background: $background 60%; }
    Question > Vertical { width: 90%; max-width: 100; height: auto; max-height: 94%; padding: 0 1;
        background: $surface; border: round $primary; }
    Question > Vertical > Line { padding: 0; }
    Question .title { margin-bottom: 1; }
    Question Page, Question Rows { scrollbar-background: $surface; height: auto; padding: 0; }
    Question Input { margin-top: 1; }
    Question #answers { dock: none; margin-top: 1; padding: 0; background: $surface; }
    """

    def __init__(self, title: str, lines: Sequence[str] = ()) -> None:
        super().__init__()
        self._title, self._lines = title, lines

    def compose(self) -> ComposeResult:
        with Vertical():
            yield Line(classes="title")
            yield from self.parts()

    def parts(self) -> Iterable[Widget]:
        yield Page()

    def on_resize(self) -> None:
        for seen in self.query("Page, Rows"):
            seen.styles.max_height = max(self.size.height - 9, 2)
        columns = max(min(self.size.width * 9 // 10, _WIDEST) - 4, 8)
        self.query_one(".title", Line).say(*map(STYLE.bold, width.wrap(self._title, columns)))
        self.draw([part for line in self._lines for part in wrapped(line, columns)])

    def draw(self, lines: Sequence[str]) -> None:
        """The lines of the question, as wide as there is room."""
        self.query_one(Page).show(lines)

    def answers(self) -> KeyBar:
        bar = KeyBar(self.chips)
        bar.id = "answers"
        return bar


class Confirm(Question[bool]):
    """What would be done, and whether to do it. Enter is no answer: pressed once too often, it does nothing."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "answer(True)", mark("do it"), id="confirm.yes"),
        Binding("n,escape,q", "answer(False)", mark("leave it"), id="confirm.no"),
        Binding("enter", "neither", mark("no answer"), show=False, id="confirm.enter"),
    ]

    def __init__(self, title: str, lines: Sequence[str], deed: str) -> None:
        super().__init__(title, lines)
        self._deed = deed

    @property
    def named(self) -> Mapping[str, str]:
        return {"answer(True)": self._deed}

    def parts(self) -> Iterable[Widget]:
        yield Page()
        yield self.answers()

    def action_answer(self, answer: bool) -> None:
        self.dismiss(answer)

    def action_neither(self) -> None:
        self.app.bell()
        self.notify("   ".join(f"{one.key}: {one.what}" for one in self.chips()), markup=False, timeout=2)


class Offer(Confirm, inherit_bindings=False):
    """A question about something that nothing is lost by: Enter takes it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,y", "answer(True)", mark("do it"), id="offer.yes"),
        Binding("escape,n,q", "answer(False)", mark("leave it"), id="offer.no"),
    ]


class Tell(Question[bool]):
    """Something to be read, and copied: `c` copies the address, `o` opens it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("o", "open", mark("open"), id="tell.open"),
        Binding("c,y", "copy", mark("copy"), id="tell.copy"),
        Binding("escape,q,enter", "leave", mark("close"), id="tell.leave"),
    ]

    def __init__(self, title: str, lines: Sequence[str], address: str) -> None:
        super().__init__(title, lines)
        self._address = address

    def parts(self) -> Iterable[Widget]:
        yield Page()
        yield self.answers()

    def action_leave(self) -> None:
        self.dismiss(True)

    def action_copy(self) -> None:
        copying.copy(self.app, self._address)
        self.notify(_("copied"), markup=False)

    def action_open(self) -> None:
        self.app.open_url(self._address)


class Pick(Question[str | None]):
    """One of several, by its key."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,q", "leave", mark("leave it"), id="pick.leave")]

    def __init__(self, title: str, choices: Mapping[str, str], at: str | None = None) -> None:
        super().__init__(title)
        self._choices, self._at = choices, at

    def parts(self) -> Iterable[Widget]:
        yield Rows(lambda key, columns: width.cut(self._choices[key], columns))

    def on_mount(self) -> None:
        rows = self.query_one(Rows)
        rows.fill(list(self._choices), self._at)
        rows.focus()

    def draw(self, lines: Sequence[str]) -> None:
        pass

    def on_rows_chosen(self, event: Rows.Chosen) -> None:
        event.stop()
        self.dismiss(event.key)

    def action_leave(self) -> None:
        self.dismiss(None)


class Ask(Question[str | None]):
    """A line of text; None when it is left."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "leave", mark("leave it"), id="ask.leave")]

    def __init__(
        self,
        title: str,
        lines: Sequence[str] = (),
        value: str = "",
        hint: str = "",
        suggester: Suggester | None = None,
    ) -> None:
        super().__init__(title, lines)
        self._value, self._hint, self._suggester = value, hint, suggester

    def parts(self) -> Iterable[Widget]:
        yield Line(id="about")
        yield Input(self._value, placeholder=self._hint, suggester=self._suggester)

    def chips(self) -> Sequence[Chip]:
        return Chip("enter", _("go on"), "go_on", self), *super().chips()

    def on_mount(self) -> None:
        self.query_one(Input).focus()

    def draw(self, lines: Sequence[str]) -> None:
        about = self.query_one("#about", Line)
        about.display = bool(lines)
        about.say(*lines)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.dismiss(event.value)

    def action_go_on(self) -> None:
        self.dismiss(self.query_one(Input).value)

    def action_leave(self) -> None:
        self.dismiss(None)


def wrapped(line: str, columns: int) -> list[str]:
    """In several lines where it is too wide; of painted ones those that have one colour from end to end."""
    whole = _PAINTED.fullmatch(line)
    if whole:
        return [f"{whole[1]}{part}{whole[3]}" for part in _hanging(whole[2], columns)]
    return [line] if "\x1b" in line else _hanging(line, columns)


def _hanging(line: str, columns: int) -> list[str]:
    if width.columns(line) <= columns:
        return [line]
    indent = " " * min(len(line) - len(line.lstrip()), columns // 2)
    first, *others = width.wrap(line.strip(), columns - len(indent) - 2)
    return [indent + first, *(f"{indent}  {part}" for part in others)]
