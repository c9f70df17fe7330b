"""One operation of a session: its status and times, what it gave, why it failed, and the end of its log."""

from __future__ import annotations

import shlex
import time
from collections.abc import Iterator, Sequence

from bunsui.analysis.progress import OperationView
from bunsui.cli.output import Output
from bunsui.errors import NotFound
from bunsui.model.log import LogLine
from bunsui.model.nearest import did_you_mean
from bunsui.model.status import OperationStatus
from bunsui.services.logs.reader import LogFilter, of_item
from bunsui.services.views import SessionView
from bunsui.text import escape, failing, live, values, words
from bunsui.text.body import plain
from bunsui.text.logs import log_line
from bunsui.text.style import Style
from bunsui.workspace import Workspace

_MOST_LINES = 20  # of its log
_MOST_ITEMS = 8


def show(out: Output, workspace: Workspace, view: SessionView, name: str) -> None:
    """Write it. Raises NotFound when the session has no such operation."""
    named, _ = of_item(name)
    operation = next((one for one in view.operations if one.name == named), None)
    if operation is None:
        there = [one.name for one in view.operations]
        known = f"It has {words.listed(there, 12)}" if there else f"It never ran: bunsui session show {view.session.id}"
        hint = did_you_mean(named, there, known)
        raise NotFound(f"session {view.session.id} has no operation {named!r}", hint)
    if out.json:
        out.value({"session": view.session.id, "operation": plain(operation)})
        return
    log = list(workspace.sessions.logs(view.session.id, LogFilter(operation=name, tail=_MOST_LINES)))
    columns = out.width if out.out.isatty() else None
    out.lines(lines(view, operation, log, columns, out.style))
    if log:
        whole = f"bunsui session logs {view.session.id} --operation {escape.line(shlex.quote(name))}"
        out.say(out.talk.dim(f"Its whole log: {whole}"))


def lines(
    view: SessionView, operation: OperationView, log: Sequence[LogLine], columns: int | None, style: Style
) -> Iterator[str]:
    yield from live.operation_lines(view, [operation], time.time(), columns, style)
    for key, text in _facts(operation):
        yield style.dim(f"{key:<11}") + text
    if isinstance(operation.output, dict) and operation.output:
        yield ""
        yield style.bold("output")
        yield from values.rows(operation.output, columns)
    yield ""
    if operation.status is OperationStatus.FAILED:
        yield from failing.block(view, operation, log, columns, style)
    else:
        yield from (log_line(line, style, columns, operation=False) for line in log)


def _facts(operation: OperationView) -> Iterator[tuple[str, str]]:
    yield "kind", operation.kind
    if operation.needs:
        yield "needs", ", ".join(map(escape.line, operation.needs))
    if operation.started is not None:
        yield "started", words.moment(operation.started)
    if operation.ended is not None:
        yield "ended", words.moment(operation.ended)
    if operation.items and operation.items.now and operation.ended is None:
        yield "running", "items " + words.listed([f"[{index}]" for index in operation.items.now], _MOST_ITEMS)
