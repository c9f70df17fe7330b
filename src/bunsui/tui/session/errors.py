"""The pane of the errors: what failed and why; from a line of evidence to its place in the log.

The lines are made in `failures`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from textual.app import ComposeResult

from bunsui.model.failure import ErrorAnalysis
from bunsui.model.log import LogLine
from bunsui.text.language import _
from bunsui.tui.paint import STYLE
from bunsui.tui.session import failures
from bunsui.tui.session.pane import OpenLog, Pane, Shown
from bunsui.tui.session.whole import Whole
from bunsui.tui.widgets.sheet import Rows
from bunsui.tui.widgets.tree import Tree


class ErrorsPane(Pane):
    def __init__(self, id: str) -> None:
        super().__init__(id=id)
        self._found: Sequence[ErrorAnalysis] = ()
        self._of = 0  # recoveries when these were found
        self.lines: Mapping[tuple[str, int], LogLine] = {}

    def compose(self) -> ComposeResult:
        yield Tree(id="failures")

    def know(self, found: Sequence[ErrorAnalysis], lines: Mapping[tuple[str, int], LogLine], recoveries: int) -> None:
        """`lines` are those of the evidence, by their places."""
        self._found, self.lines, self._of = found, lines, recoveries
        if self.shown is not None:
            self.draw(self.shown)

    def draw(self, shown: Shown) -> None:
        columns = max(self.app.size.width - 6, 20)
        session = shown.view.session
        known = self._found and session.status.ended and session.recoveries == self._of
        lines = (
            failures.analysed(shown.view, self._found, columns, STYLE)
            if known
            else failures.of_view(shown.view, columns, STYLE)
        )
        made = list(lines)
        self._tree.build(lambda _: made)

    @property
    def _tree(self) -> Tree:
        return self.query_one(Tree)

    @property
    def front(self) -> Tree:
        return self._tree

    @property
    def _one(self) -> ErrorAnalysis | None:
        number = (self._tree.key or "").partition("/")[0]
        return self._found[int(number)] if number.isdecimal() and int(number) < len(self._found) else None

    @property
    def marked(self) -> str | None:
        one = self._one
        return one.operation or None if one else None

    def copyable(self) -> Mapping[str, str]:
        fold = self._tree.current
        found = {_("line"): fold.copied} if fold is not None and fold.value is not None else {}
        one = self._one
        return {**found, _("fingerprint"): one.fingerprint} if one else found

    def on_rows_chosen(self, event: Rows.Chosen) -> None:
        event.stop()
        fold, one = self._tree.current, self._one
        if fold is None:
            return
        if one is None and fold.kind == failures.LOG:
            self.post_message(OpenLog(fold.key.partition("/")[0]))
        elif one is None or fold.kind not in (failures.EVIDENCE, failures.LOG):
            if fold.value is not None:
                self.app.push_screen(Whole.of_value(_("error"), fold.copied))
        else:
            self.post_message(OpenLog(one.operation, self._place(one, fold.key)))

    def _place(self, one: ErrorAnalysis, key: str) -> tuple[str, int] | None:
        """Of the marked line of evidence, else of the first that is in the log."""
        number = key.rpartition("/")[2] if "/evidence/" in key else ""
        wanted = one.evidence[int(number)] if number.isdecimal() else None
        for line in (wanted, *one.evidence):
            if line is not None and (line.place, line.line) in self.lines:
                return line.place, line.line
        return None
