"""From a session's records to its ways out, and from a way out to the record that begins it.

Which ways there are is decided in `analysis.recovery`; carrying one out is SessionManager's.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from bunsui.analysis.checkpoint import Checkpoint
from bunsui.analysis.deeds import done, not_possible
from bunsui.analysis.edits import Digests, changed, digests
from bunsui.analysis.shape import Shape, shapes_of
from bunsui.analysis.ways import Action, Ask, Edit, Facts, Way
from bunsui.errors import BunsuiError, Conflict, InvalidInput, NotFound, Refused, Untrusted
from bunsui.model.address import is_remote, parsed
from bunsui.model.concurrency import Concurrency
from bunsui.model.history import Execution
from bunsui.model.json import Json
from bunsui.model.machine import CompiledMachine
from bunsui.model.pipeline import Pipeline
from bunsui.model.session import ExecutionRef, Session
from bunsui.model.status import SessionStatus
from bunsui.ports import Record
from bunsui.services.records.files import SessionFiles
from bunsui.services.records.latest import Latest
from bunsui.services.records.recoveries import RecoveryFiles
from bunsui.services.records.transitions import moved
from bunsui.services.sessions import starting
from bunsui.services.sessions.code import NO_FILES, code_digests
from bunsui.services.sessions.histories import Known, read_known
from bunsui.services.sessions.unread import with_unread
from bunsui.services.wiring import Compile, Files, Ports, Surroundings, rfc3339

HEALED = 30.0  # seconds after which a start that was meant, and not finished, is finished by whoever looks
Load = Callable[[str], tuple[Pipeline, int | None]]
Reread = Callable[[Session, bytes], Pipeline | None]


@dataclass(frozen=True, slots=True)
class Recovering:
    ports: Ports
    files: SessionFiles
    kept: RecoveryFiles
    sources: Files
    around: Surroundings
    compile: Compile
    reread: Reread
    load: Load
    digested: Latest[Pipeline, Digests] = field(default_factory=lambda: Latest(_digests))

    # what there is to go by

    def known(self, session: Session, shapes: tuple[Shape, ...] | None = None) -> Known:
        """From the history; from the stored checkpoint when the backend no longer has that."""
        arn = session.executions[-1].arn
        if not arn:
            return Known(self.files.given(session))
        try:
            shapes = self.files.shapes(session.id) if shapes is None else shapes
            return read_known(self.ports.machines, arn, shapes, self.files.given(session))
        except NotFound:
            return Known(self.files.kept_checkpoint(session.id))

    def last_checkpoint(self, session: Session) -> Known:
        """As it was stored with the session's end: nothing of the history is read."""
        return Known(self.files.kept_checkpoint(session.id))

    def facts(self, session: Session, shapes: tuple[Shape, ...], known: Known | None = None) -> Facts:
        known = known or self.known(session)
        past = self.kept.past(session.id)
        return Facts(
            session=session.id,
            status=session.status,
            recoveries=session.recoveries,
            shapes=shapes,
            known=known.checkpoint,
            seen=known.seen,
            execution=self._execution(session),
            generations=session.generations,
            began=past.began | known.seen.began,
        )

    def _execution(self, session: Session) -> Execution | None:
        arn = session.executions[-1].arn
        try:
            return self.ports.machines.describe(arn) if arn else None
        except NotFound:
            return None

    def all_facts(self, session: Session, shapes: tuple[Shape, ...], source: str | None = None) -> Facts:
        """With what only a plan needs: the pipeline as it is written now, and what its operations usually take."""
        ran, edit = self.kept.digests(session.id), self.edit(session, source)
        return replace(
            self.facts(session, shapes),
            past=self.kept.usual_seconds(session.pipeline),
            digests=ran,
            edit=edit,
            mended=self._is_mended(session) or bool(ran and edit.pipeline and changed(ran, edit.digests)),
        )

    def _is_mended(self, session: Session) -> bool:
        ran = session.executions[-1].code_sha256
        return bool(ran) and self.sources.digest(self.files.code_folders(session.id)) not in (ran, NO_FILES)

    # an edit

    def digests(self, pipeline: Pipeline, known: Mapping[tuple[str, ...], str] | None = None) -> Digests:
        return self.digested(pipeline, code_digests(pipeline, self.sources, known))

    def edit(self, session: Session, source: str | None = None) -> Edit:
        """The pipeline in `source`, by default where the session's own came from."""
        try:
            pipeline, version = self.load(source or _source(session))
            return self._checked(session, pipeline, version)
        except Untrusted as error:
            return Edit(problem=f"{error}: bunsui pipeline trust {shlex.quote(error.source)}")
        except BunsuiError as error:
            first = f" ({error.problems[0].message})" if isinstance(error, InvalidInput) and error.problems else ""
            return Edit(problem=f"{error}{first}")

    def _checked(self, session: Session, pipeline: Pipeline, version: int | None) -> Edit:
        from bunsui.definition import bind

        if pipeline.name != session.pipeline:
            return Edit(problem=f"it is another pipeline: {pipeline.name!r}, not {session.pipeline!r}")
        given = {name: value for name, value in session.params.items() if name in pipeline.params}
        bound = bind(pipeline, given)
        if bound.problems:
            return Edit(problem=f"the session's parameters do not fit it: {bound.problems[0].message}")
        self.compile(pipeline)
        return Edit(
            pipeline=pipeline,
            version=version,
            shapes=shapes_of(pipeline),
            digests=self.digests(pipeline),
            params=bound.params,
            dropped=tuple(name for name in session.params if name not in pipeline.params),
        )

    # what it would cost

    def priced(self, session: Session, way: Way) -> Way:
        """With its state transitions and what they cost, if the pipeline can still be read."""
        if not way.possible or way.action is Action.CANCEL:
            return way
        if way.edit:
            return _priced(way.edit.pipeline, way)
        try:
            return _priced(self.reread(session, self.files.definition(session)), way)
        except NotFound:
            return way

    # the beginning of a way out

    def begun(self, session: Session, way: Way, why: str) -> tuple[Session, list[Record]]:
        """The session's next record, with what is stored in the same transaction: the intent. Raises Conflict."""
        reason = done(way.action, way.names, self.around.owner) + (f": {why}" if why else "")
        new, documents = self._next(session, way)
        with starting.naming(new.source):
            self.ports.deployed(new.pipeline, self.sources.digest(self.files.code_folders(session.id)))
        due = rfc3339(self.around.clock() + HEALED)
        new = moved(new, SessionStatus.RECOVERING, reason=reason, ended=None, recoveries=way.recoveries + 1, due=due)
        return new, [*documents, self.kept.intent(new, self._body(session, new, way, self.around.owner, why))]

    def retried(
        self, session: Session, way: Way, who: tuple[str, str], reason: str, delay: float, policy: Mapping[str, Json]
    ) -> tuple[Session, list[Record]]:
        """As `begun`, by a policy (`who` acts, and why): it waits for `delay` seconds. Raises Conflict."""
        new, documents = self._next(session, way)
        due = rfc3339(self.around.clock() + delay)
        new = moved(new, SessionStatus.RETRYING, reason=reason, ended=None, recoveries=way.recoveries + 1, due=due)
        return new, [
            *documents,
            self.kept.intent(new, {**self._body(session, new, way, *who), "policy": dict(policy)}),
        ]

    def cancelled(self, session: Session, why: str) -> tuple[Session, list[Record]]:
        """A cancel is recorded as well; the session ends only with its execution."""
        new = replace(session, recoveries=session.recoveries + 1)
        way = Way(Action.CANCEL, session.id, session.recoveries, generations=session.generations)
        return new, [self.kept.intent(new, self._body(session, new, way, self.around.owner, why))]

    def _next(self, session: Session, way: Way) -> tuple[Session, list[Record]]:
        if session.recoveries != way.recoveries:
            raise Conflict(f"session {session.id} was recovered by somebody else meanwhile")
        if way.action is Action.REDRIVE:
            return self._redriven(session), []
        documents: list[Record] = []
        handed = self._handed(session, way)
        if way.edit and way.edit.pipeline:
            session, documents = self._edited(session, way.edit, way.edit.pipeline)
        else:
            last = session.executions[-1]
            code = self.sources.digest(self.files.code_folders(session.id))
            session = _with_execution(session, last.machine_arn, last.code_sha256 if code == NO_FILES else code)
        given = self.files.keep_given(session.id, handed)
        return replace(session, generations=way.generations, checkpoint_ref=given), documents

    def _handed(self, session: Session, way: Way) -> Checkpoint:
        """What the next execution begins with. The pipeline tells which outputs it does not read."""
        if way.checkpoint == Checkpoint():
            return way.checkpoint
        pipeline = way.edit.pipeline if way.edit else self.reread(session, self.files.definition(session))
        return with_unread(way.checkpoint, pipeline) if pipeline else way.checkpoint

    def _redriven(self, session: Session) -> Session:
        last = session.executions[-1]
        done = self.ports.machines.describe(last.arn).redrive_count
        again = replace(last, redrives=done + 1, status="RUNNING")
        return replace(session, executions=(*session.executions[:-1], again))

    def _edited(self, session: Session, edit: Edit, pipeline: Pipeline) -> tuple[Session, list[Record]]:
        runtime = starting.resolve_runtime(pipeline, self.sources, self.around)
        machine: CompiledMachine = starting.placed(self.compile(pipeline), runtime)
        code = starting.code_folders(machine)
        self.files.keep_definition(pipeline)
        documents = [
            *self.files.other_graph(session, pipeline, code),
            self.kept.digests_record(session.id, edit.digests, replaces=True),
        ]
        with starting.naming(pipeline.source):
            arn = self.ports.machines.deploy(machine)
        changed = replace(
            session,
            definition_sha256=pipeline.sha256,
            version=edit.version,
            source=pipeline.source,
            params=edit.params,
            queue=Concurrency.of(pipeline.policies).queue(pipeline.name),
            runtime=runtime,
        )
        return _with_execution(changed, arn, self.sources.digest(code)), documents

    def _body(self, before: Session, after: Session, way: Way, who: str, why: str) -> dict[str, Json]:
        plan: dict[str, Json] = {
            "runs": list(way.rerun),
            "keeps": list(way.reused),
            "raised": list(way.raised),
            "changes": {name: list(keys) for name, keys in way.changes.items()},
            "outputs": {name: _given(way, name) for name in way.names} if way.action is Action.SKIP else {},
        }
        return {
            "who": who,
            "when": rfc3339(self.around.clock()),
            "why": why,
            "action": way.action.value,
            "operations": list(way.names),
            "before": _moment(before),
            "after": {**_moment(after), **plan},
            "warnings": list(way.warnings),
        }


