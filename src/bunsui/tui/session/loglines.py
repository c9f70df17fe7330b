"""A line of the log as parts: when, how grave, who, and the message with what is looked for. Pure.

Where the lines stand on the screen is known to `logview`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bunsui.model.log import LogLine
from bunsui.text import escape, width, words
from bunsui.text.parts import Part

PAINT = {"DEBUG": "dim", "WARNING": "yellow", "ERROR": "red", "CRITICAL": "red"}
_LEVEL = {"WARNING": "WARN", "CRITICAL": "CRIT"}
_TIME = {"absolute": 13, "relative": 10, "off": 0}  # columns
_GRADE = 6


def columns(times: str, wide: int) -> int:
    """In front of a message, where who wrote takes so many."""
    return _TIME[times] + _GRADE + wide + 1


def head(line: LogLine, times: str, start: float, wide: int) -> Iterator[Part]:
    if times == "absolute":
        yield f"{words.clock(line.time)}.{int(line.time * 1000) % 1000:03} ", "dim"
    elif times == "relative":
        yield f"{f'+{max(line.time - start, 0):.2f}':>9} ", "dim"
    level = _LEVEL.get(line.level, line.level) if line.stream in ("log", "session") or line.level != "INFO" else ""
    yield f"{level:<5} ", PAINT.get(line.level, "dim")
    yield width.pad(width.cut_middle(who(line), wide), wide) + " ", "cyan" if line.operation else "dim"


def seen(text: str, left: int, room: int) -> str:
    """The part of a long message that is in sight, from column `left` on; what is cut off shows as a mark."""
    if left:
        gone = width.columns(text) - left
        text = "…" + width.tail(text, gone - 1) if gone > 0 else "…" if text else ""
    return width.cut(text, room)


def rows(text: str, room: int) -> int:
    """Most lines are short: those are not measured."""
    if 2 * len(text) <= room:
        return 1
    if text.isascii():
        return -(-len(text) // room)
    return 1 if width.columns(text) <= room else len(width.chunks(text, room))


def who(line: LogLine) -> str:
    """``load[3]·2``: operation, item, and the try if it is not the first."""
    if not line.operation:
        return "session"
    item = f"[{line.item}]" if line.item is not None else ""
    retry = line.attempt.rpartition(".")[2]
    number = f"·{int(retry) + 1}" if retry.isdecimal() and retry != "0" else ""
    return f"{escape.line(line.operation)}{item}{number}"


def marked(text: str, found: str, paint: str) -> Sequence[Part]:
    """Where the text that is looked for stands out."""
    if not found:
        return [(text, paint)]
    low = text if found != found.lower() else text.lower()
    if len(low) != len(text):
        low = text
    parts: list[Part] = []
    start = 0
    while (at := low.find(found, start)) >= 0:
        parts += [(text[start:at], paint), (text[at : at + len(found)], "found")]
        start = at + len(found)
    return [*parts, (text[start:], paint)]
