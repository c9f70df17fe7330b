"""One attempt of a task as the supervisor follows it: its log, its limits, and how its end becomes an Outcome."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from bunsui.local.launch import Launch, Outcome, Progress
from bunsui.local.supervisor.logs import AttemptLog
from bunsui.local.supervisor.workers import Worker
from bunsui.model.json import Json
from bunsui.task.failure import cause_text, how_it_ended, with_last_lines
from bunsui.task.redaction import Redactor

_NEVER = float("inf")
_ABOUT = 0.5  # the engine's clock for a task started a little earlier than ours
TIMEOUT_GRACE = 1.0  # the engine's timer comes first where there is an engine


@dataclass(slots=True)
class Attempt:
    launch: Launch
    token: str  # by which processes of the task other than the worker find it
    redact: Redactor
    log: AttemptLog
    worker: Worker
    started: float  # seconds since the epoch, as outcomes tell it
    began: float  # the same moment of the clock that never jumps, which decides time-outs
    beat: float  # when it last showed that it is alive, on that clock
    saved: Json = None
    verdict: Outcome | None = None  # decided before the process has ended: a time-out
    cancelled: bool = False
    told: Progress | None = None  # what it last said of its progress: a new engine has not heard it

    def next_due(self) -> float:
        deadline, due = self._deadline(), self.log.due
        if deadline is None or due is None:
            return deadline or due or _NEVER
        return min(deadline, due)

    def _deadline(self) -> float | None:
        if self.verdict is not None or self.cancelled:
            return None
        launch = self.launch
        if not launch.timeout and not launch.heartbeat:
            return None
        ends = [self.began + launch.timeout + TIMEOUT_GRACE] if launch.timeout else []
        if launch.heartbeat:
            ends.append(self.beat + launch.heartbeat + TIMEOUT_GRACE)
        return min(ends, default=None)

    def overdue(self, now: float) -> Outcome | None:
        """The failure that the clock has decided, if it has."""
        launch = self.launch
        if self.verdict is not None or self.cancelled:
            return None
        if launch.timeout and now >= self.began + launch.timeout + TIMEOUT_GRACE:
            message = f"the task ran longer than its timeout of {launch.timeout:g} s and was killed"
            return self.failed("States.Timeout", message)
        if launch.heartbeat and now >= self.beat + launch.heartbeat + TIMEOUT_GRACE:
            message = f"the task showed no life for {launch.heartbeat:g} s and was killed"
            return self.failed("States.HeartbeatTimeout", message)
        return None

    def stopped(self, now: float) -> str:
        """For its log: why nobody waits for it any more, as far as that can be told here."""
        launch = self.launch
        if launch.timeout and now >= self.began + launch.timeout - _ABOUT:
            return f"stopped: it ran longer than its timeout of {launch.timeout:g} s"
        if launch.heartbeat and now >= self.beat + launch.heartbeat - _ABOUT:
            return f"stopped: it gave no sign of life for {launch.heartbeat:g} s"
        return "stopped: its execution no longer waits for it"

    def answered(self, message: dict[str, Any]) -> Outcome:
        """The outcome that the worker's answer means."""
        if message["t"] == "done":
            return Outcome(self.launch.id, message["output"], None, None, self.started, time.time())
        text = message["message"]
        if message["error"] == "Bunsui.CommandFailed":
            text = with_last_lines(text, self.log.last_errors)
        return self.failed(message["error"], text, message["trace"])

    def failed(self, error: str, message: str, trace: Sequence[str] = ()) -> Outcome:
        cause = cause_text(self.redact(message), error, [self.redact(frame) for frame in trace])
        return Outcome(self.launch.id, None, error, cause, self.started, time.time())

    def died(self, exit_code: int) -> Outcome:
        """The worker ended in the middle of it."""
        message = f"the task's process {how_it_ended(exit_code)} before it returned"
        return self.failed("Bunsui.WorkerDied", with_last_lines(message, self.log.last_errors))


def last_word(outcome: Outcome) -> str:
    """A failure as the last line of its log: ``Bunsui.WorkerDied: the task's process was killed by SIGKILL ...``."""
    message: str = orjson.loads(outcome.cause or "{}").get("errorMessage", "")
    return f"{outcome.error}: {message.partition(chr(10))[0].removesuffix('; it last wrote:')}"


def failed_to_start(launch: Launch, error: str, message: str) -> Outcome:
    now = time.time()
    return Outcome(launch.id, None, error, cause_text(message, error, []), now, now)
