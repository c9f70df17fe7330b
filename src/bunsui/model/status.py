"""Statuses of sessions, executions and operations, and the one table of session transitions."""

from __future__ import annotations

from enum import StrEnum


class SessionStatus(StrEnum):
    CREATED = "CREATED"
    QUEUED = "QUEUED"
    RUNNING = "RUNNING"
    RETRYING = "RETRYING"
    RECOVERING = "RECOVERING"
    COMPLETED = "COMPLETED"
    FAILED = "FAILED"
    TIMED_OUT = "TIMED_OUT"
    CANCELLED = "CANCELLED"

    @property
    def ended(self) -> bool:
        """No execution is open. A failed session may still be recovered."""
        return self in ENDED


class ExecutionStatus(StrEnum):
    """As Step Functions names them."""

    RUNNING = "RUNNING"
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"
    TIMED_OUT = "TIMED_OUT"
    ABORTED = "ABORTED"


class OperationStatus(StrEnum):
    PENDING = "PENDING"
    WAITING = "WAITING"
    RUNNING = "RUNNING"
    RETRYING = "RETRYING"
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"
    UPSTREAM_FAILED = "UPSTREAM_FAILED"
    SKIPPED = "SKIPPED"
    CANCELLED = "CANCELLED"
    REUSED = "REUSED"


_S = SessionStatus

ENDED = frozenset({_S.COMPLETED, _S.FAILED, _S.TIMED_OUT, _S.CANCELLED})

TRANSITIONS: dict[SessionStatus, frozenset[SessionStatus]] = {
    _S.CREATED: frozenset({_S.QUEUED, _S.RUNNING, _S.FAILED, _S.CANCELLED}),
    _S.QUEUED: frozenset({_S.RUNNING, _S.FAILED, _S.CANCELLED}),
    _S.RUNNING: frozenset({_S.COMPLETED, _S.FAILED, _S.TIMED_OUT, _S.CANCELLED}),
    _S.FAILED: frozenset({_S.RETRYING, _S.RECOVERING}),
    _S.TIMED_OUT: frozenset({_S.RETRYING, _S.RECOVERING}),
    _S.CANCELLED: frozenset({_S.RETRYING, _S.RECOVERING}),
    _S.RETRYING: frozenset({_S.QUEUED, _S.RUNNING, _S.FAILED, _S.CANCELLED}),
    _S.RECOVERING: frozenset({_S.QUEUED, _S.RUNNING, _S.FAILED, _S.CANCELLED}),
    _S.COMPLETED: frozenset({_S.RECOVERING}),
}

SESSION_STATUS_OF_EXECUTION: dict[ExecutionStatus, SessionStatus] = {
    ExecutionStatus.RUNNING: _S.RUNNING,
    ExecutionStatus.SUCCEEDED: _S.COMPLETED,
    ExecutionStatus.FAILED: _S.FAILED,
    ExecutionStatus.TIMED_OUT: _S.TIMED_OUT,
    ExecutionStatus.ABORTED: _S.CANCELLED,
}
