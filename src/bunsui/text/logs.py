"""A line of the merged log as text."""

from __future__ import annotations

from collections.abc import Iterator

from bunsui.model.log import LogLine
from bunsui.text import escape, width, words
from bunsui.text.style import Style

_LEVEL_STYLE = {"DEBUG": "dim", "WARNING": "yellow", "ERROR": "red", "CRITICAL": "red"}
_LEVEL = {"WARNING": "WARN", "CRITICAL": "CRIT"}
_NAME = 18
_UP_TO_WHO = 19  # columns of time and level


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


class Tries:
    """Notes which try of what was last seen: another one is announced, so that two failures do not read as one."""

    def __init__(self) -> None:
        self._last: dict[tuple[str, int | None], str] = {}

    def begun_by(self, line: LogLine, style: Style) -> Iterator[str]:
        if not line.operation or not line.attempt:
            return
        before = self._last.get((line.operation, line.item))
        self._last[line.operation, line.item] = line.attempt
        if before not in (None, line.attempt):
            rule = ("─" if style.unicode else "-") * 3
            yield style.dim(f"{' ' * _UP_TO_WHO}{rule} {_who(line, False)}, {_try(line.attempt)} {rule}")


def _try(attempt: str) -> str:
    """``2.0.1`` is the second try in the second execution."""
    execution, _, rest = attempt.partition(".")
    redrive, _, retry = rest.partition(".")
    number = f"try {int(retry) + 1}" if retry.isdecimal() else f"try {escape.line(retry)}"
    of = [f"execution {escape.line(execution)}" if execution != "1" else ""]
    of.append(f"redrive {escape.line(redrive)}" if redrive not in ("", "0") else "")
    return " of ".join([number, *(part for part in of if part)])


def _who(line: LogLine, attempt: bool) -> str:
    name = escape.line(line.operation) if line.operation else "session"
    item = f"[{line.item}]" if line.item is not None else ""
    number = f" #{escape.line(line.attempt)}" if attempt and line.attempt else ""
    return name + item + number


def _paint_who(who: str, line: LogLine, style: Style) -> str:
    return style.paint(who, "cyan") if line.operation else style.dim(who)
