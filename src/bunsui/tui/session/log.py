"""The pane of the merged log: follows until somebody scrolls up, filters by text, operation and level."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Input

from bunsui.model.log import LogLine
from bunsui.services.logs.filter import rank
from bunsui.text import escape, words
from bunsui.text.logs import log_line
from bunsui.tui.loader import MOST_LINES
from bunsui.tui.paint import STYLE
from bunsui.tui.widgets.line import Line
from bunsui.tui.widgets.sheet import Page

_TICK = 0.5  # seconds
_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")


class LogPane(Vertical):
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("slash", "search", "find", key_display="/"),
        Binding("f", "follow", "follow/pause"),
        Binding("v", "level", "level"),
        Binding("escape", "clear", "all lines", show=False),
    ]
    DEFAULT_CSS = """
    LogPane #find { display: none; height: 1; border: none; padding: 0 1; background: $panel; }
    LogPane #find:focus { border: none; }
    LogPane #log-note { height: 1; }
    LogPane Page { height: 1fr; }
    """

    def __init__(self, id: str) -> None:
        super().__init__(id=id)
        self._lines: deque[LogLine] = deque(maxlen=MOST_LINES)
        self._operation: str | None = None
        self._text = ""
        self._level = _LEVELS[0]
        self._paused = False

    def compose(self) -> ComposeResult:
        yield Line(id="log-note")
        yield Input(placeholder="lines that have this text", id="find")
        yield Page(id="log-lines")

    def on_mount(self) -> None:
        self._note()
        self.set_interval(_TICK, self._note)  # somebody may have scrolled

    def take(self, lines: Sequence[LogLine]) -> None:
        """New ones. While it is paused they are kept, and shown when it goes on."""
        self._lines.extend(lines)
        if not self._paused:
            self._page.add([self._line(one) for one in lines if self._takes(one)], MOST_LINES)
        self._note()

    def begin(self) -> None:
        """The whole log comes once more."""
        self._lines.clear()
        self._again()

    def only(self, operation: str | None) -> None:
        """The lines of one operation (and those nested in it); None: of all."""
        self._operation = operation
        self._again()

    @property
    def _page(self) -> Page:
        return self.query_one("#log-lines", Page)

    def _takes(self, line: LogLine) -> bool:
        name = self._operation
        return (
            (name is None or line.operation == name or line.operation.startswith(f"{name}."))
            and rank(line.level) >= rank(self._level)
            and (not self._text or self._text in f"{line.operation} {line.message}".lower())
        )

    def _line(self, line: LogLine) -> str:
        return log_line(line, STYLE, None, operation=True)

    def _again(self) -> None:
        self._page.show([self._line(one) for one in self._lines if self._takes(one)])
        self._page.scroll_end(animate=False)
        self._note()

    def _note(self) -> None:
        state = STYLE.paint("following", "green") if self._page.is_at_end else STYLE.paint("G follows", "yellow")
        state = STYLE.paint("paused", "yellow") if self._paused else state
        shown = len(self._page.lines)
        parts = [state, f"{shown:,} of {words.counted(len(self._lines), 'line')}"]
        parts += [f"of {escape.line(self._operation)}"] if self._operation else []
        parts += [f"{self._level} and above"] if self._level != _LEVELS[0] else []
        parts += [f"with {escape.line(self._text)}"] if self._text else []
        self.query_one("#log-note", Line).say(f" {STYLE.dim('·')} ".join(parts))

    def action_search(self) -> None:
        line = self.query_one("#find", Input)
        line.display = True
        line.focus()

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        self._text = event.value.lower()
        self._again()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.query_one("#find", Input).display = bool(event.value)
        self._page.focus()

    def action_clear(self) -> None:
        """Everything again; when everything is shown already, back to the other sessions."""
        if not (self._text or self._operation or self.query_one("#find", Input).has_focus):
            self.call_later(self.screen.run_action, "app.up")
            return
        line = self.query_one("#find", Input)
        line.value, line.display = "", False
        self._page.focus()
        self.only(None)

    def action_follow(self) -> None:
        self._paused = not self._paused
        if not self._paused:
            self._again()
        self._note()

    def action_level(self) -> None:
        self._level = _LEVELS[(_LEVELS.index(self._level) + 1) % len(_LEVELS)]
        self._again()
