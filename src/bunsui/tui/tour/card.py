"""The card of the tour, at the foot of the screen that it is about. What it says is in `steps`."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.message import Message

from bunsui.text import width
from bunsui.text.language import _, mark
from bunsui.tui.paint import STYLE
from bunsui.tui.tour.steps import Step
from bunsui.tui.widgets.line import Line


class Card(Line, can_focus=True):
    SCOPED_CSS = False  # what is toured stands elsewhere
    DEFAULT_CSS = """
    Card { dock: bottom; height: auto; margin: 0 0 1 0; padding: 0 1; background: $surface;
        border: round $accent; border-title-color: $accent; }
    .toured { background: $primary 24% !important; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,space,right,l,j,down", "turn(1)", mark("next"), id="tour.next"),
        Binding("left,backspace,h,k,up", "turn(-1)", mark("before"), id="tour.before"),
        Binding("escape,q", "turn(0)", mark("end the tour"), id="tour.end"),
    ]

    class Turned(Message):
        """By how many steps; none: it is enough."""

        def __init__(self, by: int) -> None:
            super().__init__()
            self.by = by

    def __init__(self, step: Step, number: int, of: int) -> None:
        super().__init__()
        self._step, self._number, self._of = step, number, of

    def on_mount(self) -> None:
        self.focus()

    def on_resize(self) -> None:
        columns = max(self.size.width, 10)
        place = _("{n} of {all}").format(n=self._number, all=self._of)
        keys = _("{next} next   {before} before   {end} end").format(
            next=STYLE.bold("enter"), before=STYLE.bold("←"), end=STYLE.bold("esc")
        )
        title = f"{STYLE.paint(_(self._step.title), 'yellow bold')}  {STYLE.dim(place)}"
        self.say(title, *width.wrap(_(self._step.text), columns), keys)

    def action_turn(self, by: int) -> None:
        self.post_message(self.Turned(by))