def _with_execution(session: Session, machine_arn: str, code: str) -> Session:
    new = ExecutionRef(f"{session.id}-{len(session.executions) + 1}", machine_arn=machine_arn, code_sha256=code)
    return replace(session, executions=(*session.executions, new))


def _source(session: Session) -> str:
    """Where an edited pipeline is looked for: the file of old, or the newest version of its name."""
    if session.version is not None:
        return session.pipeline
    if is_remote(session.source):
        return str(parsed(session.source).newest)
    return str(Path(session.runtime.folder, Path(session.source).name))


def _given(way: Way, name: str) -> Json:
    record = way.checkpoint.resume.get(name)
    return record.get("o") if isinstance(record, dict) else None


def _moment(session: Session) -> dict[str, Json]:
    last = session.executions[-1]
    return {
        "status": session.status.value,
        "reason": session.reason,
        "execution": last.name,
        "redrives": last.redrives,
        "definition_sha256": session.definition_sha256,
        "code_sha256": last.code_sha256,
        "generations": dict(session.generations),
    }


def _digests(pipeline: Pipeline, code: tuple[str, ...]) -> Digests:
    """`code` has its digests in the order in which they are asked for."""
    left = iter(code)
    return digests(pipeline, lambda owner, operation: next(left))


def _priced(pipeline: Pipeline | None, way: Way) -> Way:
    from bunsui.compiler import recount

    if pipeline is None or pipeline.definition is not None:
        return way
    only: Mapping[str, int | None] = {name: way.items[name].again if name in way.items else None for name in way.rerun}
    transitions, cost = recount(pipeline, only)
    return replace(way, transitions=transitions, cost=cost)


def checked(way: Way) -> Way:
    """It, if it is possible. Raises Refused."""
    if way.possible:
        return way
    hint = f"See every way out: bunsui session recover {way.session}"
    raise Refused(not_possible(way), hint)


def asked(action: Action, names: tuple[str, ...] = (), outputs: Mapping[str, Json] | None = None) -> Ask:
    """What a person named. Raises InvalidInput when a way out needs an operation and none is named."""
    if action in (Action.FROM, Action.RERUN, Action.SKIP) and not names:
        raise InvalidInput(f"{action} needs the name of an operation", f"--{action} OPERATION")
    return Ask(names, dict(outputs or {}))
