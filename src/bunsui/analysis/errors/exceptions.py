"""Exceptions in lines of text: Python's tracebacks with their chains, Java's, and what looks like one by its name.

Whose frame is the user's own is told here, too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

_LONGEST = 4096
_MOST_CONTINUED = 3
_MOST_FRAMES = 40
_NAME = r"(?:[A-Za-z_]\w{0,80}\.){0,12}[A-Za-z_]\w{0,80}"
_ENDING = "(?:Error|Exception|Exceeded|Timeout|Interrupt|Refused|Fault|Denied|Exit)"
_TYPED = rf"(?:[A-Za-z_]\w{{0,80}}[.:$]{{1,2}}){{0,12}}[A-Z]\w{{0,80}}{_ENDING}"
_DIRECT = "The above exception was the direct cause of the following exception"
_TRACEBACK = re.compile(r"Traceback \(most recent call last\)")
_FRAME = re.compile(r'^\s*[|+ ]*\s*File "(?P<file>[^"]{1,500})", line \d+(?:, in (?P<function>.{1,200}))?')
_RAISED = re.compile(rf"^(?P<error>{_NAME})(?:: (?P<message>.*))?$")
_LIKE = re.compile(rf"(?:^|[\s\[(\"'=])(?P<error>{_TYPED})\b(?:: ?(?P<message>.*)|\]? ?(?P<rest>.*))$")
_INNER = re.compile(
    r"^\s*(?:Caused by|Exception in thread \"[^\"]{0,200}\"|Suppressed):? "
    r"(?P<error>[\w.$]{3,300})(?:: (?P<message>.*))?$"
)
# AWS's command line and SDKs; its name stands in brackets.
_CALL = re.compile(
    r"An error occurred \((?P<error>[\w.]{1,100})\) (?P<message>when calling the \w{1,100} operation.*)$"
)
_LIBRARY = re.compile(
    r"site-packages|dist-packages|/lib/python\d|<frozen|/python\d\.\d+/|/var/lang/|/var/runtime/|<string>"
)


@dataclass(frozen=True, slots=True)
class Raised:
    """An exception, the index of its line, and its frames as ``file:function``, the innermost last."""

    error: str
    message: str
    line: int
    frames: tuple[str, ...] = ()
    stack: tuple[str, ...] = ()  # the lines of its traceback
    explained: bool = False  # it was raised from the one before, which says why
    at: tuple[int, ...] = ()  # the indices of the user's innermost frame and of the source line below it


def raised_in(lines: Sequence[str]) -> tuple[Raised, ...]:
    """The last one first: in a chain that is what was raised, then what it was raised from."""
    found = list(_walk([line[:_LONGEST] for line in lines]))
    return tuple(reversed(found))


def _walk(lines: list[str]) -> Iterator[Raised]:
    number, explained = 0, False
    while number < len(lines):
        if _TRACEBACK.search(lines[number]):
            raised, number = _traceback(lines, number + 1)
            if raised:
                yield replace(raised, explained=explained)
            explained = False
            continue
        explained = explained or _DIRECT in lines[number]
        if match := _INNER.match(lines[number]) or _CALL.search(lines[number]) or _LIKE.search(lines[number]):
            yield _like(match, number)
        number += 1


def _like(match: re.Match[str], number: int) -> Raised:
    groups = match.groupdict()
    return Raised(match["error"].replace("$", "."), (groups.get("message") or groups.get("rest") or "").strip(), number)


def _traceback(lines: list[str], number: int) -> tuple[Raised | None, int]:
    """The exception that the traceback ends with, and where to go on. A broken off one has none."""
    frames: list[tuple[int, str]] = []
    first = number
    while number < len(lines):
        text = _bare(lines[number])
        if frame := _FRAME.match(lines[number]):
            frames.append((number, _frame(frame)))
        elif text and not text[0].isspace() and (match := _RAISED.match(text)):
            message, after = _continued(match["message"] or "", lines, number + 1)
            stack = tuple(lines[first:number][-2 * _MOST_FRAMES :])
            names = tuple(name for _, name in frames)[-_MOST_FRAMES:]
            return Raised(match["error"], message, number, names, stack, at=_shown(_own(frames), lines)), after
        elif text and not text[0].isspace() and not _TRACEBACK.search(text):
            return None, number + 1
        number += 1
    return None, number


def _own(frames: Sequence[tuple[int, str]]) -> int | None:
    own = [number for number, frame in frames if not _LIBRARY.search(frame)]
    return own[-1] if own else None


def own_lines(stack: Sequence[str]) -> tuple[int, ...]:
    """The indices of the line of the innermost frame outside of libraries, and of the source line below it."""
    found = [(number, _frame(match)) for number, line in enumerate(stack) if (match := _FRAME.match(line[:_LONGEST]))]
    return _shown(_own(found), stack)


def _shown(at: int | None, lines: Sequence[str]) -> tuple[int, ...]:
    if at is None:
        return ()
    source = at + 1 < len(lines) and lines[at + 1][:1].isspace() and not _FRAME.match(lines[at + 1][:_LONGEST])
    return (at, at + 1) if source and lines[at + 1].strip(" ^~|+") else (at,)


def _bare(line: str) -> str:
    """Without the margin that exception groups are drawn with."""
    return re.sub(r"^\s{0,40}[|+][ -]?\s?", "", line) if line.lstrip()[:1] in ("|", "+") else line


def _continued(message: str, lines: list[str], number: int) -> tuple[str, int]:
    """Messages of several lines end at an empty one."""
    parts, last = [message], min(number + _MOST_CONTINUED, len(lines))
    while number < last and lines[number].strip() and not _new(lines[number]):
        parts.append(_bare(lines[number]))
        number += 1
    return "\n".join(parts).strip(), number


def _new(line: str) -> bool:
    return bool(_TRACEBACK.search(line) or _RAISED.match(line) or _LIKE.search(line))


def _frame(match: re.Match[str]) -> str:
    return f"{match['file']}:{match['function'] or ''}"


def frames_of(stack: Sequence[str]) -> tuple[str, ...]:
    """Of a stack that was handed over as lines."""
    matches = (_FRAME.match(line[:_LONGEST]) for line in stack)
    return tuple(_frame(match) for match in matches if match)[-_MOST_FRAMES:]


def user_frame(frames: Sequence[str]) -> str:
    """The innermost frame outside of libraries, as ``file.py:function``: it stays the same when lines move."""
    own = [frame for frame in frames if not _LIBRARY.search(frame)] or list(frames)
    if not own:
        return ""
    file, _, function = own[-1].rpartition(":")
    return f"{file.rpartition('/')[2]}:{function}"
