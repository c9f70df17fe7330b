"""Logs in CloudWatch of tasks that run without our runtime: existing functions and containers. The port ForeignLogs.

Which lines are one task's is told by its execution's history: when it ran, which request or container it was.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from bunsui.aws.clients import Clients
from bunsui.errors import BunsuiError
from bunsui.model.history import HistoryEvent
from bunsui.model.log import ForeignAttempt, ForeignLine

MOST_LINES = 2_000  # of one attempt
_MOST_READ = 20_000  # lines of other calls that may lie between
_BEFORE, _AFTER = 1.0, 5.0  # seconds: clocks differ, and a function's last lines come after its answer
_OVER = ("Succeeded", "Failed", "TimedOut")
_BEGINS = ("TaskScheduled", "LambdaFunctionScheduled")
_PLATFORM = re.compile(r"(START|END|REPORT) RequestId: ([0-9a-f-]{36})")


@dataclass(slots=True)
class _Task:
    """A try of a task, as the history tells it."""

    state: str
    item: int | None
    redrive: int
    retry: int
    begun: float
    details: Mapping[str, Any]
    submitted: Mapping[str, Any] = field(default_factory=dict)
    ended: float | None = None
    request: str = ""  # of a function, where the answer names it


class _Ambiguous(Exception):
    """Nothing tells which lines are a task's."""


class CloudWatchLogs:
    def __init__(self, clients: Clients) -> None:
        self._clients = clients

    def attempts(self, events: Iterable[HistoryEvent]) -> Iterator[ForeignAttempt]:
        for task in tasks_without_runtime(events):
            lines, problem = self._read(task)
            yield ForeignAttempt(task.state, task.item, task.redrive, task.retry, lines, problem)

    def _read(self, task: _Task) -> tuple[tuple[ForeignLine, ...], str]:
        try:
            lines = tuple(islice(self._lines(task), MOST_LINES + 1))
        except _Ambiguous as error:
            return (), str(error)
        except BunsuiError as error:  # no permission, no such group
            return (), f"its log in CloudWatch could not be read: {error}"
        if len(lines) <= MOST_LINES:
            return lines, ""
        return lines[:MOST_LINES], f"only the first {MOST_LINES:,} lines of its log are here; all are in CloudWatch"

    def _lines(self, task: _Task) -> Iterator[ForeignLine]:
        return self._of_function(task) if _function(task) else self._of_containers(task)

    def _of_function(self, task: _Task) -> Iterator[ForeignLine]:
        name = _function(task)
        group = f"/aws/lambda/{name}"
        calls = _calls(self._events(group, task))
        mine = [call for request, call in calls if request == task.request] if task.request else []
        if not mine:
            last = task.ended or float("inf")
            mine = [call for _, call in calls if task.begun - _BEFORE <= call[0]["timestamp"] / 1000 <= last + _BEFORE]
        if len(mine) > 1:
            raise _Ambiguous(f"{len(mine)} calls of {name} ran at that time: look in CloudWatch, log group {group}")
        for event in mine[0] if mine else ():
            yield _line(event)

    def _of_containers(self, task: _Task) -> Iterator[ForeignLine]:
        for one in task.submitted.get("Tasks") or ():
            definition = str(one.get("TaskDefinitionArn", ""))
            told = self._clients.ask("ecs", "describe_task_definition", definition, taskDefinition=definition)
            for container in told["taskDefinition"]["containerDefinitions"]:
                options = (container.get("logConfiguration") or {}).get("options") or {}
                group, prefix = options.get("awslogs-group"), options.get("awslogs-stream-prefix")
                if group and prefix:
                    stream = f"{prefix}/{container['name']}/{str(one.get('TaskArn')).rpartition('/')[2]}"
                    yield from map(_line, self._events(group, task, logStreamNames=[stream]))

    def _events(self, group: str, task: _Task, **given: Any) -> Iterator[Mapping[str, Any]]:
        times = {"startTime": int((task.begun - _BEFORE) * 1000)}
        if task.ended is not None:
            times["endTime"] = int((task.ended + _AFTER) * 1000)
        where = f"the log group {group}"
        pages = self._clients.pages("logs", "filter_log_events", where, logGroupName=group, **times, **given)
        return islice((event for page in pages for event in page["events"]), _MOST_READ)


