"""The pane of the operations: a table of all, beside it (on wide terminals) all that is known of the marked one.

What a line of the table says is in `table`, what is known of one operation in `detail`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical

from bunsui.model.log import LogLine
from bunsui.text.folding import Fold, IsOpen
from bunsui.text.language import _, mark
from bunsui.tui.paint import STYLE
from bunsui.tui.session import detail, table
from bunsui.tui.session.pane import OpenLog, OpenOperation, Pane, Shown
from bunsui.tui.widgets.line import Line
from bunsui.tui.widgets.sheet import Rows
from bunsui.tui.widgets.tree import Tree

WIDE = 120  # columns from which the detail stands beside the table
_LINES = 12  # of a log, in the detail
LastLines = Callable[[str, int], Sequence[LogLine]]


class OperationsPane(Pane):
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "exclamation_mark", "failed", mark("next failure"), show=False, key_display="!", id="operations.failed"
        ),
        Binding("s", "sort", mark("sort"), tooltip=mark("in their order, by time, by status"), id="operations.sort"),
    ]
    DEFAULT_CSS = """
    OperationsPane #rows { width: 1fr; }
    OperationsPane #table { width: 1fr; }
    OperationsPane #beside { width: 46%; display: none; border-left: solid $panel; }
    OperationsPane.wide #beside { display: block; }
    """

    def __init__(self, id: str, lines: LastLines) -> None:
        super().__init__(id=id)
        self._lines = lines
        self._sort = 0
        self._columns: table.Columns | None = None

    def compose(self) -> ComposeResult:
        with Horizontal():
            with Vertical(id="table"):
                yield Line(id="table-head")
                yield Rows(self._row, id="rows", enter=mark("all of it"))
            yield Tree(id="beside")

    def draw(self, shown: Shown) -> None:
        self.set_class(self.app.size.width >= WIDE, "wide")
        rows = self._rows
        room = max((rows.size.width or self.app.size.width) - 3, 1)
        self._columns = table.Columns.of(shown, room)
        names = table.sorted_names(shown, self._sort)
        rows.fill(names) if list(rows.keys) != names else rows.redraw()
        self.query_one("#table-head", Line).say(table.head(self._columns, self._sort, STYLE))
        self._beside()

    def on_resize(self) -> None:
        self.call_after_refresh(self.again)

    def _beside(self) -> None:
        shown, name = self.shown, self.marked
        if shown is not None and name is not None and self.has_class("wide"):
            self.query_one(Tree).build(lambda is_open: _folds(shown, name, self._lines, is_open))

    @property
    def _rows(self) -> Rows:
        return self.query_one("#rows", Rows)

    @property
    def front(self) -> Rows:
        return self._rows

    @property
    def marked(self) -> str | None:
        return self._rows.key

    def mark(self, operation: str) -> None:
        if self.shown is not None and not self._rows.keys:
            self._rows.fill(table.sorted_names(self.shown, self._sort), operation)
        elif operation in self._rows.keys:
            self._rows.go(list(self._rows.keys).index(operation))

    def copyable(self) -> Mapping[str, str]:
        return {_("operation"): self.marked} if self.marked else {}

    def _row(self, name: str, columns: int) -> str:
        one = self.shown.operation(name) if self.shown else None
        if self.shown is None or one is None or self._columns is None:
            return ""
        return table.line(self.shown, one, self._columns, columns, STYLE)

    def on_rows_moved(self, event: Rows.Moved) -> None:
        event.stop()
        if event.rows is self._rows:
            self._beside()

    def on_rows_chosen(self, event: Rows.Chosen) -> None:
        event.stop()
        if event.rows is self._rows:
            self.post_message(OpenOperation(event.key))
        elif not self.query_one(Tree).toggle() and self.marked:
            self.post_message(OpenLog(self.marked))

    def action_sort(self) -> None:
        self._sort = (self._sort + 1) % table.SORTS
        self.again()

    def action_failed(self) -> None:
        shown = self.shown
        failed = [one.name for one in shown.view.operations if one.status in ("FAILED", "RETRYING")] if shown else []
        if failed:
            self.mark(failed[(failed.index(self.marked) + 1) % len(failed) if self.marked in failed else 0])


class OperationPane(Pane):
    """One operation, on the whole screen."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("right_parenthesis", "other(1)", mark("next operation"), show=False, id="operation.next"),
        Binding("left_parenthesis", "other(-1)", mark("operation before"), show=False, id="operation.before"),
    ]

    def __init__(self, id: str, lines: LastLines) -> None:
        super().__init__(id=id)
        self._lines = lines
        self.name_of: str = ""

    def compose(self) -> ComposeResult:
        yield Tree(id="operation-tree")

    def draw(self, shown: Shown) -> None:
        name = self.name_of
        self._tree.build(lambda is_open: _folds(shown, name, self._lines, is_open))

    @property
    def _tree(self) -> Tree:
        return self.query_one(Tree)

    @property
    def front(self) -> Tree:
        return self._tree

    @property
    def marked(self) -> str | None:
        return self.name_of or None

    def mark(self, operation: str) -> None:
        self.name_of = operation
        if self.shown is not None:
            self.draw(self.shown)

    def copyable(self) -> Mapping[str, str]:
        one = self._tree.current
        found = {_("value"): one.copied} if one is not None and one.value is not None else {}
        return {**found, _("operation"): self.name_of}

    def on_rows_chosen(self, event: Rows.Chosen) -> None:
        event.stop()
        one = self._tree.current
        if not self._tree.toggle() and (one is None or one.value is None or one.kind == detail.TO_LOG):
            self.post_message(OpenLog(self.name_of))

    def action_other(self, by: int) -> None:
        names = [one.name for one in self.shown.view.operations] if self.shown else []
        if self.name_of in names:
            self.mark(names[(names.index(self.name_of) + by) % len(names)])


def _folds(shown: Shown, name: str, lines: LastLines, is_open: IsOpen) -> Sequence[Fold]:
    return [*detail.folds(shown, name, lines(name, _LINES), is_open, STYLE)]
