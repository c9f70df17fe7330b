"""ErrorHandler: what failed in a session, why, and what to do about it, told once and kept.

It reads like diagram 3.1. What a failure means is decided in `bunsui.analysis.errors`; acting on it is not done here.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

from bunsui.analysis import automatic, recovery
from bunsui.analysis.automatic import Decision
from bunsui.analysis.ways import Action, Facts, RecoveryPlan, Way
from bunsui.errors import BunsuiError, NotFound
from bunsui.model import words
from bunsui.model.failure import Category, ErrorAnalysis
from bunsui.model.log import LogLine
from bunsui.model.pipeline import Pipeline
from bunsui.model.problem import Problem
from bunsui.model.session import ExecutionRef, Session
from bunsui.model.status import SessionStatus
from bunsui.services.errors.records import ErrorRecords
from bunsui.services.errors.views import AlikePage, ErrorGroup, ErrorPage, Strategy
from bunsui.services.logs.reader import LogFilter, LogReader
from bunsui.services.records.files import SessionFiles
from bunsui.services.records.recoveries import RecoveryFiles, tried
from bunsui.services.records.sessions import SessionStore
from bunsui.services.wiring import Files, Ports

_FAILED = (SessionStatus.FAILED, SessionStatus.TIMED_OUT)
_ADVICE = 5
_LOOKED_AT = 20  # sessions of a pipeline, to see whether one succeeded since


class ErrorHandler:
    def __init__(
        self,
        ports: Ports,
        files: Files,
        home: str,
        clock: Callable[[], float],
        reread: Callable[[Session, bytes], Pipeline | None] = lambda session, text: None,
    ) -> None:
        """`home` is the folder where the user's rules lie; `reread` gives the pipeline of a session's stored text."""
        self._reread = reread
        self._objects = ports.objects
        self._logs = LogReader(ports.objects)
        self._machines = ports.machines
        self._sources = files
        self._home = home
        self._files = SessionFiles(ports.table, ports.objects)
        self._sessions = SessionStore(ports.table)
        self._records = ErrorRecords(ports.table)
        self._kept = RecoveryFiles(ports.table, ports.objects)
        self._clock = clock
        self._lock = threading.Lock()

    def handle(self, session: Session) -> None:
        """Analyse an end that failed, unless that is done."""
        if session.status not in _FAILED or self._is_analysed(session):
            return
        with self._lock:  # one of this process's watchers works it out, the others see it done
            if not self._is_analysed(session):
                self.analyse(session)

    def _is_analysed(self, session: Session) -> bool:
        return self._records.is_analysed(session.id, _end(session.executions[-1]))

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
        return Strategy(bool(found) and all(one.recoverable for one in found), found, self._decision(session, found))

    def _decision(self, session: Session, found: tuple[ErrorAnalysis, ...]) -> Decision:
        """What the pipeline's `recovery` says to do about it."""
        rules = automatic.rules(self._files.policies(session.id).get("recovery"))
        if not rules or session.status not in _FAILED:
            return Decision(None, "")
        return automatic.decide(rules, found, tried(self._kept.all(session)), self._clock())

    def recovered(self, session: Session, execution: str) -> None:
        """A recovery of this end began: by `execution`."""
        self._records.mark_recovered(session.id, _end(session.executions[-1]), execution)

    def recoveries(self, session: Session) -> Mapping[str, str]:
        """By end (``execution#redrives``) that was recovered by itself: the execution that followed."""
        return self._records.recoveries(session.id)

    def recovery_options(self, session: Session, facts: Facts) -> RecoveryPlan:
        """Every way out, with what is known of its failures. Carrying one out is SessionManager's."""
        found = self.strategy(session).analyses if session.status in _FAILED else ()
        advice = [f"{one.operation or 'the execution'}: {one.category}. {one.advice}" for one in found[:_ADVICE]]
        if len(found) > _ADVICE:
            advice.append(
                f"and {words.counted(len(found) - _ADVICE, 'more failure')}: bunsui session errors {session.id}"
            )
        bad = {one.operation for one in found if one.category is Category.BAD_DATA}
        plan = recovery.warned_of_data(recovery.plan(facts), facts.shapes, bad)
        if tried_so := self._in_vain(session, found) if not facts.mended else None:
            plan = recovery.warned_of_trying(plan, *tried_so)
        return replace(plan, advice=tuple(dict.fromkeys(advice)))

    def warned(self, session: Session, facts: Facts, way: Way) -> Way:
        """Of what failed in a way that does not pass by itself, where nothing was mended and all runs as it did."""
        if session.status not in _FAILED or facts.mended or not way.possible or way.action not in recovery.ALIKE:
            return way
        lasting = [one for one in self.strategy(session).analyses if not one.recoverable]
        told = words.listed([f"{one.operation or 'the execution'} ({one.category})" for one in lasting], 3)
        return recovery.warned(way, f"what failed does not pass by itself: {told}") if lasting else way

    def _in_vain(self, session: Session, found: tuple[ErrorAnalysis, ...]) -> tuple[Action, frozenset[str]] | None:
        """What was done last about these failures, when all of them are what they were before, and may not pass."""
        deeds = [one for one in self._kept.all(session) if one.action != Action.CANCEL]
        if not found or not deeds or deeds[-1].worked is not False or all(one.recoverable for one in found):
            return None
        end = _end(session.executions[-1])
        before = {one.fingerprint for one in self._records.of_session(session.id) if one.end != end}
        if any(one.fingerprint not in before for one in found):
            return None
        return Action(deeds[-1].action), frozenset(one.operation or "the execution" for one in found)

    def of_session(self, session: Session) -> tuple[ErrorAnalysis, ...]:
        """Everything that ever failed in it, in all its executions."""
        return self._records.of_session(session.id)

    def log_around(self, session: Session, wanted: LogFilter, lines: int) -> list[LogLine]:
        """The log where it failed: evidence, and errors that were logged, with so many lines of theirs around each."""
        places = {(line.place, line.line) for one in self.of_session(session) for line in one.evidence}
        return [placed.line for placed in self._logs.around(session.id, wanted, lines, places)]

    def problems(self, session: Session) -> tuple[Problem, ...]:
        """What is wrong with the user's files of rules: such a file counts for nothing."""
        from bunsui.services.errors.rules import RuleFiles  # loads the rules

        return RuleFiles(self._sources, self._home).of(session.runtime.folder).problems

    def _analysed(self, session: Session) -> Iterator[ErrorAnalysis]:
        from bunsui.services.errors.reading import analysed  # only a new failure needs it
        from bunsui.services.errors.rules import RuleFiles

        books = RuleFiles(self._sources, self._home).of(session.runtime.folder).books
        shapes = self._files.shapes(session.id)
        end = _end(session.executions[-1])
        return analysed(self._machines, self._objects, session, end, shapes, books, lambda: self._pipeline(session))

    def _pipeline(self, session: Session) -> Pipeline | None:
        try:
            return self._reread(session, self._files.definition(session))
        except BunsuiError:
            return None

    def groups(self, *, limit: int = 50, after: str | None = None) -> ErrorPage:
        """The same failures of all sessions together, those seen last first."""
        groups, more = self._records.groups(limit, after)
        return ErrorPage(tuple((group, self._succeeded_since(group)) for group in groups), more)

    def alike(self, fingerprint: str, *, limit: int = 50, after: str | None = None) -> AlikePage:
        """One kind of failure, and where it was seen, the newest first. Raises NotFound."""
        group = self._records.group(fingerprint)
        if group is None:
            raise NotFound(f"no failure has the fingerprint {fingerprint!r}", "See them all: bunsui session errors")
        found, more = self._records.alike(fingerprint, limit, after)
        if not found and after is None:  # stored before they were found by their fingerprint
            found = tuple(one for one in self._records.of_session(group.session) if one.fingerprint == fingerprint)
        return AlikePage(group, self._succeeded_since(group), found, more)

    def _succeeded_since(self, group: ErrorGroup) -> bool:
        """Whether, of the pipelines that failed so, a newer session or the very session has COMPLETED."""
        for pipeline in group.pipelines:
            for session in self._sessions.ended(pipeline, _LOOKED_AT):
                done = session.status is SessionStatus.COMPLETED
                if done and (session.id == group.session or (session.ended or "") > group.last_seen):
                    return True
        return False


def _end(ref: ExecutionRef) -> str:
    """An execution ends once, and once more each time that it was redriven."""
    return f"{ref.name}#{ref.redrives}"
