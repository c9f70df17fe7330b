"""Why an execution ended, in a line that a person understands: errors of expressions are led back to their key.

The kinds of errors, and what to do about each, are not decided here.
"""

from __future__ import annotations

from collections.abc import Iterable

from bunsui.analysis.errors import expressions
from bunsui.model.history import Execution, HistoryEvent
from bunsui.model.pipeline import Pipeline
from bunsui.model.status import ExecutionStatus

CANCELLED = "Bunsui.Cancelled"


def reason_of(execution: Execution, where: str = "") -> str:
    """For a cancelled one who and why, else the error, `where` it arose, and its cause."""
    if execution.status is ExecutionStatus.ABORTED and execution.error == CANCELLED:
        return execution.cause or ""
    error = f"{execution.error or ''}{where}"
    failed = expressions.failed_expression(execution.cause or "")
    cause = failed.told(without_key=bool(where)) if failed else execution.cause
    return ": ".join(part for part in (error, cause) if part)


def fail_state(events: Iterable[HistoryEvent]) -> str:
    """Which Fail state ended an execution that has neither error nor cause."""
    names = [str(event.details.get("name", "")) for event in events if event.type == "FailStateEntered"]
    return f"the Fail state {names[-1]!r} ended it, and says no reason" if names else ""


def failed_expression(events: Iterable[HistoryEvent]) -> tuple[str, str] | None:
    """State and location of the expression whose error ended the execution."""
    last: HistoryEvent | None = None
    for event in events:
        if event.type == "EvaluationFailed":
            last = event
        elif event.type.endswith("StateExited"):
            last = None  # it was caught
    return None if last is None else (str(last.details.get("state", "")), str(last.details.get("location", "")))


def origin(pipeline: Pipeline, state: str, location: str) -> str:
    """`` in 'when' of operation 'load' (flights.yaml:14:3)``, or nothing when it is no expression of the author's."""
    from bunsui.compiler import places  # only a failure needs it

    found = places(pipeline, state, location)
    if found is None:
        return ""
    operation = pipeline.operations.get(found.operation)
    return f" in '{found.key}'" + (f" of operation '{operation.name}' ({operation.place})" if operation else "")
