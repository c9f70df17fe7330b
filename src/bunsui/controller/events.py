"""What an event says, in our words. Pure; nothing in an event is trusted, and what is not understood is `Ignored`.

What is done about it is in `attending`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from bunsui.model.json import Json

ENDED = frozenset({"SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED"})
_EXECUTION = re.compile(r"arn:[a-z-]+:states:[a-z0-9-]+:\d{12}:execution:[^:\s]{1,80}:([A-Za-z0-9_-]{1,80})")
_LONGEST_TOKEN, _LONGEST_TASK = 2048, 16_384
_LONGEST_REASON = 2000
_WORD = re.compile(r"[A-Za-z]{1,40}")


@dataclass(frozen=True, slots=True)
class ExecutionEnded:
    name: str


@dataclass(frozen=True, slots=True)
class TaskStopped:
    """A container ended; whether it answered its token before is not told."""

    token: str
    error: str
    cause: str


@dataclass(frozen=True, slots=True)
class Sweep:
    """Time has passed."""


@dataclass(frozen=True, slots=True)
class Ignored:
    why: str


Event = ExecutionEnded | TaskStopped | Sweep | Ignored


def understood(event: object) -> Event:
    told = _mapping(event)
    detail = _mapping(told.get("detail"))
    match (told.get("source"), told.get("detail-type")):
        case ("aws.states", "Step Functions Execution Status Change"):
            return _execution(detail)
        case ("aws.ecs", "ECS Task State Change"):
            return _task(detail)
        case (_, "Scheduled Event"):
            return Sweep()
    return Sweep() if told.get("bunsui") == "sweep" else Ignored("it is no event of ours")


def _execution(detail: Mapping[str, object]) -> Event:
    found = _EXECUTION.fullmatch(_text(detail, "executionArn"))
    if found is None:
        return Ignored("it names no execution of a session")
    return ExecutionEnded(found[1]) if detail.get("status") in ENDED else Ignored("the execution has not ended")


def _task(detail: Mapping[str, object]) -> Event:
    if detail.get("lastStatus") != "STOPPED":
        return Ignored("the task has not stopped")
    token = next(_tokens(detail), None)
    if token is None:
        return Ignored("it is no task of an operation")
    code = _text(detail, "stopCode")
    error = f"ECS.{code}" if _WORD.fullmatch(code) else "ECS.TaskStopped"
    return TaskStopped(token, error, _cause(detail))


def _tokens(detail: Mapping[str, object]) -> Iterator[str]:
    """What the machine handed the container, which is among what it overrode of the task's definition."""
    for container in _mappings(_mapping(detail.get("overrides")).get("containerOverrides")):
        for variable in _mappings(container.get("environment")):
            if variable.get("name") == "BUNSUI_TASK":
                token = _mapping(_mapping(_parsed(_text(variable, "value"))).get("bunsui")).get("token")
                if isinstance(token, str) and 0 < len(token) <= _LONGEST_TOKEN:
                    yield token


def _cause(detail: Mapping[str, object]) -> str:
    """Why ECS stopped it, then what is known of each container: `task: exit code 137, OutOfMemoryError: ...`."""
    parts = [_text(detail, "stoppedReason") or "the task stopped"]
    for container in _mappings(detail.get("containers")):
        known = [f"exit code {code}"] if isinstance(code := container.get("exitCode"), int) else []
        known += [reason] if (reason := _text(container, "reason")) else []
        if known:
            parts.append(f"container {_text(container, 'name')}: {', '.join(known)}")
    return "; ".join(part[:_LONGEST_REASON] for part in parts) + " (the task had not answered)"


def _parsed(text: str) -> Json:
    try:
        value: Json = json.loads(text) if len(text) <= _LONGEST_TASK else None
    except (ValueError, RecursionError):
        return None
    return value


def _text(within: Mapping[str, object], name: str) -> str:
    value = within.get(name)
    return value if isinstance(value, str) else ""


def _mapping(value: object) -> Mapping[str, object]:
    return value if isinstance(value, dict) else {}


def _mappings(value: object) -> Iterator[Mapping[str, object]]:
    return map(_mapping, value if isinstance(value, list) else ())
