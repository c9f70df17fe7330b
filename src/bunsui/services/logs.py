"""The merged log of a session: chunks of all its attempts, in time order, filtered; read once or followed.

The layout of chunks is in `model.log`. Who writes them: the tasks' supervisor, and `session_log` for the session's own.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LogFilter:
    """Which lines are wanted. `operation` also selects those nested in it; `level` is the lowest one shown.

    `grep` is a plain text, found without regard to case unless it has a capital. `since` is in seconds since the epoch.
    `tail` keeps the last n lines.
    """

    operation: str | None = None
    attempt: str | None = None
    level: str | None = None
    grep: str | None = None
    since: float | None = None
    tail: int | None = None
