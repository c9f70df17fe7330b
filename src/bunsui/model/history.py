"""What an execution did, as Step Functions tells it: the one source of progress, analysis, recovery and reports."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from bunsui.model.json import Json
from bunsui.model.status import ExecutionStatus

NEXT_TRY = "nextTry"  # a detail of a failed try, where the backend knows it: when it is tried again, in seconds


@dataclass(frozen=True, slots=True)
class HistoryEvent:
    """One event. `details` is what the API gives in ``...EventDetails``, with JSON texts already parsed."""

    id: int
    previous_id: int
    type: str
    time: float  # seconds since the epoch, UTC
    details: dict[str, Json] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Execution:
    """What DescribeExecution tells. `output` only when SUCCEEDED."""

    arn: str
    name: str
    machine_arn: str
    status: ExecutionStatus
    started: datetime
    ended: datetime | None = None
    input: Json = None
    output: Json = None
    error: str | None = None
    cause: str | None = None
    redrive_count: int = 0
    redrivable: bool = False
    redrive_reason: str = ""
