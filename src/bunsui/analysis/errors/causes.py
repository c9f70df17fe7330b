"""How services put their causes: Lambda, ECS, Batch, Glue and nested executions as JSON, the rest as text.

Exceptions that stand inside of a text are found in `exceptions`.
"""

from __future__ import annotations

import json
import re
import signal
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from bunsui.model.json import Json

_LONGEST = 64 * 1024
_DEEPEST = 4
_REASONS = (
    "errormessage",
    "stoppedreason",
    "statusreason",
    "statechangereason",
    "failurereason",
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
    if body is None:
        yield _ended(error, cause, None)
        yield from _call(cause)
        return
    message, frames = _message(body), _frames(body)
    yield _ended(error, message, _exit_code(body), frames)
    inner, inside = _text(body, "errortype") or _text(body, "error"), _text(body, "cause")
    if inner and inner != error and depth < _DEEPEST:
        yield from _told(inner, inside or message, depth + 1)
    yield from _call(message)


def _call(message: str) -> Iterator[Told]:
    """AWS's SDKs wrap the service's own error name into a message."""
    for pattern in (_AWS_CALL, _AWS_CODE):
        if match := pattern.search(message):
            yield Told(match["error"], message)


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


def _message(body: Mapping[str, Json]) -> str:
    """Every reason given, each on lines of its own: the task's, then its containers' and attempts'."""
    code = _text(body, "stopcode")
    found = [code, *_reasons(body, 0)]
    return "\n".join(dict.fromkeys(text for text in found if text)) or json.dumps(body)[:500]


def _reasons(body: Mapping[str, Json], depth: int) -> Iterator[str]:
    lower = {key.lower(): item for key, item in body.items()}
    for key in _REASONS:
        value = lower.get(key)
        if isinstance(value, str):
            yield value
    if depth < _DEEPEST:
        for key in ("containers", "container", "attempts", "failures", "jobrun", "error"):
            for part in _parts(lower.get(key)):
                yield from _reasons(part, depth + 1)


def _parts(value: Json) -> list[dict[str, Json]]:
    items = value if isinstance(value, list) else [value]
    return [item for item in items if isinstance(item, dict)]


def _frames(body: Mapping[str, Json]) -> tuple[str, ...]:
    for key in ("stacktrace", "trace"):
        stack = body.get(key)
        if isinstance(stack, list):
            lines = (line for part in stack for line in str(part).splitlines())
            return tuple(line for line in lines if line.strip())
    return ()


def _exit_code(body: Mapping[str, Json]) -> int | None:
    """Of the first container that did not end well."""
    for key in ("containers", "container", "attempts"):
        for part in _parts(body.get(key)):
            lower = {name.lower(): item for name, item in part.items()}
            code = lower.get("exitcode")
            if isinstance(code, int) and code != 0:
                return code
            if (inner := _exit_code(lower)) is not None:
                return inner
    return None


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
