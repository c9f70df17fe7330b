"""Questions on top of a screen: yes or no, one of several, a line of text. What the answer does is the asker's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.suggester import Suggester
from textual.widgets import Input

from bunsui.text import width
from bunsui.tui.paint import STYLE
from bunsui.tui.widgets.line import Line
from bunsui.tui.widgets.sheet import Page, Rows

_CSS = """
{name} {{ align: center middle; background: $background 60%; }}
{name} > Vertical {{
    width: 90%; max-width: 100; height: auto; max-height: 90%; padding: 0 1;
    background: $surface; border: round $primary;
}}
{name} > Vertical > Page {{ height: auto; max-height: 70vh; padding: 0; }}
{name} > Vertical > Line {{ padding: 0; }}
{name} .title {{ color: $primary; margin-bottom: 1; }}
{name} .keys {{ margin-top: 1; }}
{name} Input {{ margin-top: 1; }}
"""


class Confirm(ModalScreen[bool]):
    """What would be done, and whether to do it."""

    DEFAULT_CSS = _CSS.format(name="Confirm")
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y,enter", "answer(True)", "do it"),
        Binding("n,escape,q", "answer(False)", "leave it"),
    ]

    def __init__(self, title: str, lines: Sequence[str], deed: str) -> None:
        super().__init__()
        self._title, self._lines, self._deed = title, lines, deed

    def compose(self) -> ComposeResult:
        page = Page()
        with Vertical():
            yield Line(STYLE.bold(self._title), classes="title")
            yield page
            keys = f"{STYLE.bold('y')} {self._deed}   {STYLE.bold('n')} leave it"
            yield Line(keys, classes="keys")
        page.show([part for line in self._lines for part in _wrapped(line)])

    def action_answer(self, answer: bool) -> None:
        self.dismiss(answer)


def _wrapped(line: str) -> list[str]:
    """Where it has no colours, in several lines."""
    return [line] if "\x1b" in line or width.columns(line) <= 72 else _hanging(line)


def _hanging(line: str) -> list[str]:
    indent = " " * (len(line) - len(line.lstrip()))
    first, *others = width.wrap(line.strip(), 72 - len(indent))
    return [indent + first, *(f"{indent}  {part}" for part in others)]


class Tell(Confirm):
    """Something to be read, and copied: `c` copies `copied`, `o` opens it."""

    DEFAULT_CSS = _CSS.format(name="Tell")
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,enter", "answer(False)", "close"),
        Binding("c", "copy", "copy"),
        Binding("o", "open", "open"),
    ]

    def __init__(self, title: str, lines: Sequence[str], address: str) -> None:
        super().__init__(title, lines, "")
        self._address = address

    def compose(self) -> ComposeResult:
        page = Page()
        with Vertical():
            yield Line(STYLE.bold(self._title), classes="title")
            yield page
            keys = (("o", "open"), ("c", "copy"), ("esc", "close"))
            yield Line("   ".join(f"{STYLE.bold(key)} {what}" for key, what in keys), classes="keys")
        page.show(self._lines)

    def action_copy(self) -> None:
        self.app.copy_to_clipboard(self._address)
        self.notify("copied", markup=False)

    def action_open(self) -> None:
        self.app.open_url(self._address)


class Pick(ModalScreen[str | None]):
    """One of several, by its key."""

    DEFAULT_CSS = _CSS.format(name="Pick") + "Pick Rows { height: auto; max-height: 60vh; padding: 0; }"
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,q", "leave", "leave it")]

    def __init__(self, title: str, choices: Mapping[str, str], at: str | None = None) -> None:
        super().__init__()
        self._title, self._choices, self._at = title, choices, at

    def compose(self) -> ComposeResult:
        with Vertical():
            yield Line(STYLE.bold(self._title), classes="title")
            yield Rows(lambda key, columns: width.cut(self._choices[key], columns))
            yield Line(f"{STYLE.bold('enter')} choose   {STYLE.bold('esc')} leave it", classes="keys")

    def on_mount(self) -> None:
        rows = self.query_one(Rows)
        rows.fill(list(self._choices), self._at)
        rows.focus()

    def on_rows_chosen(self, event: Rows.Chosen) -> None:
        self.dismiss(event.key)

    def action_leave(self) -> None:
        self.dismiss(None)


class Ask(ModalScreen[str | None]):
    """A line of text; None when it is left."""

    DEFAULT_CSS = _CSS.format(name="Ask")
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "leave", "leave it")]

    def __init__(
        self,
        title: str,
        lines: Sequence[str] = (),
        value: str = "",
        hint: str = "",
        suggester: Suggester | None = None,
    ) -> None:
        super().__init__()
        self._title, self._lines, self._value, self._hint = title, lines, value, hint
        self._suggester = suggester

    def compose(self) -> ComposeResult:
        with Vertical():
            yield Line(STYLE.bold(self._title), *self._lines, classes="title")
            yield Input(self._value, placeholder=self._hint, suggester=self._suggester)
            yield Line(f"{STYLE.bold('enter')} go on   {STYLE.bold('esc')} leave it", classes="keys")

    def on_input_submitted(self, event: Input.Submitted) -> None:
        self.dismiss(event.value)

    def action_leave(self) -> None:
        self.dismiss(None)
