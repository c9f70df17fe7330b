"""Colour, used sparsely: the status of things, and dim for what is secondary. `output` decides whether there is any.

Styled text is finished text: it is neither measured nor cut afterwards.
"""

from __future__ import annotations

from dataclasses import dataclass

_CODES = {
    "bold": "1",
    "dim": "2",
    "red": "31",
    "green": "32",
    "yellow": "33",
    "blue": "34",
    "cyan": "36",
    "red bold": "31;1",
    "green bold": "32;1",
    "yellow bold": "33;1",
    "cyan bold": "36;1",
    "found": "7",
    "found bold": "7;1",
}

STATUS_STYLE = {
    "COMPLETED": "green",
    "SUCCEEDED": "green",
    "REUSED": "green",
    "RUNNING": "cyan",
    "RETRYING": "yellow",
    "RECOVERING": "yellow",
    "WAITING": "yellow",
    "QUEUED": "yellow",
    "FAILED": "red",
    "TIMED_OUT": "red",
    "ABORTED": "red",
    "UPSTREAM_FAILED": "red",
    "CANCELLED": "yellow",
    "CREATED": "dim",
    "PENDING": "dim",
    "SKIPPED": "dim",
}
_GLYPHS = {
    "COMPLETED": ("✔", "+"),
    "SUCCEEDED": ("✔", "+"),
    "REUSED": ("↺", "="),
    "RUNNING": ("●", "*"),
    "RETRYING": ("↻", "~"),
    "RECOVERING": ("↻", "~"),
    "WAITING": ("◔", "o"),
    "QUEUED": ("◔", "o"),
    "FAILED": ("✘", "x"),
    "TIMED_OUT": ("✘", "x"),
    "UPSTREAM_FAILED": ("⊘", "!"),
    "CANCELLED": ("■", "-"),
    "CREATED": ("○", "."),
    "PENDING": ("○", "."),
    "SKIPPED": ("–", ">"),
}


@dataclass(frozen=True, slots=True)
class Style:
    """Paints text, or leaves it alone when there is no colour; and picks glyphs that the encoding has."""

    colour: bool
    unicode: bool = True

    def paint(self, text: str, style: str) -> str:
        if not self.colour or not style or not text:
            return text
        return f"\x1b[{_CODES[style]}m{text}\x1b[0m"

    def dim(self, text: str) -> str:
        return self.paint(text, "dim")

    def bold(self, text: str) -> str:
        return self.paint(text, "bold")

    def status(self, status: str, text: str | None = None) -> str:
        return self.paint(status if text is None else text, STATUS_STYLE.get(status, ""))

    def glyph(self, status: str) -> str:
        fancy, plain = _GLYPHS.get(status, ("?", "?"))
        return fancy if self.unicode else plain

    @property
    def ellipsis(self) -> str:
        return "…" if self.unicode else "..."

    @property
    def arrow(self) -> str:
        return "→" if self.unicode else "->"

    @property
    def dot(self) -> str:
        return "·" if self.unicode else "-"
