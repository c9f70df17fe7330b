"""How services put their causes: Lambda, ECS, Batch, Glue and nested executions as JSON, the rest as text.

Exceptions that stand inside of a text are found in `exceptions`.
"""

from __future__ import annotations

import json
import re
import signal
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from bunsui.analysis.errors.expressions import failed_expression
from bunsui.model.json import Json

_LONGEST = 64 * 1024
_DEEPEST = 5
_MOST_PARTS = 50
_REASONS = (
    "stopcode",
    "errormessage",
    "stoppedreason",
    "statusreason",
    "statechangereason",
    "statedetails",
    "statusdetails",
    "statusmessage",
    "failurereason",
    "failuremessage",
    "reason",
    "message",
    "error",
    "cause",
    "errordetail",
)
_AWS_CALL = re.compile(r"An error occurred \((?P<error>[\w.]{1,100})\) when calling the (?P<call>\w{1,100}) operation")
_AWS_CODE = re.compile(r"(?:Error Code|errorCode|ErrorCode): ?(?P<error>[A-Za-z]\w{2,80})")
_EXIT = re.compile(
    r"(?:exit(?:ed)?(?: with)?(?: status| code| non-zero code)?|ExitCode|exit status|exit code|non-zero code)"
    r":? ?(?P<code>\d{1,3})\b"
)
_SIGNAL = re.compile(
    r"(?:signal:? |killed by |received |terminated by )(?P<name>SIG[A-Z0-9]+|killed|terminated|aborted)"
)
_SIGNAL_NAMES = {"killed": "SIGKILL", "terminated": "SIGTERM", "aborted": "SIGABRT"}


@dataclass(frozen=True, slots=True)
class Told:
    """What a service says: an error's name (perhaps none), the message, the stack's lines, how a process ended."""

    error: str
    message: str
    frames: tuple[str, ...] = ()
    exit_code: int | None = None
    signal: str | None = None


def told_in(error: str, cause: str) -> tuple[Told, ...]:
    """The failure as it is told, and what is told inside of that, outermost first; never empty."""
    return tuple(_told(error, cause[:_LONGEST], 0))


def _told(error: str, cause: str, depth: int) -> Iterator[Told]:
    body = _object(cause)
    if body is None and (failed := failed_expression(cause)):
        yield Told(error, failed.told())
        return
    if body is None:
        yield _ended(error, cause, None)
        yield from _call(cause)
        return
    message, frames = _message(body, cause), _frames(body)
    yield _ended(error, message, _exit_code(body), frames)
    inner, inside = _text(body, "errortype") or _text(body, "error"), _text(body, "cause")
    if inner and inner != error and depth < _DEEPEST:
        yield from _told(inner, inside or message, depth + 1)
    yield from _call(message, frames)


def _call(message: str, frames: tuple[str, ...] = ()) -> Iterator[Told]:
    """AWS's SDKs wrap the service's own error name into a message."""
    for pattern in (_AWS_CALL, _AWS_CODE):
        if match := pattern.search(message):
            yield Told(match["error"], message, frames)


def _object(text: str) -> dict[str, Json] | None:
    if not text.lstrip().startswith("{"):
        return None
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return {key.lower(): item for key, item in value.items()} if isinstance(value, dict) else None


def _text(body: Mapping[str, Json], key: str) -> str:
    value = body.get(key)
    return value if isinstance(value, str) else ""


def _message(body: Mapping[str, Json], whole: str) -> str:
    """Every reason given, each on lines of its own: the task's, then its containers' and attempts'."""
    found = [_text(part, key) for part in _parts(dict(body), 0) for key in _REASONS]
    return "\n".join(dict.fromkeys(text for text in found if text)) or ("" if "errortype" in body else whole)


def _parts(value: Json, depth: int) -> Iterator[dict[str, Json]]:
    """The object itself and those inside of it, with small letters in their keys."""
    if isinstance(value, dict):
        yield {key.lower(): item for key, item in value.items()}
    if depth < _DEEPEST and isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value[:_MOST_PARTS]:
            yield from _parts(inner, depth + 1)


def _frames(body: Mapping[str, Json]) -> tuple[str, ...]:
    for key in ("stacktrace", "trace"):
        stack = body.get(key)
        if isinstance(stack, list):
            lines = (line for part in stack for line in str(part).splitlines())
            return tuple(line for line in lines if line.strip())
    return ()


def _exit_code(body: Mapping[str, Json]) -> int | None:
    """Of the first container that did not end well."""
    codes = (part.get("exitcode") for part in _parts(dict(body), 0))
    return next((code for code in codes if isinstance(code, int) and code != 0), None)


def _ended(error: str, message: str, code: int | None, frames: tuple[str, ...] = ()) -> Told:
    """With exit code and signal, from the message where no field gives them."""
    if code is None and (match := _EXIT.search(message)) and match["code"] != "0":
        code = int(match["code"])
    name = None
    if match := _SIGNAL.search(message):
        name = _SIGNAL_NAMES.get(match["name"], match["name"])
    elif code is not None and code > 128:
        name = _signal_name(code - 128)
    return Told(error, message, frames, code, name)


def _signal_name(number: int) -> str | None:
    try:
        return signal.Signals(number).name
    except ValueError:
        return None
