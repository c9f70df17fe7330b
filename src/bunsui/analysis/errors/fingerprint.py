"""The same kind of failure, recognised in every session: by error, message and place, without what differs each time.

No rule has a say in it, so that editing rules regroups nothing.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence

from bunsui.analysis.errors.clues import Clue
from bunsui.analysis.errors.exceptions import user_frame

_LONGEST = 500
# Errors that only say that a process ended: what is inside of them tells more.
WRAPPERS = frozenset(
    {"Bunsui.CommandFailed", "Bunsui.WorkerDied", "States.TaskFailed", "Runtime.ExitError", "ClientError", "error", ""}
)
OURS = ("Bunsui.", "States.", "stopped: its execution")  # lines that tell of the end, not of what came before it
_LOUD = re.compile(r"(?i)error|fatal|panic|fail|cannot|can't|not found|no such|denied|unbound|killed|fault|exception")
_DIFFERENT = (
    (re.compile(r"\b\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:[.,]\d{1,9})?)?(?:Z|[+-]\d\d:?\d\d)?)?"), "<time>"),
    (re.compile(r"\b[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\b"), "<id>"),
    (re.compile(r"\barn:[\w-]{1,20}:[^\s'\",)]{1,300}"), "<arn>"),
    (re.compile(r"\b(?:https?|s3|s3a|gs|file|jdbc:\w{1,20})://[^\s'\",)]{1,500}"), "<url>"),
    (re.compile(r"(?<![\w<])(?:~|\.{1,2}|[A-Za-z]:)?(?:[/\\][\w.@%+=-]{1,255}){2,40}/?"), "<path>"),
    (re.compile(r"\b0x[0-9a-fA-F]+\b"), "<id>"),
    (re.compile(r"\b(?=[A-Za-z_-]{0,63}\d)[A-Za-z0-9_-]{12,64}\b"), "<id>"),
    (re.compile(r"\b(?=[a-f]{0,31}\d)[0-9a-f]{7,32}\b"), "<id>"),
    (re.compile(r"\d+(?:[.,:]\d+)*"), "<n>"),
    (re.compile(r"\s+"), " "),
)


def fingerprint(clues: Sequence[Clue]) -> str:
    """Twelve hexadecimal characters."""
    clue = telling(clues)
    text = "\n".join((clue.name, normalised(clue.message), user_frame(clue.frames), *_ending(clue, clues)))
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:12]


def _ending(clue: Clue, clues: Sequence[Clue]) -> Iterator[str]:
    """Of a process that only ended: its exit code, and what its log cries last."""
    if clue.error in WRAPPERS and clue.exit_code is not None:
        yield str(clue.exit_code)
        said = [one for one in clues if one.line and not one.message.startswith(OURS)]
        cries = [one for one in said if _LOUD.search(one.message[:_LONGEST])] or said
        if cries:
            yield normalised(max(cries, key=lambda one: one.weight).message)


def telling(clues: Sequence[Clue]) -> Clue:
    """The error itself, unless that only wraps another."""
    first = clues[0]
    if first.error not in WRAPPERS:
        return first
    return next((clue for clue in clues[1:] if clue.error and clue.error not in WRAPPERS), first)


def normalised(message: str) -> str:
    """The first line that says something, with numbers, ids, paths and times replaced."""
    lines = [line for line in message[: _LONGEST * 4].splitlines() if line.strip()]
    text = lines[0][:_LONGEST] if lines else ""
    for pattern, word in _DIFFERENT:
        text = pattern.sub(word, text)
    return text.strip()
