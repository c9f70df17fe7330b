"""SessionManager: sessions from their start to their end, for every face and both backends.

It reads like the sequence diagrams. What a history means is decided in `analysis`; what is stored is in `records`.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import BinaryIO

from bunsui.analysis import recovery
from bunsui.analysis.tree import ExecutionTree
from bunsui.errors import AlreadyExists, BackendError, BunsuiError, Conflict, NotFound, Refused
from bunsui.model.concurrency import Concurrency
from bunsui.model.json import Json
from bunsui.model.log import LogLine
from bunsui.model.machine import CompiledMachine
from bunsui.model.pipeline import Pipeline
from bunsui.model.session import ExecutionRef, Session
from bunsui.model.status import SessionStatus
from bunsui.ports import Answer, Record
from bunsui.services.logs.reader import LogFilter, LogReader
from bunsui.services.logs.session_log import SessionLog
from bunsui.services.pools.admitting import Sessions
from bunsui.services.pools.pools import Pools
from bunsui.services.reading_only import refused
from bunsui.services.records.files import Graph, SessionFiles
from bunsui.services.records.latest import Latest
from bunsui.services.records.recoveries import RecoveryFiles
from bunsui.services.records.sessions import SessionStore
from bunsui.services.records.transitions import moved
from bunsui.services.sessions import approvals, starting
from bunsui.services.sessions.automatic import AutomaticRecovery
from bunsui.services.sessions.cancelling import Cancelling
from bunsui.services.sessions.ending import Ending, Steps
from bunsui.services.sessions.export import write_zip
from bunsui.services.sessions.folding import Folding
from bunsui.services.sessions.glances import Glances
from bunsui.services.sessions.histories import read_tree
from bunsui.services.sessions.looking import Looking
from bunsui.services.sessions.partners import Partners
from bunsui.services.sessions.recovering import HEALED, Load, Recovering, Reread, checked
from bunsui.services.sessions.remembering import Remembering
from bunsui.services.sessions.watching import Going, Watching
from bunsui.services.views import (
    Action,
    Approval,
    Ask,
    Outcome,
    Recovery,
    RecoveryPlan,
    RunView,
    SessionPage,
    SessionView,
    Way,
)
from bunsui.services.wiring import Compile, Files, Ports, Surroundings, rfc3339

_S = SessionStatus
_STARTING = (_S.CREATED, _S.QUEUED, _S.RETRYING, _S.RECOVERING)
_FAILED = (_S.FAILED, _S.TIMED_OUT)
_TRIES = 5  # to write a session that others write, too
_PATIENCE = 5.0  # seconds that `cancel` waits for the end that it asked for
REJECTED = "Bunsui.Rejected"


def _nowhere(source: str) -> tuple[Pipeline, int | None]:
    raise NotFound(f"{source!r} cannot be read here")


class SessionManager:
    """`ref` is a session id, a unique prefix of one, or ``@last``. NotFound and Refused say what there is."""

    def __init__(
        self,
        ports: Ports,
        compile: Compile,
        files: Files,
        around: Surroundings,
        reread: Reread = lambda session, text: None,
        load: Load = _nowhere,
        partners: Partners = Partners(),
    ) -> None:
        """`reread` gives the pipeline of a session's stored text, `load` one by its source."""
        self._machines = ports.machines
        self._context, self._deployed, self._only_looks = ports.context, ports.deployed, ports.read_only
        self._compile = Latest[Pipeline, CompiledMachine](compile)
        self._placed = Latest[CompiledMachine, CompiledMachine](starting.placed)
        self._code_folders = Latest[CompiledMachine, tuple[str, ...]](starting.code_folders)
        self._sources = files
        self._around = around
        self._errors, self._alert, self._gather = partners.errors, partners.alert, partners.gather
        self._store = SessionStore(ports.table)
        self._files = SessionFiles(ports.table, ports.objects)
        self._log = SessionLog(ports.objects)
        self._logs = LogReader(ports.objects)
        self._kept = RecoveryFiles(ports.table, ports.objects)
        self._recovering = Recovering(ports, self._files, self._kept, files, around, compile, reread, load)
        self._begins, self._patience = partners.begins, partners.patience
        self._automatic = AutomaticRecovery(self._recovering, self._store, self._log, self._errors, self._begin)
        steps = Steps(partners.archive, self._errors.handle, self._answer_end, partners.report)
        self._ending = Ending(self._store, self._log, around.clock, steps)
        self._folding = Folding(self._store, self._recovering, self._ending, self._log, partners.quiet)
        seen = Remembering(ports.machines, around.clock, ports.pace.history)
        self._looking = Looking(seen, self._files, lambda session: self.pools.place(session))
        self._watching = Watching(self._looking, self.refresh, around, ports.pace)
        self._cancelling = Cancelling(
            ports.machines,
            self._store,
            self._recovering,
            self._log,
            self._ending,
            lambda: self.pools,
            self.refresh,
            self._is_early,
        )

    @cached_property
    def pools(self) -> Pools:
        """Who takes slots, and who waits. Without `concurrency:` a session never comes here."""
        ways = self._cancelling
        asked = Sessions(self.refresh, ways.halt, ways.at_rest, lambda id: Concurrency.of(self._files.policies(id)))
        return Pools(self._store.table, self._store, self._around, asked, self._patience)

    def start(
        self,
        pipeline: Pipeline,
        params: Mapping[str, Json],
        *,
        name: str | None = None,
        version: int | None = None,
        tags: Mapping[str, str] | None = None,
    ) -> Session:
        """Start a session with bound parameters; it is RUNNING when this returns, or QUEUED, as its pipeline says.

        With a `name` (it becomes the id), the same input again returns the session that is there; another input
        raises AlreadyExists. A kill at any point is healed by `refresh`.
        """
        id = starting.checked_name(name) if name is not None else starting.new_id(pipeline.name, self._around)
        runtime = starting.resolve_runtime(pipeline, self._sources, self._around)
        machine = self._placed(self._compile(pipeline), runtime)
        session = Session(
            id=id,
            pipeline=pipeline.name,
            version=version,
            definition_sha256=pipeline.sha256,
            params=params,
            source=pipeline.source,
            runtime=runtime,
            owner=self._around.owner,
            created=rfc3339(self._around.clock()),
            context=self._context,
            executions=(self._execution(f"{id}-1", machine, pipeline.source),),
            log_prefix=f"logs/{id}/",
            tags={**pipeline.tags, **(tags or {})},
            due=rfc3339(self._around.clock() + HEALED),
            queue=self.pools.queue(pipeline) if "concurrency" in pipeline.policies else None,
        )
        session = self._reserve(session, pipeline, machine, taken=name is not None)
        session = self._begin(session, self._files.new_graph(pipeline) if session.revision == 1 else None)
        if session.queue and session.status is _S.FAILED and not session.executions[-1].arn:
            raise Refused(
                f"session {session.id} was {session.reason}", f"bunsui session list --pipeline {pipeline.name}"
            )
        return session

    def _execution(self, name: str, machine: CompiledMachine, source: str) -> ExecutionRef:
        code = self._sources.digest(self._code_folders(machine))
        with starting.naming(source):
            self._deployed(machine.name, code)
            return ExecutionRef(name, machine_arn=self._machines.deploy(machine), code_sha256=code)

    def _reserve(self, session: Session, pipeline: Pipeline, machine: CompiledMachine, *, taken: bool) -> Session:
        """Store the session as CREATED. If its name is `taken` by the same input, that session."""
        self._files.keep_definition(pipeline)
        graph = self._files.graph(session.id, pipeline, self._code_folders(machine))
        seen = {self._code_folders(machine): session.executions[-1].code_sha256}
        digests = self._kept.digests_record(session.id, self._recovering.digests(pipeline, seen))
        try:
            return self._store.create(session, [graph, digests])
        except Conflict:
            there = self._store.get(session.id)
            if taken and _input(there) == _input(session):
                return there
            raise AlreadyExists(f"there is a session {session.id!r} with another input") from None

    def _begin(self, session: Session, graph: Graph | None = None) -> Session:
        """From a stored intent to a running execution. Every step may be repeated, by anybody."""
        if session.status not in _STARTING or self._is_early(session):
            return session
        held = None
        if session.queue is not None:
            session, held = self.pools.enter(session)
            if held is None:
                return session
        ref = session.executions[-1]
        self._kept.publish(session)
        asked = self._around.clock()  # its line in the log comes before those of its tasks
        try:
            arn = starting.start(self._machines, ref, lambda: self._files.input(session, graph))
        except BackendError:
            raise
        except BunsuiError as error:
            self._left(self._cancelling.at_rest(session, _S.FAILED, str(error)))
            raise
        now = self._around.clock()
        self._log.begin(session, asked, f"{session.reason or f'started by {session.owner}'} (execution {ref.name})")
        started = session.started or rfc3339(now)
        executions = (*session.executions[:-1], replace(ref, arn=arn))
        running = moved(session, _S.RUNNING, started=started, reason="", executions=executions)
        return self._saved(
            running,
            [*self._begins(running, graph.policies if graph else None), *(self.pools.started(held) if held else ())],
        )

    def _is_early(self, session: Session) -> bool:
        """A policy's recovery waits for its time."""
        return session.status is _S.RETRYING and rfc3339(self._around.clock()) < (session.due or "")

    def _left(self, session: Session) -> Session:
        """An end frees the session's slots before anything else is done about it."""
        if session.queue is not None and session.status.ended and session.ending:
            self.pools.leave(session)
        return session

    def _saved(self, session: Session, documents: Sequence[Record] = ()) -> Session:
        """Whoever is first wins; the others see it done."""
        try:
            return self._store.save(session, documents)
        except Conflict:
            return self._store.get(session.id)

    def get(self, ref: str) -> Session:
        """The record as stored, without asking the backend."""
        return self._store.find(ref)

    def list(
        self,
        *,
        status: SessionStatus | None = None,
        pipeline: str | None = None,
        limit: int = 50,
        after: str | None = None,
    ) -> SessionPage:
        """A page of sessions, newest first. Costs no call to the backend's executions."""
        page = self._store.list(status, pipeline, limit, after)
        waits = any(session.status is _S.QUEUED for session in page.sessions)
        return replace(page, places=self.pools.places(page.sessions)) if waits else page

    def refresh(self, ref: str) -> Session:
        """Fold in what the execution did. Idempotent: any number of watchers may call it at any time."""
        return self._refreshed(self._store.find(ref))

    def _refreshed(self, session: Session) -> Session:
        if self._only_looks:
            return self._folding.seen(session) if session.status is _S.RUNNING else session
        session = self._begin(session)
        session = self._folding.fold(session) if session.status is _S.RUNNING else session
        return self._ending.settle(self._left(session))

    def _answer_end(self, session: Session) -> None:
        """An end is answered by a recovery, if the session's policy says so, or by telling whom it concerns."""
        strategy = self._errors.strategy(session) if session.status in _FAILED and session.started else None
        if strategy is None or (strategy := self._automatic.recover(session, strategy)):
            self._alert(session, strategy)

    def execution_ended(self, name: str) -> None:
        """Take the word of a backend that the execution of this name ended. Those of no session are no concern."""
        with contextlib.suppress(NotFound):
            self._refreshed(self._store.get(name.rpartition("-")[0]))

    def status(self, ref: str, *, lines: int = 0) -> SessionView:
        """The session now (refreshed), with its operations and, if asked, its last log lines."""
        session = self.refresh(ref)
        view = self._looking.view(session, self._looking.live(session))
        return replace(view, lines=tuple(self._logs.read(session.id, LogFilter(tail=lines)))) if lines else view

    def glances(self) -> Glances:
        """For whoever looks at several sessions every moment."""
        return Glances(self.refresh, self._looking, self._store, self._around.clock, self._watching.pace.glance)

    def watch(self, ref: str, *, interval: float = 0.2, going: Going = lambda: True) -> Iterator[SessionView]:
        """A view at once, another when something changed, the last when the session ended or `going` says no.

        Waits through RETRYING. Only new events are read in each round; rounds come at least every `interval`, and
        faster after a change; seldom where the backend counts how often it is asked.
        """
        return self._watching.watch(self.refresh(ref), interval, going)

    def wait(self, ref: str, timeout: float | None = None) -> Session:
        """Until the session ended; TimeoutError when that takes longer than `timeout` seconds."""
        return self._watching.wait(self.refresh(ref), timeout)

    def cancel(self, ref: str, *, why: str = "") -> Session:
        """Stop a session that has not ended; Refused if it has. Its status is CANCELLED with who and why."""
        session = self.refresh(ref)
        if session.status.ended:
            hint = f"bunsui session show {session.id}"
            raise Refused(f"session {session.id} cannot be cancelled: it has ended already ({session.status})", hint)
        try:
            return self.wait(self._cancelling.stop(session, why).id, _PATIENCE)
        except TimeoutError:
            return self.get(session.id)

    def recovery_plan(self, ref: str, source: str | None = None) -> RecoveryPlan:
        """Every way out: possible or not and why, what it reruns and reuses. An edit is looked for in `source`."""
        return self.ways_out(self.refresh(ref), source)

    def ways_out(self, session: Session, source: str | None = None) -> RecoveryPlan:
        """The same of a session as it was read: nothing is folded in."""
        facts = self._recovering.all_facts(session, self._files.shapes(session.id), source)
        found = self._errors.recovery_options(session, facts)
        return replace(found, ways=tuple(self._recovering.priced(session, way) for way in found.ways))

    def plan_way(self, ref: str, action: Action, ask: Ask = Ask(), source: str | None = None) -> Way:
        """One of them exactly, with the operations that a person named."""
        session = self.refresh(ref)
        facts = self._recovering.all_facts(session, self._files.shapes(session.id), source)
        way = self._errors.warned(session, facts, recovery.way_out(facts, action, ask))
        return self._recovering.priced(session, way)

    def plan_resume(self, ref: str) -> Way:
        """What `resume` would reuse and rerun. Refused while the session runs, or when it COMPLETED."""
        return self._plan(ref, Action.RESUME)

    def resume(self, ref: str, *, why: str = "") -> Session:
        """A new execution that keeps the outputs of everything done; only when ended and not COMPLETED."""
        return self.recover(self.plan_resume(ref), why=why)

    def plan_restart(self, ref: str) -> Way:
        """What `restart` would rerun: everything. Refused while the session runs."""
        return self._plan(ref, Action.RESTART)

    def restart(self, ref: str, *, why: str = "") -> Session:
        """A new execution from nothing, at raised generations; only when ended."""
        return self.recover(self.plan_restart(ref), why=why)

    def _plan(self, ref: str, action: Action) -> Way:
        session = self.refresh(ref)
        facts = self._recovering.facts(session, self._files.shapes(session.id))
        return checked(recovery.way_out(facts, action))

    def recover(self, way: Way, *, why: str = "") -> Session:
        """Carry out a way as it was planned. Raises Conflict when somebody else recovered the session meanwhile."""
        checked(way)
        if self._only_looks:
            raise refused(self._context)
        if way.action is Action.CANCEL:
            return self.cancel(way.session, why=why)
        for _ in range(_TRIES):
            begun = self._recovering.begun(self._store.get(way.session), way, why)
            try:
                session = self._store.save(*begun)
            except Conflict:  # somebody finishes what is to be done about the end
                continue
            return self._begin(session)
        raise Conflict(f"session {way.session} is written by too many at once", "Run the command again")

    def recoveries(self, ref: str) -> Sequence[Recovery]:
        """What was done about it so far, and how each ended."""
        return self._kept.all(self._store.find(ref))

    def approvals(self, ref: str) -> tuple[Approval, ...]:
        """Approval operations that wait for an answer, nested ones too."""
        return self.status(ref).approvals

    def approve(self, ref: str, operation: str | None = None, *, comment: str = "") -> Approval:
        """Answer yes. Without `operation` there must be exactly one that waits; else Refused lists them."""
        output: Json = {"approved": True, "by": self._around.owner, "comment": comment}
        return self._answer(ref, operation, Answer(output), "approved", comment)

    def reject(self, ref: str, operation: str | None = None, *, comment: str = "") -> Approval:
        """Answer no: the operation fails with Bunsui.Rejected."""
        cause = f"rejected by {self._around.owner}" + (f": {comment}" if comment else "")
        return self._answer(ref, operation, Answer(error=REJECTED, cause=cause), "rejected", comment)

    def _answer(self, ref: str, operation: str | None, answer: Answer, word: str, comment: str) -> Approval:
        view = self.status(ref)
        asked = self._around.clock()  # its line in the log comes before those of what goes on
        approval = approvals.answered(self._machines, view, operation, answer)
        message = f"{approval.operation} {word} by {self._around.owner}" + (f": {comment}" if comment else "")
        self._log.note(view.session, asked, message)
        return approval

    def history(self, ref: str, execution: int | None = None) -> ExecutionTree:
        """The history of the session's last execution (or of number `execution`), with nested pipelines."""
        session = self._store.find(ref)
        numbers = range(1, len(session.executions) + 1)
        number = execution if execution is not None else numbers[-1]
        if number not in numbers or not session.executions[number - 1].arn:
            hint = f"bunsui session show {session.id}"
            raise NotFound(f"session {session.id} has no execution {number} (it has {numbers[-1]})", hint)
        arn = session.executions[number - 1].arn
        return read_tree(self._machines, arn, self._files.shapes(session.id, number))

    def run_view(self, ref: str) -> RunView | None:
        """The last execution that began, in all detail; None before the first one did."""
        session = self._store.find(ref)
        return self._looking.run(session, self._kept.usual_seconds(session.pipeline, without=session.id))

    def logs(self, ref: str, wanted: LogFilter = LogFilter(), *, follow: bool | Going = False) -> Iterator[LogLine]:
        """The merged log in time order. With `follow`, until the session ended (or it says no); each line once."""
        session = self._store.find(ref)
        self._gather(session)
        if not follow:
            return self._logs.read(session.id, wanted)
        going = follow if callable(follow) else lambda: True
        return self._logs.follow(session.id, wanted, lambda: not going() or self._ended(session), self._watching.pause)

    def _ended(self, session: Session) -> bool:
        """Whether it has by now, with all that is in its log."""
        session = self.refresh(session.id)
        self._gather(session)
        return session.status.ended

    def log_line(self, place: str, number: int) -> LogLine:
        """The line that evidence points at: the key of its chunk and its number there, archived or not."""
        return self._logs.line(place, number)

    def outcome(self, ref: str) -> Outcome:
        """Outputs of a session (null unless it COMPLETED), and where its files and logs lie."""
        session = self.refresh(ref)
        arn = session.executions[-1].arn
        outputs = self._machines.describe(arn).output if arn and session.status is _S.COMPLETED else None
        return replace(self._files.outcome(session.id, outputs), left=self._automatic.left(session))

    def left(self, session: Session) -> str:
        """Why an end that failed was not recovered by itself; "" where no policy had to decide."""
        return self._automatic.left(session)

    def export(self, ref: str, target: BinaryIO) -> None:
        """A zip of the record, the pipeline's text, histories and logs."""
        session = self.refresh(ref)
        numbered = enumerate(session.executions, 1)
        trees = {one.name: self.history(session.id, number) for number, one in numbered if one.arn}
        write_zip(target, session, self._files.definition(session), trees, self._logs.read(session.id, LogFilter()))


def _input(session: Session) -> tuple[str, str, Mapping[str, Json]]:
    return session.pipeline, session.definition_sha256, session.params
