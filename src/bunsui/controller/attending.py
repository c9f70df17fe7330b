"""What the controller does about an event, within the time it is given. What an event says is in `events`.

Everything here may be done twice, and by two at once: the services write on condition of what they read.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from bunsui.controller.events import ExecutionEnded, Ignored, Sweep, TaskStopped, understood
from bunsui.errors import BackendError
from bunsui.model.json import Json
from bunsui.model.session import Session
from bunsui.workspace import Workspace

_WINDOW = 55.0  # seconds: what is due later is left to the next sweep, which comes every minute
_MARGIN = 20.0  # seconds of its time that it does not begin anything in
_PAUSE = 1.0  # seconds: the least that it waits, and how late it may be for what it waits for
_NAMED = 5  # failures that an error tells of


@dataclass(frozen=True, slots=True)
class Controller:
    """`left` says how many seconds it still has."""

    workspace: Workspace
    left: Callable[[], float]
    clock: Callable[[], float] = time.time
    sleep: Callable[[float], None] = time.sleep

    def attend(self, event: object) -> dict[str, Json]:
        """What was done, for its log. Raises what went wrong: Lambda tries again, and keeps what fails for good."""
        match understood(event):
            case ExecutionEnded(name):
                return self._ended(name)
            case TaskStopped(token, error, cause):
                answered = self.workspace.reconciling.task_stopped(token, error, cause)
                return {"did": "task stopped", "answered": answered, "error": error, "cause": cause}
            case Sweep():
                return self._swept()
            case Ignored(why):
                return {"did": "nothing", "why": why}

    def _ended(self, name: str) -> dict[str, Json]:
        """What follows from an end, the beginning of a recovery included if its time comes soon."""
        until = self._until()
        session = self.workspace.reconciling.execution_ended(name)
        if session is None:
            return {"did": "nothing", "why": f"{name} is the execution of no session"}
        while session is not None and self._waited(_due(session), until):
            self.workspace.sessions.refresh(session.id)
            session = self.workspace.reconciling.session(session.id)
        return {"did": "ended", "execution": name, "status": session.status.value if session else "gone"}

    def _swept(self) -> dict[str, Json]:
        """What is due, what no event told of, then what becomes due before the next sweep."""
        until = self._until()
        failed = list(self.workspace.agenda.do_due(self._going))
        looked = self.workspace.reconciling.look(going=self._going)
        failed += looked.failed
        while self._waited(self.workspace.agenda.next(), until):
            failed += self.workspace.agenda.do_due(self._going)
        if failed:
            raise _unattended(failed)
        return {"did": "swept", "looked at": looked.sessions}

    def _going(self) -> bool:
        return self.left() > _MARGIN

    def _until(self) -> float:
        """The time up to which it stays."""
        return self.clock() + min(_WINDOW, self.left() - _MARGIN)

    def _waited(self, due: float | None, until: float) -> bool:
        """Whether something is due by then; its time has come when this returns. What stays due is not waited for."""
        now = self.clock()
        if due is None or due <= now - _PAUSE or max(due, now + _PAUSE) > until:
            return False
        self.sleep(max(due - now, _PAUSE))
        return True


def _due(session: Session) -> float | None:
    return datetime.fromisoformat(session.due).timestamp() if session.due else None


def _unattended(failed: Sequence[str]) -> BackendError:
    more = f" and {len(failed) - _NAMED} more" if len(failed) > _NAMED else ""
    told = "; ".join(dict.fromkeys(failed[:_NAMED]))
    return BackendError(f"not all that was due could be done: {told}{more}", "Read the controller's log group")
