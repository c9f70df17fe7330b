"""What is told of failures: what to do about those of a session, and the same ones of all sessions together."""

from __future__ import annotations

from dataclasses import dataclass

from bunsui.analysis.automatic import Decision
from bunsui.model.failure import Category, ErrorAnalysis


@dataclass(frozen=True, slots=True)
class Strategy:
    """`recoverable`: every failure of the session's last execution may pass if it is tried again unchanged.

    If so, its resume is worth a try; if not, a person has to mend something first. `decision` is what the session's
    policy makes of it.
    """

    recoverable: bool
    analyses: tuple[ErrorAnalysis, ...]
    decision: Decision = Decision(None, "")


@dataclass(frozen=True, slots=True)
class ErrorGroup:
    """A kind of failure, over all sessions: it was seen `count` times, of which `purged` are not stored any more.

    `session` has the newest that is stored; what follows is of the time it was seen last.
    """

    fingerprint: str
    count: int
    first_seen: str  # RFC 3339, UTC
    last_seen: str
    pipelines: tuple[str, ...]
    session: str
    operation: str
    error: str
    cause: str
    category: Category
    recoverable: bool
    advice: str
    purged: int = 0
    operations: tuple[str, ...] = ()  # in which it was seen, the one seen last at the end

    @property
    def stored(self) -> int:
        return self.count - self.purged


@dataclass(frozen=True, slots=True)
class ErrorPage:
    """Groups, each with whether a session of its pipelines succeeded since. `next`: where to go on."""

    groups: tuple[tuple[ErrorGroup, bool], ...]
    next: str | None = None


@dataclass(frozen=True, slots=True)
class AlikePage:
    """A group, and where it was seen, newest first: each a failure of a session. `next`: where to go on."""

    group: ErrorGroup
    succeeded_since: bool
    failures: tuple[ErrorAnalysis, ...]
    next: str | None = None
