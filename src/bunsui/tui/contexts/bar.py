"""The line above every screen that says in which context one is, where that is not plain."""

from __future__ import annotations

from bunsui.model.context import Context
from bunsui.tui.contexts import lines
from bunsui.tui.widgets.line import Line


class ContextBar(Line):
    DEFAULT_CSS = """
    ContextBar { dock: top; height: 1; padding: 0 1; background: $panel; }
    ContextBar.production { background: $error 30%; }
    ContextBar.read_only { background: $warning 25%; }
    """

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._shown = context
        self.set_class(context.read_only, "read_only")
        self.set_class(context.production and not context.read_only, "production")

    def on_resize(self) -> None:
        self.say(lines.bar(self._shown, self.size.width))
