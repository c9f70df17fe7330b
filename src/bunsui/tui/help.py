"""The help that `?` shows, made from the bindings that hold right now: what is not built is not in it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import ActiveBinding, Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen

from bunsui.text import width
from bunsui.tui.commands import COMMANDS
from bunsui.tui.paint import STYLE
from bunsui.tui.widgets.sheet import Page

_MOVING = (("j k", "down, up"), ("g G", "first, last"), ("space b", "a page down, up"))
_KEYS = {
    "slash": "/",
    "question_mark": "?",
    "colon": ":",
    "escape": "esc",
    "right_square_bracket": "]",
    "left_square_bracket": "[",
}


class Help(ModalScreen[None]):
    DEFAULT_CSS = """
    Help { align: center middle; background: $background 60%; }
    Help > Vertical { width: 76; max-width: 95%; height: auto; max-height: 92%; background: $surface;
        border: round $primary; border-title-color: $primary; padding: 0 1; }
    Help Page { height: auto; max-height: 40; padding: 0; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,q,question_mark", "leave", "close")]

    def __init__(self, bindings: Mapping[str, ActiveBinding]) -> None:
        super().__init__()
        self._shown = dict(bindings)

    def compose(self) -> ComposeResult:
        page = Page()
        with Vertical() as box:
            yield page
        box.border_title = "keys"
        page.show(list(lines(self._shown)))

    def action_leave(self) -> None:
        self.dismiss()


def lines(bindings: Mapping[str, ActiveBinding]) -> Iterator[str]:
    yield STYLE.bold("here")
    yield from _rows(_here(bindings))
    yield ""
    yield STYLE.bold("moving")
    yield from _rows(dict(_MOVING))
    yield ""
    yield STYLE.bold("commands, after :")
    yield from _rows({command.usage: command.about for command in COMMANDS})


def _here(bindings: Mapping[str, ActiveBinding]) -> dict[str, str]:
    """Keys that do the same stand together."""
    found: dict[str, list[str]] = {}
    for active in bindings.values():
        binding = active.binding
        if binding.description and not active.binding.key.startswith("ctrl+") and (binding.show or binding.tooltip):
            found.setdefault(binding.tooltip or binding.description, []).append(_KEYS.get(binding.key, binding.key))
    return {" ".join(dict.fromkeys(keys)): what for what, keys in found.items()}


def _rows(rows: Mapping[str, str]) -> Iterator[str]:
    wide = max((width.columns(key) for key in rows), default=0)
    for key, what in rows.items():
        yield f"  {STYLE.paint(width.pad(key, wide), 'cyan')}  {what}"
