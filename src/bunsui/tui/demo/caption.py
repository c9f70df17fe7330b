"""The caption of the demo, at the foot of whatever it is about. Keys go to the screen, as always."""

from __future__ import annotations

from bunsui.text import width
from bunsui.text.language import _
from bunsui.tui.paint import STYLE
from bunsui.tui.widgets.line import Line


class Caption(Line):
    DEFAULT_CSS = """
    Caption { dock: bottom; height: auto; margin: 0 0 1 0; padding: 0 1; background: $surface; border: round $accent; }
    """

    def __init__(self, text: str, place: str) -> None:
        super().__init__()
        self._text, self._place = text, place

    def on_resize(self) -> None:
        title = f"{STYLE.paint(_('demo'), 'yellow bold')}  {STYLE.dim(self._place)}"
        self.say(title, *width.wrap(self._text, max(self.size.width, 10)))
