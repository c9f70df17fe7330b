"""A line of the merged log as text."""

from __future__ import annotations

from bunsui.cli import escape, width, words
from bunsui.cli.style import Style
from bunsui.model.log import LogLine

_LEVEL_STYLE = {"DEBUG": "dim", "WARNING": "yellow", "ERROR": "red", "CRITICAL": "red"}
_LEVEL = {"WARNING": "WARN", "CRITICAL": "CRIT"}
_NAME = 18


def log_line(line: LogLine, style: Style, columns: int | None, *, operation: bool = True, attempt: bool = False) -> str:
    """Time, level, who, message; cut to `columns` unless that is None. Lines without a level of their own have none."""
    who = _who(line, attempt) if operation else (f"[{line.item}]" if line.item is not None else "")
    level = _LEVEL.get(line.level, line.level) if line.stream in ("log", "session") or line.level != "INFO" else ""
    head = f"{words.clock(line.time)}.{int(line.time * 1000) % 1000:03}"
    who = width.pad(who, _NAME) + " " if operation else (who + " " if who else "")
    used = len(head) + 1 + 5 + 1 + width.columns(who)
    message = escape.line(line.message)
    message = message if columns is None else width.cut(message, max(columns - used, 20))
    painted = style.paint(message, _LEVEL_STYLE.get(line.level, "")) if line.level in _LEVEL_STYLE else message
    grade = style.paint(f"{level:<5}", _LEVEL_STYLE.get(line.level, "dim"))
    return f"{style.dim(head)} {grade} {_paint_who(who, line, style)}{painted}"


def _who(line: LogLine, attempt: bool) -> str:
    name = escape.line(line.operation) if line.operation else "session"
    item = f"[{line.item}]" if line.item is not None else ""
    number = f" #{escape.line(line.attempt)}" if attempt and line.attempt else ""
    return name + item + number


def _paint_who(who: str, line: LogLine, style: Style) -> str:
    return style.paint(who, "cyan") if line.operation else style.dim(who)
