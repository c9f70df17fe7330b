"""From a place in the machine, as an evaluation error names it, back to the key that the author wrote.

Step Functions says ``state`` and ``location`` (``Arguments/Payload/with/month``); the author knows ``with.month``.
"""

from __future__ import annotations

from dataclasses import dataclass

from bunsui.compiler import finish
from bunsui.model.pipeline import (
    ApprovalTask,
    HttpTask,
    IntegrationTask,
    LambdaTask,
    Operation,
    Pipeline,
    PipelineTask,
    WaitTask,
)


@dataclass(frozen=True, slots=True)
class Origin:
    """`operation` is empty for the pipeline's own keys. `key` is a path: ``with.month``, ``outputs.total``."""

    operation: str
    key: str


def places(pipeline: Pipeline, state: str, location: str | None) -> Origin | None:
    """None when the expression is the compiler's own, or the state is none of this pipeline's."""
    parts = tuple(part for part in (location or "").split("/") if part)
    if state == finish.SUCCEED:
        return Origin("", ".".join(("outputs", *parts[1:])))
    name, _, role = state.partition(".")
    operation = pipeline.operations.get(name)
    if operation is None:
        return None
    if role == "gate":
        return Origin(name, "when") if operation.when is not None else None
    if role in ("", "item", "input", "item.input"):
        return _of_task(operation, role, parts)
    return None


def _of_task(operation: Operation, role: str, parts: tuple[str, ...]) -> Origin | None:
    if parts[:1] == ("Items",):
        return Origin(operation.name, "for_each")
    prefixes = {("Arguments", "Body"): "with"} if role.endswith("input") else _prefixes(operation)
    for prefix, key in prefixes.items():
        if parts[: len(prefix)] == prefix:
            return Origin(operation.name, ".".join((key, *parts[len(prefix) :])))
    return None


def _prefixes(operation: Operation) -> dict[tuple[str, ...], str]:
    """Where each key's value went; see `tasks`."""
    match operation.task:
        case LambdaTask(function=str()):
            return {("Arguments", "Payload"): "with"}
        case IntegrationTask():
            return {("Arguments",): "with"}
        case PipelineTask():
            return {("Arguments", "Input", "params"): "with"}
        case WaitTask():
            return {("Seconds",): "wait.for", ("Timestamp",): "wait.until"}
        case ApprovalTask():
            return {("Arguments", "ExpressionAttributeValues", ":message", "S"): "approval.message"}
        case HttpTask(body=body):
            return {
                ("Arguments", "ApiEndpoint"): "http.url",
                ("Arguments", "Headers"): "http.headers",
                ("Arguments", "QueryParameters"): "http.query",
                ("Arguments", "RequestBody"): "with" if body is None else "http.body",
            }
        case _:
            return {("Arguments", "Payload", "with"): "with"}
