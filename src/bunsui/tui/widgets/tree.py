"""Lines of which some can be folded, with a cursor: JSON of inputs and outputs, and what stands around it.

How a value becomes lines is in `bunsui.text.folding`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import ClassVar

from textual.binding import Binding, BindingType

from bunsui.text.folding import Fold, IsOpen
from bunsui.text.language import mark
from bunsui.text.parts import fitted
from bunsui.tui.paint import STYLE
from bunsui.tui.widgets.sheet import Rows

Make = Callable[[IsOpen], Iterable[Fold]]


class Tree(Rows):
    """`make` gives the lines; they are made again when something is folded."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("h,left", "fold(False)", mark("shut"), show=False, id="tree.shut"),
        Binding("l,right", "fold(True)", mark("open"), show=False, id="tree.open"),
    ]

    def __init__(self, id: str | None = None) -> None:
        super().__init__(self._line, id, mark("open"))
        self._make: Make = lambda _: ()
        self._folds: dict[str, Fold] = {}
        self._open: dict[str, bool] = {}  # where somebody chose

    def build(self, make: Make) -> None:
        self._make = make
        made = {one.key: one for one in make(lambda key, itself: self._open.get(key, itself))}
        if made == self._folds:
            return
        self._folds = made
        self.fill(list(made))

    @property
    def current(self) -> Fold | None:
        return self._folds.get(self.key) if self.key is not None else None

    def _line(self, key: str, columns: int) -> str:
        return fitted(self._folds[key].parts, columns, STYLE)

    def toggle(self) -> bool:
        """Whether there was something to fold."""
        one = self.current
        if one is None or one.opened is None:
            return False
        self._set(one.key, not one.opened)
        return True

    def action_fold(self, opened: bool) -> None:
        """To shut what is shut already goes to what it is in."""
        one = self.current
        if one is None:
            return
        if one.opened is not None and one.opened != opened:
            self._set(one.key, opened)
        elif not opened:
            above = one.key.rpartition("/")[0]
            if above in self._folds:
                self.go(list(self._folds).index(above))

    def _set(self, key: str, opened: bool) -> None:
        self._open[key] = opened
        self.build(self._make)
        self.refresh()
