"""The pane of the errors: what failed and why; from a line of evidence to its place in the log.

The lines are made in `failures`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from textual.app import ComposeResult

from bunsui.model.failure import ErrorAnalysis
from bunsui.model.log import LogLine
from bunsui.text.language import _
from bunsui.text.logs import log_line
from bunsui.tui.paint import STYLE
from bunsui.tui.session import failures
from bunsui.tui.session.pane import OpenLog, Pane, Shown
from bunsui.tui.session.whole import Whole
from bunsui.tui.widgets.line import Line
from bunsui.tui.widgets.sheet import Rows
from bunsui.tui.widgets.tree import Tree

Around = Callable[[LogLine, int], Sequence[tuple[LogLine, bool]]]


class ErrorsPane(Pane):
    DEFAULT_CSS = """
    ErrorsPane Tree { height: 1fr; min-height: 8; }
    ErrorsPane #around { height: auto; max-height: 45%; border-top: solid $panel; display: none; }
    ErrorsPane.known #around { display: block; }
    """

    def __init__(self, id: str, around: Around) -> None:
        """`around` gives lines of the log before and after one, and which of them it is."""
        super().__init__(id=id)
        self._around = around
        self._found: Sequence[ErrorAnalysis] = ()
        self._of = 0  # recoveries when these were found
        self.lines: Mapping[tuple[str, int], LogLine] = {}

    def compose(self) -> ComposeResult:
        yield Tree(id="failures")
        yield Line(id="around")

    def know(self, found: Sequence[ErrorAnalysis], lines: Mapping[tuple[str, int], LogLine], recoveries: int) -> None:
        """`lines` are those of the evidence, by their places."""
        self._found, self.lines, self._of = found, lines, recoveries
        self.again()
        evidence = [key for key in self._tree.keys if "/evidence/" in key]
        if evidence and not self._tree.cursor:
            self._tree.go(list(self._tree.keys).index(evidence[0]))

    def draw(self, shown: Shown) -> None:
        columns = max(self.app.size.width - 6, 20)
        session = shown.view.session
        known = self._found and session.status.ended and session.recoveries == self._of
        lines = (
            failures.analysed(shown.view, self._found, shown.about.left, columns, STYLE)
            if known
            else failures.of_view(shown.view, columns, STYLE)
        )
        made = list(lines)
        self._tree.build(lambda _: made)
        self._preview()

    def _preview(self) -> None:
        """The log around the marked line, or the first evidence of its failure."""
        one, fold = self._one, self._tree.current
        line = self.lines.get(self._place(one, fold.key) or ("", 0)) if one is not None and fold is not None else None
        room = (self.size.height - 1) * 45 // 100 - 2
        found = self._around(line, max(room // 2, 1)) if line is not None and room >= 3 else []
        self.set_class(bool(found), "known")
        columns = self.size.width - 4
        rows = [
            (STYLE.paint("▌ ", "red") if is_it else "  ") + log_line(each, STYLE, columns, operation=False)
            for each, is_it in found[:room]
        ]
        title = _("its log, enter goes there")
        self.query_one("#around", Line).say(STYLE.dim(title), *rows)

    def on_rows_moved(self, event: Rows.Moved) -> None:
        event.stop()
        self._preview()

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
