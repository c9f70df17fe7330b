"""What stands on top of a screen: its keys are at the foot meanwhile, in place of those of the screen below.

Questions are in `asking`; others are where they belong.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from textual.binding import ActiveBinding
from textual.screen import ModalScreen

from bunsui.tui.keys import Named, translated
from bunsui.tui.widgets.keybar import Chip, KeyBar, bound

_Answer = TypeVar("_Answer")


class Box(ModalScreen[_Answer], Named):
    @property
    def active_bindings(self) -> dict[str, ActiveBinding]:
        """Described in the language in use."""
        return {key: translated(active) for key, active in super().active_bindings.items()}

    def on_mount(self) -> None:
        self.mount(KeyBar(self.chips))

    def chips(self) -> Sequence[Chip]:
        """The keys at the foot."""
        return bound(self)[0]
