"""The error names of the language, and which matcher in ErrorEquals takes which error."""

from __future__ import annotations

ALL = "States.ALL"
TASK_FAILED = "States.TaskFailed"
TIMEOUT = "States.Timeout"
HEARTBEAT_TIMEOUT = "States.HeartbeatTimeout"
DATA_LIMIT = "States.DataLimitExceeded"
RUNTIME = "States.Runtime"
QUERY = "States.QueryEvaluationError"
THRESHOLD = "States.ExceedToleratedFailureThreshold"
INTRINSIC = "States.IntrinsicFailure"

_TIMEOUTS = frozenset({TIMEOUT, HEARTBEAT_TIMEOUT})


def matches(error: str | None, matchers: frozenset[str]) -> bool:
    """States.TaskFailed takes all but time-outs; States.Timeout takes a missed heartbeat too.

    States.ALL takes even States.DataLimitExceeded of a task. Fatal errors are never matched: nobody asks.
    """
    if error in matchers or ALL in matchers:
        return True
    if error == HEARTBEAT_TIMEOUT and TIMEOUT in matchers:
        return True
    return TASK_FAILED in matchers and error not in _TIMEOUTS
