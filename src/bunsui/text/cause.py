"""The cause of a failure as a person reads it: whole as a few lines, or as one. What follows from it is not said here.

Causes are texts from runtimes, engines and AWS; Lambda's, and those of executions, are JSON that may have been cut off.
"""

from __future__ import annotations

import re
from json import JSONDecodeError, JSONDecoder, loads

from bunsui.analysis.errors.expressions import failed_expression
from bunsui.model.json import Json
from bunsui.text import escape
from bunsui.text.said import said

_MOST = 6  # lines of a cause, and lines of a stack
_MESSAGE = re.compile(r'^\s*\{\s*"errorMessage"\s*:\s*"')
_SILENT = {
    "States.Timeout": "it took longer than its timeout",
    "States.HeartbeatTimeout": "it gave no sign of life within its heartbeat",
}


def lines(error: str | None, cause: str | None) -> list[str]:
    """The message, then the innermost frames of the stack if there is one. Safe to show."""
    message, stack = _told(error, cause)
    told = [text for text in (line.rstrip() for line in escape.lines(message)) if text]
    if len(told) > _MOST:
        told = [told[0], *told[1 - _MOST :]] if told[0].endswith(":") else told[:_MOST]
    return [*told, *stack[-_MOST:]]


def one_line(error: str | None, cause: str | None) -> str:
    """The telling line: the first; where that only announces more, the last, and then what announced it."""
    told = [text.strip() for text in escape.lines(_told(error, cause)[0]) if text.strip()]
    if not told:
        return ""
    if not told[0].endswith(":") or len(told) < 2:
        return told[0]
    return f"{told[-1]} ({told[0].removesuffix(':').removesuffix('; it last wrote')})"


def _told(error: str | None, cause: str | None) -> tuple[str, list[str]]:
    """Message and stack."""
    if not cause:
        return said(_SILENT.get(error or "", "")), []
    try:
        body = loads(cause)
    except (JSONDecodeError, RecursionError):
        return _of_torn(cause) or _of_expression(cause) or cause, []
    if not isinstance(body, dict):
        return cause, []
    if isinstance(body.get("errorMessage"), str):
        return str(body["errorMessage"]), _frames(body.get("stackTrace"))
    if "ExecutionArn" in body and isinstance(body.get("Cause"), str):
        return ": ".join(str(body[key]) for key in ("Error", "Cause") if body.get(key)), []
    return cause, []


def _frames(stack: Json) -> list[str]:
    frames = stack if isinstance(stack, list) else []
    return [line for frame in frames for line in escape.lines(str(frame).rstrip("\n"))]


def _of_torn(cause: str) -> str:
    """The message of JSON that was cut off behind it, or in it. The frames that would matter are lost."""
    found = _MESSAGE.match(cause)
    if found is None:
        return ""
    for text in (cause, cause + '"', cause.rpartition("\\")[0] + '"'):
        try:
            return str(JSONDecoder(strict=False).raw_decode(text, found.end() - 1)[0])
        except JSONDecodeError:
            continue
    return ""


def _of_expression(cause: str) -> str:
    """The key and the words of the author."""
    found = failed_expression(cause)
    return found.told() if found else ""
