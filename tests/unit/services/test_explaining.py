"""Why an execution ended, in a line."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from bunsui.model.history import Execution, HistoryEvent
from bunsui.model.status import ExecutionStatus
from bunsui.services.sessions.explaining import failed_expression, reason_of


def ended(status: ExecutionStatus, error: str | None, cause: str | None) -> Execution:
    return Execution("arn", "s-1", "m", status, datetime(2026, 1, 1, tzinfo=UTC), error=error, cause=cause)


@pytest.mark.parametrize(
    ("status", "error", "cause", "reason"),
    [
        (ExecutionStatus.FAILED, "Boom", "it broke", "Boom: it broke"),
        (ExecutionStatus.FAILED, "Boom", None, "Boom"),
        (ExecutionStatus.TIMED_OUT, None, None, ""),
        (ExecutionStatus.ABORTED, "Bunsui.Cancelled", "cancelled by ada", "cancelled by ada"),
        (ExecutionStatus.ABORTED, "Other", "stopped elsewhere", "Other: stopped elsewhere"),
    ],
)
def test_a_reason_is_the_error_and_its_cause_or_who_cancelled(status, error, cause, reason) -> None:
    assert reason_of(ended(status, error, cause)) == reason


def event(id: int, type: str, **details: str) -> HistoryEvent:
    return HistoryEvent(id, id - 1, type, float(id), dict(details))


def test_only_an_expression_that_nobody_caught_ended_the_execution() -> None:
    failed = event(1, "EvaluationFailed", state="b.gate", location="Choices[0]/Condition")
    assert failed_expression([failed]) == ("b.gate", "Choices[0]/Condition")
    assert failed_expression([failed, event(2, "TaskStateExited", name="b")]) is None
    assert failed_expression([]) is None
