"""What an analysis says of a failure: what failed, what kind of failure it is, the evidence, what to do next.

How it is found out is in `bunsui.analysis.errors`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from bunsui.model.pipeline import Retry


class Category(StrEnum):
    THROTTLED = "throttled"  # a service asks to be called less often
    TRANSIENT = "transient"  # it passes by itself: networks, restarts, deadlocks
    TIMEOUT = "timeout"
    MEMORY = "memory"
    DISK = "disk"
    PERMISSION = "permission"
    CONFIGURATION = "configuration"  # a name, address, file or setting that does not fit
    BAD_DATA = "bad data"
    CODE = "code"
    DEPENDENCY = "dependency"  # a package that is missing or does not fit
    CAPACITY = "capacity"  # nothing free to run on, or no free connection
    LIMIT = "limit"  # a fixed limit of a service: size, quota
    CANCELLED = "cancelled"
    UNKNOWN = "unknown"


CAUSE = "cause"  # the place of evidence that the history itself gives


@dataclass(frozen=True, slots=True)
class Evidence:
    """A line that says why. `place` is the key of its log chunk, where it is number `line`; or ``cause``."""

    place: str
    line: int
    text: str


@dataclass(frozen=True, slots=True)
class ErrorAnalysis:
    """One failure that was not the consequence of another.

    `execution` is the name of the execution in whose history event `event` tells of it (a nested pipeline's is its
    own); `end` is the end of the session's execution that it belongs to (``name#redrives``), and `rank` counts from 0,
    the most important. `recoverable`: the same again may well succeed, with nothing changed. The same kind of failure
    has the same `fingerprint` in every session.
    """

    session: str
    end: str
    rank: int
    execution: str
    event: int
    at: float  # seconds since the epoch, UTC
    operation: str  # with its path (``parent.child``); empty: the execution itself
    item: int | None
    attempt: str  # execution.redrive.retry; empty if no task was called
    attempts: int
    error: str
    cause: str  # short
    category: Category
    recoverable: bool
    confidence: float  # 0 to 1
    rule: str
    advice: str
    fingerprint: str
    evidence: tuple[Evidence, ...] = ()
    retry: Retry | None = None  # a rule that would help
    items: tuple[int, ...] = ()  # of a fan-out: all that failed alike, as far as they are kept
    alike: int = 1  # how many failed alike
