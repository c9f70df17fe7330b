"""What an execution that was stopped leaves running: found in its history, and stopped by name where AWS lets one.

Step Functions ends no callback tasks, and jobs that it waits for only as well as it can.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from bunsui.aws.clients import Clients
from bunsui.errors import BunsuiError
from bunsui.model.history import HistoryEvent

_OVER = ("Succeeded", "Failed", "TimedOut")
_BEGINS = ("TaskScheduled", "LambdaFunctionScheduled")
_LONGEST_REASON = 255


@dataclass(slots=True)
class Open:
    """A task that has not ended. `submitted` is what its service answered."""

    state: str
    type: str
    action: str
    parameters: Mapping[str, Any]
    submitted: Mapping[str, Any]

    @property
    def child(self) -> str:
        """The ARN of the execution that it is, if it is one."""
        return str(self.submitted.get("ExecutionArn") or "") if self.type == "states" else ""


def open_tasks(events: Iterable[HistoryEvent]) -> list[Open]:
    found: dict[int, Open] = {}
    task_of: dict[int, int] = {}  # event -> the event that its task was scheduled by
    entered: dict[int, str] = {}
    for event in events:
        if event.type.endswith("StateEntered"):
            entered[event.id] = str(event.details.get("name", ""))
        elif event.type in _BEGINS:
            found[event.id] = _begun(event, entered.get(event.previous_id, ""))
            task_of[event.id] = event.id
        elif event.previous_id in task_of:
            begin = task_of[event.id] = task_of[event.previous_id]
            if event.type == "TaskSubmitted" and isinstance(output := event.details.get("output"), dict):
                found[begin].submitted = output
            elif event.type.endswith(_OVER):
                found.pop(begin, None)
    return list(found.values())


def _begun(event: HistoryEvent, state: str) -> Open:
    parameters = event.details.get("parameters")
    direct = event.type.startswith("LambdaFunction")
    return Open(
        state,
        "lambda" if direct else str(event.details.get("resourceType", "")),
        str(event.details.get("resource", "")),
        parameters if isinstance(parameters, dict) else {},
        {},
    )


def stopped(clients: Clients, tasks: Iterable[Open], reason: str) -> Iterator[str]:
    """A sentence about each that somebody must know of."""
    for task in tasks:
        if task.type == "lambda":
            yield f"{task.state} is a function, which nobody can stop: it runs to its end unseen, 15 minutes at most"
        elif (way := _WAYS.get(task.type)) is not None and task.submitted:
            try:
                yield f"{task.state}: {way(clients, task, reason[:_LONGEST_REASON])}"
            except BunsuiError as error:
                yield f"{task.state} could not be stopped, and may go on: {error}"


def _container(clients: Clients, task: Open, reason: str) -> str:
    arns = [(str(one["TaskArn"]), str(one["ClusterArn"])) for one in task.submitted.get("Tasks") or ()]
    for arn, cluster in arns:
        clients.ask("ecs", "stop_task", arn, cluster=cluster, task=arn, reason=reason)
    return f"its container was stopped ({', '.join(arn.rpartition('/')[2] for arn, _ in arns)})"


def _glue(clients: Clients, task: Open, reason: str) -> str:
    job, run = str(task.parameters.get("JobName", "")), str(task.submitted.get("JobRunId", ""))
    clients.ask("glue", "batch_stop_job_run", f"the Glue job {job}", JobName=job, JobRunIds=[run])
    return f"its run of the Glue job {job} was stopped ({run})"


def _batch(clients: Clients, task: Open, reason: str) -> str:
    job = str(task.submitted.get("JobId", ""))
    clients.ask("batch", "terminate_job", f"the Batch job {job}", jobId=job, reason=reason)
    return f"its Batch job was stopped ({job})"


_WAYS: dict[str, Callable[[Clients, Open, str], str]] = {"ecs": _container, "glue": _glue, "batch": _batch}
