"""Waiting for the end of an execution, for the operations that answer with it."""

from __future__ import annotations

from bunsui.local.api.home import ApiHome
from bunsui.model.history import Execution
from bunsui.model.status import ExecutionStatus

_FIRST_PAUSE = 0.002  # seconds; grows
_LONGEST_PAUSE = 0.1


def wait(home: ApiHome, arn: str, seconds: float) -> Execution | None:
    """The execution when it has ended; None when it is still running after that time."""
    until, pause = home.clock() + seconds, _FIRST_PAUSE
    while (found := home.engine.describe(arn)).status is ExecutionStatus.RUNNING:
        if home.clock() > until:
            return None
        home.sleep(pause)
        pause = min(pause * 1.3, _LONGEST_PAUSE)
    return found
