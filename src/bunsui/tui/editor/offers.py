"""What may be written at the cursor, as a list under it. It never has the focus: the editor hands it its keys."""

from __future__ import annotations

from collections.abc import Sequence

from textual.geometry import Offset

from bunsui.definition.completion import Offer
from bunsui.text import escape, width
from bunsui.tui.paint import STYLE
from bunsui.tui.widgets.sheet import Rows

_MOST = 8  # rows
_WIDEST = 64
_WIDE = 24


class Offers(Rows, can_focus=False):
    DEFAULT_CSS = """
    Offers { display: none; overlay: screen; constrain: inside inflect; width: auto; height: auto; padding: 0;
        background: $panel; scrollbar-size-vertical: 0; }
    Offers > .rows--quiet { background: $primary 45%; text-style: bold; }
    """
    KEYS = frozenset({"up", "down", "enter", "tab", "escape", "pageup", "pagedown"})

    def __init__(self, id: str | None = None) -> None:
        super().__init__(self._line, id=id)
        self._offers: Sequence[Offer] = ()
        self._wide = 0

    @property
    def is_shown(self) -> bool:
        return bool(self.display)

    @property
    def chosen(self) -> Offer:
        return self._offers[self.cursor]

    def offer(self, offers: Sequence[Offer], at: Offset, room: int) -> None:
        """Under a place of the screen of which `room` columns may be taken."""
        self._offers = offers
        self._wide = min(max((width.columns(one.text) for one in offers), default=0), _WIDE)
        about = max((width.columns(one.about) for one in offers), default=0)
        self.styles.width = min(self._wide + 2 + (about + 2 if about else 0), _WIDEST, room)
        self.styles.height = min(len(offers), _MOST)
        self.absolute_offset = Offset(at.x - 1, at.y + 1)
        self.display = bool(offers)
        self.cursor = 0
        self.fill([str(number) for number in range(len(offers))])

    def put_away(self) -> None:
        self.display = False

    def move(self, key: str) -> None:
        steps = {"up": -1, "down": 1, "pageup": -_MOST, "pagedown": _MOST}
        self.go((self.cursor + steps[key]) % len(self._offers) if key in ("up", "down") else self.cursor + steps[key])

    def _line(self, key: str, columns: int) -> str:
        one = self._offers[int(key)]
        name = width.pad(width.cut(escape.line(one.text), self._wide), self._wide)
        return f" {name}  {STYLE.dim(width.cut(escape.line(one.about), max(columns - self._wide - 4, 0)))} "
