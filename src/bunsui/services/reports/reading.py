"""Gathers what a report shows of a session: record, histories, analyses, recoveries, log, the last good session.

What it looks like is in `bunsui.report`; when one is written, and where it is kept, in `reports`.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import Protocol

from bunsui.analysis.edits import changed
from bunsui.analysis.run import calls, operations, transitions
from bunsui.analysis.ways import RecoveryPlan
from bunsui.errors import BunsuiError, NotFound
from bunsui.model.failure import ErrorAnalysis
from bunsui.model.json import Json
from bunsui.model.log import LogLine
from bunsui.model.pipeline import Pipeline
from bunsui.model.session import ExecutionRef, Session
from bunsui.model.status import SessionStatus
from bunsui.report.data import Before, File, Log, Recovered, ReportData, Run
from bunsui.services.logs.reader import LogFilter, LogReader
from bunsui.services.records.files import SessionFiles
from bunsui.services.records.recoveries import RecoveryFiles
from bunsui.services.records.sessions import SessionStore
from bunsui.services.sessions.histories import read_tree
from bunsui.services.wiring import Ports

MOST_LINES, MOST_BYTES = 200_000, 20_000_000  # of the log in a report
LONGEST_LINE = 20_000  # characters
_HEAD = 0.1  # of these, what is kept of the beginning
_LOOKED_AT = 500  # sessions of the pipeline, for the last good one


class Errors(Protocol):
    def of_session(self, session: Session) -> tuple[ErrorAnalysis, ...]:
        """Everything that ever failed in it."""


class ReportReader:
    def __init__(
        self,
        ports: Ports,
        errors: Errors,
        reread: Callable[[Session, bytes], Pipeline | None],
        plan: Callable[[Session], RecoveryPlan],
        left: Callable[[Session], str] = lambda _: "",
    ) -> None:
        """`left` says why an end was not recovered by itself."""
        self._machines = ports.machines
        self._objects = ports.objects
        self._errors, self._reread, self._plan, self._left = errors, reread, plan, left
        self._store = SessionStore(ports.table)
        self._files = SessionFiles(ports.table, ports.objects)
        self._kept = RecoveryFiles(ports.table, ports.objects)
        self._logs = LogReader(ports.objects)

    def read(self, session: Session, at: float, version: str = "") -> ReportData:
        text = self._files.definition(session)
        plan = self._ways(session)
        outcome = self._files.outcome(session.id, self._outputs(session))
        return ReportData(
            session=session,
            at=at,
            runs=tuple(self._runs(session)),
            text=text.decode(errors="replace"),
            pipeline=self._pipeline(session, text),
            errors=self._errors.of_session(session),
            ways=plan.ways if plan else (),
            suggested=plan.suggested if plan else None,
            recoveries=tuple(self._recovered(session)),
            outputs=outcome.outputs,
            files=tuple(File(key, address) for key, address in outcome.files),
            log=bounded(self._logs.read(session.id, LogFilter())),
            before=self._before(session),
            usual=self._kept.usual_seconds(session.pipeline, without=session.id),
            version=version,
            left=self._left(session),
        )

    def _pipeline(self, session: Session, text: bytes) -> Pipeline | None:
        try:
            return self._reread(session, text)
        except BunsuiError:
            return None

    def _ways(self, session: Session) -> RecoveryPlan | None:
        if not session.status.ended or session.status is SessionStatus.COMPLETED:
            return None
        try:
            return self._plan(session)
        except BunsuiError:
            return None  # a report of what happened is worth having without what can be done

    def _outputs(self, session: Session) -> Json:
        arn = session.executions[-1].arn if session.executions else ""
        if not arn or session.status is not SessionStatus.COMPLETED:
            return None
        try:
            return self._machines.describe(arn).output
        except NotFound:
            return None

    # executions

    def _runs(self, session: Session) -> Iterator[Run]:
        for number, ref in enumerate(session.executions, 1):
            if ref.arn:
                try:
                    yield self._run(session, number, ref)
                except NotFound:
                    continue  # the backend no longer has it

    def _run(self, session: Session, number: int, ref: ExecutionRef) -> Run:
        shapes = self._files.shapes(session.id, number)
        tree = read_tree(self._machines, ref.arn, shapes)
        execution = tree.execution
        return Run(
            number=number,
            name=ref.name,
            status=execution.status.value,
            started=execution.started.timestamp(),
            ended=execution.ended.timestamp() if execution.ended else None,
            operations=tuple(operations(tree, shapes)),
            transitions=transitions(tree),
            table_calls=calls(tree, "dynamodb"),
            redrives=execution.redrive_count,
            code_sha256=ref.code_sha256,
            error=execution.error or "",
            cause=execution.cause or "",
        )

    def _recovered(self, session: Session) -> Iterator[Recovered]:
        for one in self._kept.all(session):
            automatic = bool(getattr(one, "policy", None))
            yield Recovered(
                one.number, one.action, one.who, one.when, one.why, one.operations, automatic, one.status, one.worked
            )

    # the last good session

    def _before(self, session: Session) -> Before | None:
        good = self._last_good(session)
        if good is None:
            return None
        now, then = self._kept.digests(session.id), self._kept.digests(good.id)
        return Before(
            session=good,
            seconds=self._kept.past(good.id).seconds,
            text=self._text(good),
            outputs=self._outputs(good),
            changes=changed(then, now) if now is not None and then is not None else None,
        )

    def _last_good(self, session: Session) -> Session | None:
        for other in self._store.ended(session.pipeline, _LOOKED_AT):
            if other.id != session.id and other.status is SessionStatus.COMPLETED and other.created < session.created:
                return other
        return None

    def _text(self, session: Session) -> str:
        try:
            return self._files.definition(session).decode(errors="replace")
        except NotFound:
            return ""


def bounded(lines: Iterable[LogLine], most: int = MOST_LINES, size: int = MOST_BYTES) -> Log:
    """The beginning and the end of a log that is longer than a page can hold; the end says why."""
    head: list[LogLine] = []
    tail: deque[LogLine] = deque()
    left_out, used, kept = 0, 0, 0
    for line in lines:
        line = _cut(line)
        used += len(line.message) + 20
        if not tail and len(head) < most * _HEAD and used <= size * _HEAD:
            head.append(line)
            continue
        tail.append(line)
        kept += len(line.message) + 20
        while len(tail) > most * (1 - _HEAD) or kept > size * (1 - _HEAD):
            kept -= len(tail.popleft().message) + 20
            left_out += 1
    return Log((*head, *tail), left_out, len(head) if left_out else 0)


def _cut(line: LogLine) -> LogLine:
    if len(line.message) <= LONGEST_LINE:
        return line
    return replace(line, message=f"{line.message[:LONGEST_LINE]}… ({len(line.message) - LONGEST_LINE:,} more)")
