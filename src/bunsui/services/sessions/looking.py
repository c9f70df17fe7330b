"""A session at a moment, from its record, its execution's history and what its tasks say. Changes nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from bunsui.analysis.run import operations
from bunsui.model.session import Session
from bunsui.model.status import SessionStatus
from bunsui.services.records.files import SessionFiles
from bunsui.services.sessions import approvals
from bunsui.services.sessions.histories import LiveExecution, read_tree
from bunsui.services.sessions.remembering import Remembering
from bunsui.services.views import Place, RunView, SessionView


@dataclass(frozen=True, slots=True)
class Looking:
    """`place` is asked of sessions that wait in a queue."""

    machines: Remembering
    files: SessionFiles
    place: Callable[[Session], Place | None]

    def live(self, session: Session) -> LiveExecution | None:
        """Of the newest execution that began: one that is only meant has nothing to show."""
        arn = next((one.arn for one in reversed(session.executions) if one.arn), "")
        if not arn:
            return None
        return LiveExecution(self.machines, arn, self.files.shapes(session.id), given=self.files.given(session))

    def view(self, session: Session, live: LiveExecution | None) -> SessionView:
        """Reads what is new in the history since the last look."""
        place = self.place(session) if session.status is SessionStatus.QUEUED else None
        if live is None:
            return SessionView(session, (), place=place)
        if session.status.ended:
            self.machines.expire()
        live.poll()
        return SessionView(
            session,
            live.views(),
            {} if session.status.ended else self.files.progress(session.id),
            self.machines.describe(live.arn),
            () if session.status.ended else tuple(approvals.waiting(live, session.id)),
            place=place,
        )

    def run(self, session: Session, usual: Mapping[str, float]) -> RunView | None:
        numbered = [(number, one) for number, one in enumerate(session.executions, 1) if one.arn]
        if not numbered:
            return None
        number, execution = numbered[-1]
        shapes = self.files.shapes(session.id, number)
        tree = read_tree(self.machines, execution.arn, shapes)
        return RunView(session.id, number, tree, tuple(operations(tree, shapes)), usual)
