"""What waits for the disk: outcomes, which nobody is told before the spool has them, and what logs have left."""

from __future__ import annotations

from collections import deque

from bunsui.local.launch import Outcome
from bunsui.local.supervisor.logs import AttemptLog
from bunsui.local.supervisor.loop import complain
from bunsui.local.supervisor.messages import report_line
from bunsui.local.supervisor.spill import Spill
from bunsui.local.supervisor.spool import Spool

_AGAIN = 0.5  # seconds until a disk that took nothing is tried again
_MOST_LOGS = 64  # whose last lines are in memory
_MOST_TOLD = 10_000  # of which it is told that lines were lost


class Outbox:
    def __init__(self, spool: Spool, spill: Spill) -> None:
        self._spool = spool
        self._spill = spill
        self._outcomes: dict[str, bytes] = {}
        self._outcomes_at = 0.0
        self._logs: deque[AttemptLog] = deque(maxlen=_MOST_TOLD)
        self._logs_at = 0.0

    def add(self, outcome: Outcome) -> None:
        self._outcomes[outcome.id] = report_line(outcome)

    def add_log(self, log: AttemptLog) -> None:
        """Its attempt is over, but the disk did not take all of it."""
        self._logs.append(log)
        if len(self._logs) > _MOST_LOGS:
            self._logs[-_MOST_LOGS - 1].shed()

    def drop(self, id: str) -> None:
        self._outcomes.pop(id, None)

    def ids(self) -> list[str]:
        return list(self._outcomes)

    def __contains__(self, id: str) -> bool:
        return id in self._outcomes

    def next_due(self) -> float:
        outcomes = self._outcomes_at if self._outcomes else float("inf")
        return min(outcomes, self._logs_at if self._logs else float("inf"), self._spill.next_due())

    def record(self, now: float) -> list[bytes]:
        """Write what is due; the report lines that the engine may be told now."""
        self._spill.drain(now)
        if self._logs and self._logs_at <= now:
            self._write_logs(now)
        if not self._outcomes or self._outcomes_at > now:
            return []
        try:
            self._spool.add(self._outcomes)
        except OSError as error:
            complain(f"outcomes cannot be recorded: {error}")
            self._outcomes_at = now + _AGAIN
            return []
        recorded = list(self._outcomes.values())
        self._outcomes = {}
        return recorded

    def _write_logs(self, now: float) -> None:
        for _ in range(len(self._logs)):
            log = self._logs.popleft()
            if not log.close():
                self._logs.append(log)
                self._logs_at = now + _AGAIN
