"""Which operations failed, and why: for each its error, its cause, and the end of its log. What to do is not said here.

Causes are read in `cause`; the lines of a log are laid out in `logs`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bunsui.analysis.progress import OperationView
from bunsui.model.json import Json
from bunsui.model.log import LogLine
from bunsui.model.status import OperationStatus
from bunsui.services.views import SessionView
from bunsui.text import cause, escape, width, words
from bunsui.text.logs import log_line
from bunsui.text.style import Style

_MOST_LINES = 8  # of a log
_MOST_ROWS = 4  # of a long line of a cause
_LONGEST = 1000  # characters of a line where there is no terminal
_TRACE = "Traceback (most recent call last):"
_EXPRESSION = "States.QueryEvaluationError"


def failures(view: SessionView) -> list[OperationView]:
    """What failed of itself, in the order in which it did; a nested pipeline that failed is left to what failed in it.

    Where everything was nested deeper than we can see, the pipelines themselves are left.
    """
    failed = [one for one in view.operations if one.status is OperationStatus.FAILED]
    own = [one for one in failed if not any(other.name.startswith(f"{one.name}.") for other in failed)]
    return sorted(own, key=lambda one: one.ended or float("inf"))


def block(
    view: SessionView, operation: OperationView, lines: Sequence[LogLine], columns: int | None, style: Style
) -> Iterator[str]:
    """An operation's failure; `lines` are the last ones of its log."""
    tries = f" after {operation.attempts} tries" if operation.attempts > 1 else ""
    head = f"{style.glyph('FAILED')} {escape.line(operation.name)} failed{tries}"
    yield f"{style.paint(head, 'red')}  {escape.line(operation.error or '')}"
    told = cause.lines(operation.error, operation.cause)
    for text in (*told, *stored_aside(view, operation)):
        yield from ("    " + row for row in wrapped(text, None if columns is None else columns - 4))
    news = not_told(lines, operation.error, told)[-_MOST_LINES:]
    if news:
        yield style.dim(f"  last lines of {escape.line(operation.name)}:")
    for line in news:
        yield "    " + log_line(line, style, _LONGEST if columns is None else columns - 4, operation=False)


def wrapped(text: str, columns: int | None) -> list[str]:
    """A few rows of a line that is too long; code and other indented lines are cut instead."""
    if columns is None or text.startswith(" "):
        return [width.cut(text, max(columns or _LONGEST, 20))]
    rows = width.wrap(text, max(columns, 20))
    if len(rows) > _MOST_ROWS:
        rows = [*rows[: _MOST_ROWS - 1], width.cut(" ".join(rows[_MOST_ROWS - 1 :]), max(columns, 20))]
    return rows


def not_told(lines: Sequence[LogLine], error: str | None, told: Sequence[str]) -> list[LogLine]:
    """The lines that say more than the cause did: not the same message, nor the same stack."""
    known = {text.strip() for text in told}
    start = next((number for number, line in enumerate(lines) if line.message.startswith(_TRACE)), len(lines))
    if known.isdisjoint(line.message.strip() for line in lines[start:]):
        start = len(lines)
    return [
        line
        for line in lines[:start]
        if line.message.strip() not in known and not line.message.startswith(f"{error}: ")
    ]


def stored_aside(view: SessionView, operation: OperationView) -> list[str]:
    """Expressions cannot look into large fields: which of those before it are such, for one that tried."""
    if operation.error != _EXPRESSION:
        return []
    path = operation.name.rpartition(".")[0]
    needs = {f"{path}.{need}" if path else need for need in operation.needs}
    return [
        f"note: ${escape.line(one.name.rpartition('.')[2])}.{escape.line(key)} is stored aside ({words.size(size)}): "
        f"it can be passed on, but not looked into, unless its operation says inline: [{escape.line(key)}]"
        for one in view.operations
        if one.name in needs
        for key, size in _aside(one.output)
    ]


def _aside(output: Json) -> Iterator[tuple[str, int]]:
    """The fields of an output that are references to large values, and how large. Files are meant to be references."""
    for key, value in output.items() if isinstance(output, dict) else ():
        match value:
            case {"$ref": str(ref), "bytes": int(size)} if "/files/" not in ref:
                yield key, size
