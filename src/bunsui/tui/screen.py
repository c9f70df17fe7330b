"""What all screens share: how they reach the loader and the app, and what they say when something could not be had."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any, ClassVar, Protocol, cast, runtime_checkable

from textual.binding import ActiveBinding
from textual.events import Resize
from textual.message_pump import Callback
from textual.reactive import Reactive
from textual.screen import Screen
from textual.widget import Widget

from bunsui.model.context import Context
from bunsui.text import escape
from bunsui.text.said import said
from bunsui.tui.choices import Choices
from bunsui.tui.contexts.bar import ContextBar
from bunsui.tui.contexts.gate import WRITES
from bunsui.tui.keys import Bound, translated
from bunsui.tui.loader import Loader
from bunsui.tui.messages import Failed
from bunsui.tui.state import State

_SHOWN = 8.0  # seconds


class Bunsui(Protocol):
    """The app, as screens know it: where one can go, and what is kept between two starts."""

    loader: Loader
    state: State
    choices: Choices

    @property
    def bound(self) -> tuple[Bound, ...]: ...

    @property
    def context(self) -> Context: ...

    @property
    def marks_context(self) -> bool: ...

    def show_session(self, id: str, pane: str = "") -> None: ...

    def go(self, route: str, argument: str = "") -> None: ...

    def show_again(self, id: str) -> None: ...

    def show_pipeline(self, source: str, *, registered: bool = False) -> None: ...


@runtime_checkable
class Unsaved(Protocol):
    """A screen with a text that may not be saved."""

    @property
    def modified(self) -> bool: ...


class View(Screen[None]):
    IS_LIST: ClassVar[bool] = False  # of the whole home, so that one goes from it to the next list, not above it
    focused: Reactive[Widget | None] = Reactive(None, repaint=False)  # it draws what looks otherwise, not all
    _said: tuple[str, float] = ("", 0.0)

    @property
    def is_current(self) -> bool:
        """Whether anything of it is seen. A screen below one that hides it is not, and draws nothing meanwhile."""
        return super().is_current and (self.app.screen is self or self.app.screen.styles.background.a < 1)

    @property
    def active_bindings(self) -> dict[str, ActiveBinding]:
        """Described in the language in use: what the footer and the help show.

        In a read-only context, what would change something is not offered.
        """
        found = {key: translated(active) for key, active in super().active_bindings.items()}
        if not self.bunsui.context.read_only:
            return found
        return {key: active for key, active in found.items() if active.binding.id not in WRITES}

    def on_mount(self) -> None:
        """Beside what the screen itself does then."""
        if self.bunsui.marks_context:
            self.mount(ContextBar(self.bunsui.context), before=0)

    @property
    def bunsui(self) -> Bunsui:
        return cast(Bunsui, self.app)

    @property
    def loader(self) -> Loader:
        return self.bunsui.loader

    def call_after_refresh(self, callback: Callback, *args: Any, **kwargs: Any) -> bool:
        """Not when it was closed meanwhile: what would be drawn on is gone then."""

        def call() -> Any:
            return callback(*args, **kwargs) if self in self.app.screen_stack else None

        return super().call_after_refresh(call)

    def cancelled(self) -> None:
        """Nobody waits any more for what this screen asked for: what is not begun yet need not be."""

    def copyable(self) -> Mapping[str, str]:
        """What can be copied here, by what it is called: `{"id": ..., "address": ...}`. The nearest comes first."""
        return {}

    def translated(self) -> None:
        """The language changed: all is said anew, as after a change of size. What was said once, when the screen was
        made, is for the screen to say again.
        """
        self.post_message(Resize(self.size, self.size))
        self.refresh_bindings()

    def abandoned(self) -> None:
        """What it asked for is not waited for any more: no answer will come."""

    def on_failed(self, failed: Failed) -> None:
        self.complain(failed.message, failed.hint)

    def complain(self, message: str, hint: str = "") -> None:
        """The same is not said again while it is still to be read: a look that fails is repeated every second."""
        text = "\n".join(escape.line(said(part)) for part in (message, hint) if part)
        now = time.monotonic()
        if text == self._said[0] and now - self._said[1] < _SHOWN:
            return
        self._said = text, now
        self.app.notify(text, severity="error", markup=False, timeout=_SHOWN)
