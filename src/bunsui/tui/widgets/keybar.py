"""The keys at the foot of a screen: as many as there is room for, help always. What they do is in the bindings."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from rich.text import Text
from textual.app import App
from textual.dom import DOMNode
from textual.events import Click, Resize
from textual.screen import Screen
from textual.widget import Widget

from bunsui.text import width
from bunsui.tui.keys import shown
from bunsui.tui.paint import STYLE, palette

_GAP = 2
_HELP = "app.help"  # of a screen with another key for it


@dataclass(frozen=True, slots=True)
class Chip:
    key: str
    what: str
    action: str
    node: DOMNode | None = None  # whose action it is

    @property
    def columns(self) -> int:
        return width.columns(self.key) + 1 + width.columns(self.what)

    def painted(self) -> str:
        return f"{STYLE.paint(self.key, 'cyan bold')} {self.what}"


def fitting(here: Sequence[Chip], everywhere: Sequence[Chip], columns: int) -> tuple[list[Chip], list[Chip]]:
    """Of the screen as many as there is room for; of those that hold everywhere the last ones, help above all."""
    right = list(everywhere)
    while len(right) > 1 and _columns(right) > columns:
        right.pop(0)
    left: list[Chip] = []
    for one in here:
        if _columns([*left, one]) + _GAP + _columns(right) > columns:
            break
        left.append(one)
    return left, right


def _columns(chips: Sequence[Chip]) -> int:
    return sum(one.columns for one in chips) + _GAP * max(len(chips) - 1, 0)


def bound(screen: Screen[Any]) -> tuple[list[Chip], list[Chip]]:
    """What can be done on a screen now, and what everywhere, by the bindings; of several keys for one the first."""
    here: dict[str, Chip] = {}
    everywhere: dict[str, Chip] = {}
    for active in screen.active_bindings.values():
        one = active.binding
        if one.show and active.enabled:
            found = everywhere if isinstance(active.node, App) or one.action == _HELP else here
            found.setdefault(
                one.action, Chip(one.key_display or shown(one.key), one.description, one.action, active.node)
            )
    return list(here.values()), list(everywhere.values())


class KeyBar(Widget):
    DEFAULT_CSS = "KeyBar { dock: bottom; height: 1; width: 100%; background: $panel; padding: 0 1; }"

    def __init__(self, chips: Callable[[], Sequence[Chip]] | None = None) -> None:
        """`chips`: these, in place of those of the bindings."""
        super().__init__()
        self._given = chips
        self._chips: tuple[list[Chip], list[Chip]] = ([], [])

    def on_mount(self) -> None:
        self.screen.bindings_updated_signal.subscribe(self, self._changed)

    def on_unmount(self) -> None:
        self.screen.bindings_updated_signal.unsubscribe(self)

    def on_resize(self, _: Resize) -> None:
        self._look()

    def _changed(self, screen: Screen[object]) -> None:
        if self.is_attached and screen is self.screen:
            self._look()

    def _look(self) -> None:
        before, self._chips = self._chips, fitting(*self._bound(), self.size.width)
        if before != self._chips:
            self.refresh()

    def _bound(self) -> tuple[list[Chip], list[Chip]]:
        if self._given is not None:
            return list(self._given()), []
        return bound(self.screen)

    def render(self) -> Text:
        left, right = self._chips
        blanks = " " * max(self.size.width - _columns(left) - _columns(right), 0)
        gap = " " * _GAP
        return palette(self.app).text(gap.join(map(Chip.painted, left)) + blanks + gap.join(map(Chip.painted, right)))

    async def on_click(self, event: Click) -> None:
        chip = self._at(event.x - self.gutter.left)
        if chip is not None:
            await self.app.run_action(chip.action, chip.node)

    def _at(self, x: int) -> Chip | None:
        left, right = self._chips
        for chips, start in ((left, 0), (right, self.size.width - _columns(right))):
            for chip in chips:
                if start <= x < start + chip.columns:
                    return chip
                start += chip.columns + _GAP
        return None
