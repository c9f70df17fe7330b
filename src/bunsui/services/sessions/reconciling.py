"""Records kept true to what a backend did: what its events tell, and running sessions of which no event came.

An event is a hint, perhaps a false one: what is so is asked of the backend, by the same `refresh` as everybody's.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from bunsui.errors import Conflict, NotFound
from bunsui.model.session import Session
from bunsui.model.status import SessionStatus
from bunsui.ports import Answer, Record
from bunsui.services.records.sessions import SessionStore
from bunsui.services.wiring import Ports, rfc3339

PARTITION, ROUND = "controller", "round"
AT_MOST = 30  # sessions of one look: what a minute may cost of the requests that AWS grants the account
log = logging.getLogger("bunsui.reconciling")


@dataclass(frozen=True, slots=True)
class Looked:
    """How many running sessions were looked at, and what failed, in words."""

    sessions: int
    failed: Sequence[str] = ()


class Reconciling:
    def __init__(
        self,
        ports: Ports,
        clock: Callable[[], float],
        refresh: Callable[[str], Session],
        ended: Callable[[str], None],
    ) -> None:
        """`ended` is told the name of an execution that may have ended; `refresh` looks at a session."""
        self._table, self._machines = ports.table, ports.machines
        self._store = SessionStore(ports.table)
        self._clock = clock
        self._refresh, self._ended = refresh, ended

    def execution_ended(self, name: str) -> Session | None:
        """The session whose execution has this name, as it is now; None if it is none's: a nested one, a stranger's."""
        self._ended(name)
        return self.session(name.rpartition("-")[0])

    def session(self, id: str) -> Session | None:
        """By its whole id, as stored."""
        try:
            return self._store.get(id)
        except NotFound:
            return None

    def task_stopped(self, token: str, error: str, cause: str) -> bool:
        """The task of this token will not answer any more: it failed. False if it had answered, or nobody waits."""
        try:
            self._machines.answer(token, Answer(error=error, cause=cause))
        except NotFound:
            return False
        return True

    def look(self, most: int = AT_MOST, going: Callable[[], bool] = lambda: True) -> Looked:
        """Look at `most` of the running sessions, round after round, so at those first whose last look is oldest."""
        there = self._table.get(PARTITION, ROUND) or Record(PARTITION, ROUND, {})
        after = there.body.get("after")
        page = self._store.list(SessionStatus.RUNNING, None, most, after if isinstance(after, str) else None)
        failed: list[str] = []
        looked = 0
        for session in page.sessions:
            if not going():
                break
            looked += 1
            failed += self._looked_at(session.id)
        if looked == len(page.sessions):
            self._turned(there, page.next)
        return Looked(looked, failed)

    def looked_since(self) -> str | None:
        """Every session that ran then was looked at since: RFC 3339. None before the first round was whole."""
        return self._told("since")

    def looked_last(self) -> str | None:
        """When somebody looked last, RFC 3339: on AWS the controller does every minute. None: nobody ever did."""
        return self._told("last")

    def _told(self, name: str) -> str | None:
        there = self._table.get(PARTITION, ROUND)
        told = there.body.get(name) if there else None
        return told if isinstance(told, str) else None

    def _looked_at(self, id: str) -> Sequence[str]:
        try:
            self._refresh(id)
        except Exception as error:  # one that fails must not keep the others from being looked at
            log.warning("session %s could not be looked at", id, exc_info=True)
            return [f"session {id}: {type(error).__name__}: {error}"]
        return []

    def _turned(self, there: Record, after: str | None) -> None:
        """Where the next look goes on; behind the last session a new round begins."""
        now = rfc3339(self._clock())
        began = there.body.get("began", now)
        body = {**there.body, "after": after, "began": began, "last": now}
        if after is None:
            body |= {"since": began, "began": now}
        try:
            self._table.put(replace(there, body=body))
        except Conflict:  # somebody looked at the same time
            return
