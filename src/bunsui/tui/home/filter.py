"""The line in which the filter is typed: Tab takes what it suggests."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.suggester import Suggester
from textual.widgets import Input

from bunsui.text.language import mark
from bunsui.tui.home.query import Known, completed, completions


class Words(Suggester):
    """The likeliest completion of the last word."""

    def __init__(self, known: Callable[[], Known]) -> None:
        super().__init__(use_cache=False, case_sensitive=True)
        self._known = known

    async def get_suggestion(self, value: str) -> str | None:
        found = completions(value, self._known()) if value and not value[-1].isspace() else []
        return completed(value, found[0]) if found else None


class Filter(Input):
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("tab", "complete", mark("complete"), id="home.complete"),
        Binding("down", "screen.rows", mark("to the list"), id="home.rows"),
    ]
    DEFAULT_CSS = """
    Filter { display: none; height: 1; border: none; padding: 0 1; background: $boost; }
    Filter:focus { border: none; background: $boost; }
    """

    def __init__(self, known: Callable[[], Known]) -> None:
        hint = "status:failed pipeline:etl since:24h owner:me text"
        super().__init__(placeholder=hint, suggester=Words(known), id="filter")
        self._known = known

    def action_complete(self) -> None:
        """A key is followed by its value, a value by the next word."""
        found = completions(self.value, self._known())
        if found:
            self.value = completed(self.value, found[0]) + ("" if found[0].endswith(":") else " ")
            self.cursor_position = len(self.value)
