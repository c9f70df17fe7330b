"""What stands before every deed: refused in a context that is read-only, asked about in production, by its name.

The backend refuses, too; here it is said before anything is tried. Looking is never held up.
"""

from __future__ import annotations

from collections.abc import Callable

from bunsui.model.context import Context
from bunsui.text import escape
from bunsui.text.language import _
from bunsui.tui.asked import Asked
from bunsui.tui.messages import Failed
from bunsui.tui.paint import STYLE
from bunsui.tui.widgets.asking import Ask

_HERE = frozenset({"save", "make", "plan"})  # files of this machine, and what only looks
_HARMLESS = frozenset({"report", "compare", "drop"})  # they write, and change nothing that runs
WRITES = frozenset(
    {
        *("home.recover", "home.cancel", "home.answer"),
        *("session.answer", "session.recover", "session.report", "session.cancel", "session.run"),
        *("recover.take", "pipeline.run", "pipeline.register", "pipelines.run", "editor.run", "editor.register"),
        *("deploy.go", "pipeline.deploy"),
        *("pools.new", "pools.set", "pools.drain", "pools.release", "alerts.test"),
    }
)  # ids of bindings: not offered where nothing may be changed

Show = Callable[[Ask, Callable[[str | None], None]], object]  # a question, and what follows its answer


class Gate:
    def __init__(self, context: Callable[[], Context], ask: Show) -> None:
        self._context = context
        self._ask = ask
        self._held: list[tuple[Asked, Callable[[], None]]] = []  # what waits for the answer

    def __call__(self, asked: Asked, go: Callable[[], None]) -> None:
        context, deed = self._context(), asked.name.partition(" ")[0]
        if deed in _HERE:
            go()
        elif context.read_only:
            message = _("the context {name} is read-only: nothing in it is changed").format(name=context.name)
            asked.to.post_message(Failed(asked.name, message, _("C chooses another")))
        elif context.production and deed not in _HARMLESS:
            self._hold(context, asked, go)
        else:
            go()

    def _hold(self, context: Context, asked: Asked, go: Callable[[], None]) -> None:
        """Deeds that are asked for together are answered together."""
        self._held.append((asked, go))
        if len(self._held) > 1:
            return
        name = escape.line(context.name)
        lines = [
            STYLE.paint(_("{name} is production.").format(name=name), "red bold"),
            _("Type its name to {deed}:").format(deed=escape.line(asked.name)),
        ]
        self._ask(Ask(_("production"), lines, hint=context.name), lambda typed: self._answered(context, typed))

    def _answered(self, context: Context, typed: str | None) -> None:
        held, self._held = self._held, []
        for asked, go in held:
            if typed == context.name:
                go()
            else:
                message = _("nothing was done: in production it takes the context's name")
                asked.to.post_message(Failed(asked.name, message, ""))