def _calls(events: Iterable[Mapping[str, Any]]) -> list[tuple[str, list[Mapping[str, Any]]]]:
    """A function's calls, each from its START on: streams are those of sandboxes, which do one at a time."""
    found: list[tuple[str, list[Mapping[str, Any]]]] = []
    open_: dict[str, list[Mapping[str, Any]]] = {}
    for event in events:
        stream, platform = event["logStreamName"], _PLATFORM.match(event["message"])
        if platform and platform[1] == "START":
            open_[stream] = []
            found.append((platform[2], open_[stream]))
        if stream in open_:
            open_[stream].append(event)
    return found


def _line(event: Mapping[str, Any]) -> ForeignLine:
    message = str(event["message"]).rstrip("\r\n")
    level = "DEBUG" if _PLATFORM.match(message) else _level(message)
    return ForeignLine(event["timestamp"] / 1000, message, level)


def _level(message: str) -> str:
    """As the runtimes of Lambda begin a line: ``[ERROR]``."""
    word = message[1 : message.find("]")] if message.startswith("[") else ""
    return word if word in ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL") else "INFO"


def tasks_without_runtime(events: Iterable[HistoryEvent]) -> list[_Task]:
    """Existing functions and containers, each try that began."""
    there: dict[int, HistoryEvent] = {}
    tasks: dict[int, _Task] = {}
    task_of: dict[int, _Task] = {}
    redrive = 0
    for event in events:
        there[event.id] = event
        redrive += event.type == "ExecutionRedriven"
        if event.type in _BEGINS:
            if _is_foreign(event):
                tasks[event.id] = task_of[event.id] = _task(event, there, redrive)
        elif (task := task_of.get(event.previous_id)) is not None:
            task_of[event.id] = task
            output = event.details.get("output")
            if event.type == "TaskSubmitted" and isinstance(output, dict):
                task.submitted = output
            elif event.type.endswith(_OVER):
                task.ended, task.request = event.time, _request(event)
                del task_of[event.id]
    return list(tasks.values())


def _is_foreign(event: HistoryEvent) -> bool:
    if event.type == "LambdaFunctionScheduled":
        return True
    given = event.details.get("parameters")
    parameters = given if isinstance(given, dict) else {}
    match event.details.get("resourceType"):
        case "lambda":
            payload = parameters.get("Payload")
            return not (isinstance(payload, dict) and isinstance(payload.get("bunsui"), dict))
        case "ecs":
            return "BUNSUI_TASK" not in json.dumps(parameters.get("Overrides") or {})
    return False


def _task(event: HistoryEvent, there: Mapping[int, HistoryEvent], redrive: int) -> _Task:
    retry, state, item = 0, "", None
    before = there.get(event.previous_id)
    while before is not None and item is None:
        if not state and before.type in _BEGINS:
            retry += 1
        elif not state and before.type.endswith("StateEntered"):
            state = str(before.details.get("name", ""))
        elif before.type == "MapIterationStarted":
            index = before.details.get("index")
            item = index if isinstance(index, int) else None
        before = there.get(before.previous_id)
    return _Task(state, item, redrive, retry, event.time, event.details)


def _request(event: HistoryEvent) -> str:
    """The id of a function's call: in what it answered, or in the cause of its failure."""
    output = event.details.get("output")
    told = output.get("SdkResponseMetadata") if isinstance(output, dict) else None
    if isinstance(told, dict):
        return str(told.get("RequestId") or "")
    try:
        cause = json.loads(str(event.details.get("cause") or ""))
    except ValueError:
        return ""
    return str(cause.get("requestId") or "") if isinstance(cause, dict) else ""


def _function(task: _Task) -> str:
    """The name of a function, without account and version; empty if it is none."""
    parameters = task.details.get("parameters")
    named = parameters.get("FunctionName") if isinstance(parameters, dict) else None
    if named is None and task.details.get("resourceType") is None:
        named = task.details.get("resource")
    parts: Sequence[str] = str(named or "").split(":")
    return parts[6] if len(parts) > 6 else parts[0]
