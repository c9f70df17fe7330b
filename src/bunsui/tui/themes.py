"""Bunsui's own themes: colours told apart also by people who see no red or no green, and greys for who wants none."""

from __future__ import annotations

from textual.theme import Theme

from bunsui.text.language import _
from bunsui.tui.widgets.asking import Pick
from bunsui.tui.widgets.sheet import Rows

DARK = Theme(
    name="bunsui",
    dark=True,
    primary="#4d9fec",
    secondary="#4a9ff5",
    accent="#f4de3e",
    success="#2fd08c",
    warning="#f4de3e",
    error="#fa5526",
    foreground="#dfe5ec",
    background="#10151b",
    surface="#161d25",
    panel="#202a35",
)
LIGHT = Theme(
    name="bunsui-light",
    dark=False,
    primary="#0a62b8",
    secondary="#1648b8",
    accent="#8f6600",
    success="#0f7a5f",
    warning="#8f6600",
    error="#7f2008",
    foreground="#1c2530",
    background="#fbfcfd",
    surface="#f1f4f7",
    panel="#e2e8ee",
)
GREY = Theme(
    name="bunsui-grey",
    dark=True,
    primary="#c8c8c8",
    secondary="#d0d0d0",
    accent="#e8e8e8",
    success="#b4b4b4",
    warning="#e0e0e0",
    error="#ffffff",
    foreground="#d8d8d8",
    background="#101010",
    surface="#181818",
    panel="#2a2a2a",
)
OURS = (DARK, LIGHT, GREY)
COLOURED = (DARK, LIGHT)


class Choice(Pick):
    """A theme, which is seen while one looks for it; left without choosing, the one before is there again."""

    DEFAULT_CSS = "Choice { background: $background 0%; }"

    def __init__(self, names: list[str], before: str) -> None:
        super().__init__(_("theme"), {name: name for name in names}, at=before)
        self._before = before

    def on_rows_moved(self, event: Rows.Moved) -> None:
        self.app.theme = event.key

    def action_leave(self) -> None:
        self.app.theme = self._before
        self.dismiss(None)
