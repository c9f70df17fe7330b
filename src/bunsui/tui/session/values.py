"""The pane of the values: what the session was given and what it gave back, as a tree; and the files it wrote."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from textual.app import ComposeResult

from bunsui.model.json import Json
from bunsui.services.views import Outcome
from bunsui.text import escape
from bunsui.text.folding import Fold, IsOpen, folded
from bunsui.text.language import _, plural
from bunsui.tui.session.pane import Pane, Shown
from bunsui.tui.session.whole import Whole
from bunsui.tui.widgets.sheet import Rows
from bunsui.tui.widgets.tree import Tree


class ValuesPane(Pane):
    def __init__(self, id: str) -> None:
        super().__init__(id=id)
        self.outcome: Outcome | None = None

    def compose(self) -> ComposeResult:
        yield Tree(id="tree")

    def draw(self, shown: Shown) -> None:
        self.query_one(Tree).build(lambda is_open: lines(shown, self.outcome, is_open))

    @property
    def front(self) -> Tree:
        return self.query_one(Tree)

    def copyable(self) -> Mapping[str, str]:
        one = self.front.current
        return {_("value"): one.copied} if one is not None and one.value is not None else {}

    def on_rows_chosen(self, event: Rows.Chosen) -> None:
        event.stop()
        one = self.front.current
        if one is not None and not self.front.toggle() and one.value is not None:
            self.app.push_screen(Whole.of_value(escape.line(one.key), one.value))


def lines(shown: Shown, outcome: Outcome | None, is_open: IsOpen) -> Iterator[Fold]:
    session = shown.view.session
    yield from _part("inputs", _("inputs"), dict(session.params), _("none"), is_open)
    yield Fold("outputs-space", ())
    ended = session.status.ended
    none = _("none: it did not complete") if ended and session.status != "COMPLETED" else _("none")
    yield from _part(
        "outputs",
        _("outputs"),
        outcome.outputs if outcome and ended else None,
        none if ended else _("not before it has completed"),
        is_open,
    )
    outputs: Json = {one.name: one.output for one in shown.top if one.output not in (None, {})}
    if outputs:
        yield Fold("operations-space", ())
        yield from _of_operations(outputs, is_open)
    if outcome is not None and outcome.files:
        yield Fold("files-space", ())
        opened = is_open("files", True)
        title = plural("{count} file", "{count} files", len(outcome.files))
        yield Fold("files", (("▾ " if opened else "▸ ", "dim"), (title, "bold")), opened=opened)
        for key, address in outcome.files if opened else ():
            name = escape.line(key.rpartition("/")[2])
            yield Fold(f"files/{key}", ((f"    {name}  ", "blue"), (escape.line(address), "dim")), address)


def _of_operations(outputs: Json, is_open: IsOpen) -> Iterator[Fold]:
    """Their names, each shut."""
    return folded(_("outputs of operations"), outputs, lambda key, _: is_open(key, key == "operations"), "operations")


def _part(key: str, title: str, value: Json, none: str, is_open: IsOpen) -> Iterator[Fold]:
    if value in (None, {}):
        yield Fold(key, (("  ", ""), (title, "cyan"), (f"  {none}", "dim")))
    else:
        yield from folded(title, value, is_open, key)
