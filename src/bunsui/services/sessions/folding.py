"""From the end of an execution to the end of its session: what was done, why it ended, and what is stored of it.

What follows an end is in `ending`. An end about which nobody is to be told, and nothing done, is whole at once.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field, replace

from bunsui.errors import Conflict
from bunsui.model.history import Execution
from bunsui.model.session import Session
from bunsui.model.status import SESSION_STATUS_OF_EXECUTION, ExecutionStatus, SessionStatus
from bunsui.ports import Record
from bunsui.services.logs.session_log import SessionLog
from bunsui.services.records.files import Graph
from bunsui.services.records.sessions import SessionStore
from bunsui.services.records.transitions import moved
from bunsui.services.sessions.ending import Ending
from bunsui.services.sessions.explaining import fail_state, failed_expression, origin, reason_of
from bunsui.services.sessions.histories import Known
from bunsui.services.sessions.partners import Quiet
from bunsui.services.sessions.recovering import Recovering
from bunsui.services.wiring import rfc3339

_EVALUATION = "States.QueryEvaluationError"


@dataclass(frozen=True, slots=True)
class Folding:
    store: SessionStore
    recovering: Recovering
    ending: Ending
    log: SessionLog
    quiet: Quiet
    lock: threading.Lock = field(default_factory=threading.Lock)

    def fold(self, session: Session) -> Session:
        """A running session as its execution is: still running, or ended. Any number may be at it at once."""
        execution = self.recovering.ports.machines.describe(session.executions[-1].arn)
        if execution.status is ExecutionStatus.RUNNING:
            return session
        with self.lock:  # one of this process's watchers works it out, the others see it done
            session = self.store.get(session.id)
            if session.status is SessionStatus.RUNNING and session.executions[-1].arn == execution.arn:
                return self._ended(session, execution)
            return session

    def seen(self, session: Session) -> Session:
        """The same where nothing may be stored: the session as it would be."""
        execution = self.recovering.ports.machines.describe(session.executions[-1].arn)
        if execution.status is ExecutionStatus.RUNNING:
            return session
        last = replace(session.executions[-1], status=execution.status.value)
        return moved(
            replace(session, executions=(*session.executions[:-1], last)),
            SESSION_STATUS_OF_EXECUTION[execution.status],
            reason=self._reason(session, execution),
            ended=rfc3339(self._ending_of(execution)),
        )

    def _ending_of(self, execution: Execution) -> float:
        return execution.ended.timestamp() if execution.ended else self.recovering.around.clock()

    def _ended(self, session: Session, execution: Execution) -> Session:
        graph = self.recovering.files.graph_of(session.id)
        known = self.recovering.known(session, graph.shapes)
        status, reason = SESSION_STATUS_OF_EXECUTION[execution.status], self._reason(session, execution)
        ended = self._ending_of(execution)
        message = f"ended {status}" + (f": {reason}" if reason else "")
        self.log.end(session, ended, message, bad=status is not SessionStatus.COMPLETED)
        last = replace(session.executions[-1], status=execution.status.value)
        executions = (*session.executions[:-1], last)
        done = self.ending.ended(replace(session, executions=executions), status, ended, reason)
        self.recovering.kept.conclude(done)
        return self._at_once(done, known, graph) or self._saved(done, known)

    def _at_once(self, done: Session, known: Known, graph: Graph) -> Session | None:
        """The first end of a session, stored with all that follows it, where that is nothing but records."""
        if len(done.executions) > 1 or done.executions[-1].redrives or done.queue is not None:
            return None
        more = self.quiet(done, graph.policies)
        if more is None:
            return None
        try:
            return self.store.save(replace(done, ending=(), due=None), [*self._documents(done, known, True), *more])
        except Conflict:
            return None

    def _saved(self, done: Session, known: Known) -> Session:
        """Whoever is first wins; the others see it done."""
        try:
            return self.store.save(done, self._documents(done, known, False))
        except Conflict:
            return self.store.get(done.id)

    def _documents(self, done: Session, known: Known, new: bool) -> list[Record]:
        of = self.recovering
        return [
            of.files.checkpoint(done, known.checkpoint, new=new),
            of.kept.past_record(done, known.seen, new=new),
        ]

    def _reason(self, session: Session, execution: Execution) -> str:
        of = self.recovering
        if execution.status is ExecutionStatus.FAILED and not execution.error and not execution.cause:
            return fail_state(of.ports.machines.history(execution.arn))
        failed = failed_expression(of.ports.machines.history(execution.arn)) if execution.error == _EVALUATION else None
        pipeline = of.reread(session, of.files.definition(session)) if failed else None
        return reason_of(execution, origin(pipeline, *failed) if pipeline and failed else "")
