"""ErrorHandler: what failed in a session, why, and what to do about it, told once and kept.

It reads like diagram 3.1. What a failure means is decided in `bunsui.analysis.errors`; acting on it is not done here.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator

from bunsui.analysis.errors.grouping import Alike, alike
from bunsui.analysis.errors.judging import Judgement, judge
from bunsui.analysis.errors.roots import Failing, FailureReader, Nested
from bunsui.analysis.errors.rule import Rule
from bunsui.analysis.shape import Shape
from bunsui.errors import NotFound
from bunsui.model.failure import ErrorAnalysis
from bunsui.model.problem import Problem
from bunsui.model.session import ExecutionRef, Session
from bunsui.model.status import SessionStatus
from bunsui.ports import StateMachines
from bunsui.services.error_logs import last_lines
from bunsui.services.error_records import ErrorRecords
from bunsui.services.error_rules import RuleFiles
from bunsui.services.error_views import ErrorGroup, ErrorPage, Strategy
from bunsui.services.session_files import SessionFiles
from bunsui.services.session_store import SessionStore
from bunsui.services.wiring import Files, Ports

_FAILED = (SessionStatus.FAILED, SessionStatus.TIMED_OUT)
_DEEPEST = 8  # nested pipelines that are followed
_LOOKED_AT = 20  # sessions of a pipeline, to see whether one succeeded since
log = logging.getLogger("bunsui.errors")


class ErrorHandler:
    def __init__(self, ports: Ports, files: Files, home: str) -> None:
        """`home` is the folder where the user's rules lie."""
        self._objects = ports.objects
        self._machines = ports.machines
        self._rules = RuleFiles(files, home)
        self._files = SessionFiles(ports.table, ports.objects)
        self._sessions = SessionStore(ports.table)
        self._records = ErrorRecords(ports.table)

    def heed(self, session: Session) -> None:
        """Analyse an end that failed, unless that is done. Whatever goes wrong, the session itself can be looked at."""
        if session.status not in _FAILED or self._records.is_analysed(session.id, _end(session.executions[-1])):
            return
        try:
            self.analyse(session)
        except Exception:  # texts of all the world are read here; the next refresh tries again
            log.warning("session %s could not be analysed", session.id, exc_info=True)

    def analyse(self, session: Session) -> Strategy:
        """Every failure of the last execution that is not the consequence of another, stored once each."""
        for analysis in self._analysed(session):
            self._records.store(analysis, session.pipeline)
        self._records.mark_analysed(session.id, _end(session.executions[-1]))
        return self.strategy(session)

    def strategy(self, session: Session) -> Strategy:
        """What is known of the failures of the session's last execution; nothing is worked out."""
        end = _end(session.executions[-1])
        found = tuple(one for one in self._records.of_session(session.id) if one.end == end)
        return Strategy(bool(found) and all(one.recoverable for one in found), found)

    def of_session(self, session: Session) -> tuple[ErrorAnalysis, ...]:
        """Everything that ever failed in it, in all its executions."""
        return self._records.of_session(session.id)

    def problems(self, session: Session) -> tuple[Problem, ...]:
        """What is wrong with the user's files of rules: such a file counts for nothing."""
        return self._rules.of(session.runtime.folder).problems

    def _analysed(self, session: Session) -> Iterator[ErrorAnalysis]:
        books = self._rules.of(session.runtime.folder).books
        end = _end(session.executions[-1])
        for rank, kind in enumerate(alike(self._failures(session))):
            yield _analysis(session.id, end, rank, kind, self._judged(session.id, kind.first, books))

    def _judged(self, session: str, failing: Failing, books: tuple[tuple[Rule, ...], ...]) -> Judgement:
        lines = last_lines(self._objects, session, *failing.log) if failing.log else ()
        return judge(failing.error, failing.cause, lines, books, failing.attempts)

    def _failures(self, session: Session) -> Iterator[Failing]:
        ref = session.executions[-1]
        if not ref.arn:
            return iter(())
        return _read(self._machines, ref.arn, self._files.shapes(session.id))

    def groups(self, *, limit: int = 50, after: str | None = None) -> ErrorPage:
        """The same failures of all sessions together, those seen last first."""
        groups, more = self._records.groups(limit, after)
        return ErrorPage(tuple((group, self._succeeded_since(group)) for group in groups), more)

    def _succeeded_since(self, group: ErrorGroup) -> bool:
        """Whether, of the pipelines that failed so, a newer session or the very session has COMPLETED."""
        for pipeline in group.pipelines:
            for session in self._sessions.list(None, pipeline, _LOOKED_AT, None).sessions:
                done = session.status is SessionStatus.COMPLETED
                if done and (session.id == group.session or (session.ended or "") > group.last_seen):
                    return True
        return False


def _end(ref: ExecutionRef) -> str:
    """An execution ends once, and once more each time that it was redriven."""
    return f"{ref.name}#{ref.redrives}"


def _read(machines: StateMachines, arn: str, shapes: tuple[Shape, ...], path: str = "") -> Iterator[Failing]:
    """Of an execution and of those nested in it. One that is gone is told of by what called it."""
    reader = FailureReader(arn.rpartition(":")[2], shapes, path)
    reader.feed(machines.history(arn))
    for found in reader.roots():
        if isinstance(found, Nested):
            yield from _inside(machines, found)
        else:
            yield found


def _inside(machines: StateMachines, nested: Nested) -> Iterator[Failing]:
    if nested.operation.count(".") >= _DEEPEST:
        yield nested.failing
        return
    try:
        inner = list(_read(machines, nested.arn, nested.shapes, f"{nested.operation}."))
    except NotFound:
        inner = []
    yield from inner or [nested.failing]


def _analysis(session: str, end: str, rank: int, kind: Alike, judged: Judgement) -> ErrorAnalysis:
    first = kind.first
    return ErrorAnalysis(
        session=session,
        end=end,
        rank=rank,
        execution=first.execution,
        event=first.event,
        at=first.at,
        operation=first.operation,
        item=first.item,
        attempt=first.attempt,
        attempts=first.attempts,
        error=first.error,
        cause=judged.cause,
        category=judged.category,
        recoverable=judged.recoverable,
        confidence=judged.confidence,
        rule=judged.rule,
        advice=judged.advice,
        fingerprint=judged.fingerprint,
        evidence=judged.evidence,
        retry=judged.retry,
        items=tuple(kind.items),
        alike=kind.count,
    )
