"""The fields of a form: a line that is typed, or one of several. Each tells when its text changed.

What a text means, and whether it fits, is not known here.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from rich.text import Text
from textual.binding import Binding, BindingType
from textual.events import Click
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Input

from bunsui.text import escape, width
from bunsui.text.language import _, mark
from bunsui.tui.paint import STYLE, palette

_GAP = 2


class Typed(Input):
    """A line; ctrl+up and ctrl+down ask for the next day or number."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+up", "step(1)", mark("more"), show=False, id="form.more"),
        Binding("ctrl+down", "step(-1)", mark("less"), show=False, id="form.less"),
    ]

    class Stepped(Message):
        def __init__(self, field: Typed, by: int) -> None:
            super().__init__()
            self.field, self.by = field, by

    def action_step(self, by: int) -> None:
        self.post_message(self.Stepped(self, by))


class Choice(Widget, can_focus=True):
    """One of several, chosen by arrows, blank or mouse. An empty text is the default's."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("right,space,l", "choose(1)", mark("next"), show=False, id="form.next"),
        Binding("left,h", "choose(-1)", mark("before"), show=False, id="form.before"),
        Binding("backspace,delete", "default", mark("default"), show=False, id="form.default"),
        Binding("enter", "done", mark("run it"), show=False, id="form.done"),
    ]
    DEFAULT_CSS = """
    Choice { height: 1; padding: 0 1; background: $panel; }
    Choice:focus { background: $primary 30%; }
    """

    class Changed(Message):
        def __init__(self, field: Choice) -> None:
            super().__init__()
            self.field = field

    class Submitted(Changed):
        pass

    def __init__(self, options: Sequence[str], default: str | None, id: str | None = None) -> None:
        super().__init__(id=id)
        self._options, self._default = list(options), default
        self._chosen: int | None = None

    @property
    def value(self) -> str:
        return "" if self._chosen is None else self._options[self._chosen]

    @value.setter
    def value(self, text: str) -> None:
        self._chosen = self._options.index(text) if text in self._options else None
        self.refresh()
        self.post_message(self.Changed(self))

    @property
    def _at(self) -> int | None:
        if self._chosen is not None:
            return self._chosen
        return self._options.index(self._default) if self._default in self._options else None

    def action_choose(self, by: int) -> None:
        at = self._at
        self._chosen = (0 if by > 0 else -1) % len(self._options) if at is None else (at + by) % len(self._options)
        self.value = self._options[self._chosen]

    def action_default(self) -> None:
        self.value = ""

    def action_done(self) -> None:
        self.post_message(self.Submitted(self))

    def on_click(self, event: Click) -> None:
        left = event.x - self.gutter.left
        for number, option in enumerate(self._options):
            wide = width.columns(escape.line(option)) + 2
            if 0 <= left < wide:
                self.value = self._options[number]
                return
            left -= wide + _GAP

    def render(self) -> Text:
        return palette(self.app).text(self._line(self.size.width))

    def _line(self, columns: int) -> str:
        shown = [escape.line(option) for option in self._options]
        if sum(width.columns(one) + 2 + _GAP for one in shown) <= columns:
            return (" " * _GAP).join(self._option(number, one) for number, one in enumerate(shown))
        at = self._at
        text = _("none chosen") if at is None else shown[at]
        count = "" if at is None else f"  {at + 1}/{len(shown)}"
        return f"‹ {STYLE.bold(width.cut(text, max(columns - 12, 4)))} ›{STYLE.dim(count)}"

    def _option(self, number: int, text: str) -> str:
        if number != self._at:
            return STYLE.dim(f"○ {text}")
        return f"● {text}" if self._chosen is None else STYLE.paint(f"● {text}", "cyan bold")


Field = Typed | Choice
