"""A question: the output that a skipped operation is taken to have had, as JSON; it is looked at while it is typed."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Input

from bunsui.model.json import Json
from bunsui.text import escape
from bunsui.text.language import _, mark
from bunsui.tui.paint import STYLE
from bunsui.tui.widgets.box import Box
from bunsui.tui.widgets.keybar import Chip
from bunsui.tui.widgets.line import Line


class Given(Box[dict[str, Json] | None]):
    """A JSON object; None when it is left."""

    DEFAULT_CSS = """
    Given { align: center middle; background: $background 60%; }
    Given > Vertical { width: 90%; max-width: 100; height: auto; background: $surface; border: round $primary;
        padding: 0 1; }
    Given Line { padding: 0; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "leave", mark("leave it"), id="given.leave")]

    def __init__(self, operation: str, readers: Sequence[str], value: str = "{}") -> None:
        """`readers` are those that get it."""
        super().__init__()
        self._operation, self._readers, self._value = operation, readers, value

    def compose(self) -> ComposeResult:
        name = escape.line(self._operation)
        with Vertical():
            yield Line(STYLE.bold(_("the output that {operation} is taken to have had").format(operation=name)))
            if self._readers:
                read = ", ".join(map(escape.line, self._readers))
                yield Line(STYLE.dim(_("given to {operations}").format(operations=read)))
            yield Input(self._value, placeholder='{"rows": 12}', compact=True)
            yield Line(id="judged")

    def chips(self) -> Sequence[Chip]:
        return Chip("enter", _("go on"), "go_on", self), *super().chips()

    def on_mount(self) -> None:
        self._judge(self._value)

    def on_input_changed(self, event: Input.Changed) -> None:
        self._judge(event.value)

    def _judge(self, text: str) -> None:
        value, wrong = judged(text)
        if value is None:
            self.query_one("#judged", Line).say(STYLE.paint(f"✘ {wrong}", "red"))
        else:
            names = ", ".join(escape.line(name) for name in value) or _("no fields")
            self.query_one("#judged", Line).say(STYLE.paint(f"✔ {names}", "green"))

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.action_go_on()

    def action_go_on(self) -> None:
        """What is no object is told, and nothing else happens."""
        value, _wrong = judged(self.query_one(Input).value)
        if value is not None:
            self.dismiss(value)

    def action_leave(self) -> None:
        self.dismiss(None)


def judged(text: str) -> tuple[dict[str, Json] | None, str]:
    """The object, or what is wrong with the text."""
    try:
        value = json.loads(text or "{}")
    except json.JSONDecodeError as error:
        return None, _("not JSON at column {column}: {what}").format(column=error.colno, what=error.msg)
    except RecursionError:
        return None, _("too deep")
    if not isinstance(value, dict):
        return None, _('an object is needed, such as {"rows": 12}')
    return value, ""
