"""What the panes of a session have in common: what they are shown, what they can say, and what of them can be copied.

What each of them shows is in its own module.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from textual.containers import Vertical
from textual.message import Message
from textual.widget import Widget

from bunsui.analysis.progress import OperationView
from bunsui.analysis.run import Operation
from bunsui.model.alert import Alert
from bunsui.services.views import Recovery, RunView, SessionView


@dataclass(frozen=True, slots=True)
class About:
    """What is known of a session besides its view. `usual`: how many seconds its pipeline's sessions take."""

    usual: float | None = None
    alerts: tuple[Alert, ...] = ()
    recoveries: tuple[Recovery, ...] = ()
    report: str = ""  # the address of the last one
    left: str = ""  # why it was not recovered by itself


@dataclass(frozen=True, slots=True)
class Shown:
    """A session at a moment. `run` comes a little later than `view`, and is None before the first start."""

    view: SessionView
    now: float
    run: RunView | None = None
    about: About = field(default_factory=About)
    named: Mapping[str, OperationView] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "named", {one.name: one for one in self.view.operations})

    @property
    def top(self) -> Sequence[OperationView]:
        """Without what is nested."""
        return [one for one in self.view.operations if not one.depth]

    def operation(self, name: str) -> OperationView | None:
        return self.named.get(name)

    def detail(self, name: str) -> Operation | None:
        return next((one for one in self.run.operations if one.view.name == name), None) if self.run else None

    def usual(self, name: str) -> float | None:
        return self.run.usual.get(name) if self.run else None


class Pane(Vertical):
    """`show` is called whenever something is new, while the pane is in front."""

    shown: Shown | None = None

    def show(self, shown: Shown) -> None:
        self.shown = shown
        self.draw(shown)

    def draw(self, shown: Shown) -> None:
        raise NotImplementedError

    def on_resize(self) -> None:
        self.again()

    def again(self) -> None:
        """Not when it was closed meanwhile: what would be drawn on is gone then."""
        if self.shown is not None and self.is_running:
            self.draw(self.shown)

    @property
    def front(self) -> Widget:
        """What the keys go to."""
        raise NotImplementedError

    def mark(self, operation: str) -> None:
        """Put the cursor on an operation, where there is one."""

    @property
    def marked(self) -> str | None:
        """The operation under the cursor."""
        return None

    def copyable(self) -> Mapping[str, str]:
        return {}


class OpenLog(Message):
    """The log of an operation: from its beginning, or at a line of it."""

    def __init__(self, operation: str, place: tuple[str, int] | None = None) -> None:
        super().__init__()
        self.operation, self.place = operation, place


class OpenOperation(Message):
    """All that is known of an operation."""

    def __init__(self, operation: str) -> None:
        super().__init__()
        self.operation = operation
