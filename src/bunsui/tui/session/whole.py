"""Something whole on top of the screen, to be read and copied: a line of the log, an event, a long value."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical

from bunsui.model.json import Json
from bunsui.model.log import LogLine
from bunsui.text import escape, width, words
from bunsui.text.language import _, mark
from bunsui.tui import copying
from bunsui.tui.paint import STYLE
from bunsui.tui.widgets.box import Box
from bunsui.tui.widgets.line import Line
from bunsui.tui.widgets.sheet import Page

_MOST = 5_000  # lines


class Whole(Box[None]):
    DEFAULT_CSS = """
    Whole { align: center middle; background: $background 60%; }
    Whole > Vertical { width: 92%; max-width: 140; height: auto; max-height: 92%; background: $surface;
        border: round $primary; padding: 0 1; }
    Whole Page { height: auto; max-height: 40; padding: 0; margin: 1 0; }
    Whole Line { padding: 0; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("c,y", "copy", mark("copy"), id="whole.copy"),
        Binding("escape,q,enter", "leave", mark("close"), id="whole.close"),
    ]

    def __init__(self, title: str, text: str, copied: str) -> None:
        """`text` is safe; lines that are too long are wrapped."""
        super().__init__()
        self._title, self._text, self._copied = title, text, copied

    @staticmethod
    def of_line(line: LogLine) -> Whole:
        item = f"[{line.item}]" if line.item is not None else ""
        parts = [words.moment(line.time), line.level, escape.line(line.operation or "session") + item, line.attempt]
        title = "  ".join(part for part in [*parts, line.stream] if part)
        return Whole(title, _pretty(line.message), line.message)

    @staticmethod
    def of_value(title: str, value: Json) -> Whole:
        text = value if isinstance(value, str) else escape.json_text(value)
        return Whole(title, "\n".join(escape.lines(text)), text)

    def compose(self) -> ComposeResult:
        with Vertical():
            yield Line(STYLE.bold(self._title))
            yield Page()

    def on_mount(self) -> None:
        self.query_one(Page).focus()
        self.call_after_refresh(self._fill)

    def on_resize(self) -> None:
        self.call_after_refresh(self._fill)

    def _fill(self) -> None:
        room = max(self.query_one(Page).size.width - 1, 20)
        self.query_one(Page).show(list(_rows(self._text.split("\n"), room)))

    def action_copy(self) -> None:
        copying.copy(self.app, self._copied)
        self.notify(_("copied"), markup=False)

    def action_leave(self) -> None:
        self.dismiss()


def _rows(lines: Sequence[str], room: int) -> Iterator[str]:
    for line in lines[:_MOST]:
        yield from width.chunks(line, room)
    if len(lines) > _MOST:
        yield STYLE.dim(_("{count} more; copy it to see all").format(count=f"{len(lines) - _MOST:,}"))


def _pretty(message: str) -> str:
    """JSON in a line, as logs often have it, is easier to read in several."""
    try:
        value = json.loads(message) if message[:1] in "{[" and message else None
    except (ValueError, RecursionError):
        value = None
    return escape.json_text(value) if isinstance(value, dict | list) else "\n".join(escape.lines(message))
