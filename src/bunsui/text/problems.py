"""Problems of a file as text and as JSON. Finding them is the business of `bunsui.definition`."""

from __future__ import annotations

from bunsui.model.json import Json
from bunsui.model.problem import Problem, Severity
from bunsui.text import escape
from bunsui.text.style import Style


def problem_line(problem: Problem, style: Style) -> str:
    """``etl.yaml:14:9  message hint``, as editors and people find it."""
    place = style.bold(escape.line(problem.place))
    kind = style.paint("warning: ", "yellow") if problem.severity is Severity.WARNING else ""
    hint = " " + style.dim(escape.line(problem.hint)) if problem.hint else ""
    return f"{place}  {kind}{escape.line(problem.message)}{hint}"


def problem_body(problem: Problem) -> dict[str, Json]:
    return {
        "file": problem.place.file,
        "line": problem.place.line,
        "column": problem.place.column,
        "severity": str(problem.severity),
        "message": problem.message,
        "hint": problem.hint,
    }
