"""A workspace wires the services to a backend: all that an entry point holds, and Bunsui's face in Python.

    from bunsui.settings import load
    from bunsui.workspace import open_workspace

    with open_workspace(load()) as workspace:
        session = workspace.run("flights.yaml", {"month": 2})
        ended = workspace.sessions.wait(session.id)
        print(ended.status, workspace.sessions.outcome(ended.id).outputs)

The backend is opened when it is first needed, and imported then: to validate a file takes none.
"""

from __future__ import annotations

import hashlib
import platform
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from types import TracebackType
from typing import Self

from bunsui.errors import NotFound, Refused
from bunsui.model.alert import Message
from bunsui.model.context import LOCAL, Context
from bunsui.model.json import Json
from bunsui.model.machine import CompiledMachine
from bunsui.model.pipeline import Pipeline
from bunsui.model.session import Session
from bunsui.ports import Deletion, ExistingMachines, Record
from bunsui.services.addressed import AddressedFiles, AddressedFolders
from bunsui.services.adopting.adoption import ADOPTED, Adoption
from bunsui.services.agenda import Agenda, Doers
from bunsui.services.alerts.records import SORT as ALERT
from bunsui.services.alerts.service import WATCH, NotificationService
from bunsui.services.deploying import Environments
from bunsui.services.doctor import Doctor
from bunsui.services.errors.handler import ErrorHandler
from bunsui.services.errors.views import Strategy
from bunsui.services.logs.gathering import Gathering
from bunsui.services.logs.session_log import SessionLog
from bunsui.services.pipelines.desk import Desk
from bunsui.services.pipelines.manager import PipelineManager
from bunsui.services.pools.manager import PoolManager
from bunsui.services.pools.patience import Patience
from bunsui.services.pools.records import GATE, LEASE, WAIT
from bunsui.services.records.files import SessionFiles
from bunsui.services.reports.generator import ReportGenerator
from bunsui.services.reports.pipelines import PipelineReports
from bunsui.services.reports.reading import ReportReader
from bunsui.services.sessions.collecting import Collecting
from bunsui.services.sessions.manager import SessionManager
from bunsui.services.sessions.partners import Partners
from bunsui.services.sessions.purging import PURGE, Purging
from bunsui.services.sessions.reconciling import Reconciling
from bunsui.services.surroundings import surroundings
from bunsui.services.wiring import Backend, Duties, Ports, RemoteFiles
from bunsui.settings import Settings


class Workspace:
    """Close it (or leave its `with`): what is still open goes on in the background."""

    def __init__(self, settings: Settings, open_backend: Callable[[Duties], Backend]) -> None:
        self._settings = settings
        self._around = surroundings(settings.owner)
        self._open_backend = open_backend
        self._files = AddressedFiles(lambda: self._remote_files)
        self.pipelines = PipelineManager(lambda: self._backend.ports, lambda: self.sessions, self._files, self._around)

    @property
    def owner(self) -> str:
        """Who acts here."""
        return self._settings.owner

    @property
    def context(self) -> Context:
        """Where it acts."""
        return self._settings.context

    @cached_property
    def _remote_files(self) -> RemoteFiles:
        from bunsui.backend import remote_files

        return remote_files(self._settings)

    @cached_property
    def _backend(self) -> Backend:
        return self._open_backend(self.duties)

    @property
    def duties(self) -> Duties:
        """What the backend calls on, in whichever process does the work of the sessions."""
        return Duties(
            lambda name: self.sessions.execution_ended(name),
            lambda: self.agenda.sweep(),
            lambda: self.agenda.next(),
        )

    @cached_property
    def agenda(self) -> Agenda:
        doers: Doers = {
            "session": self._look,
            ALERT: self.alerts.deliver_due,
            WATCH: self.alerts.look,
            PURGE: lambda record: self.purging.finish(record),
            ADOPTED: lambda record: self.adoption.look(record),
            GATE: lambda record: self.sessions.pools.attend_gate(record),
            LEASE: lambda record: self.sessions.pools.attend_lease(record),
            WAIT: lambda record: self.sessions.pools.attend_wait(record),
        }
        return Agenda(self._backend.ports.table, self._around.clock, doers)

    def _look(self, record: Record) -> None:
        self.sessions.refresh(str(record.body["id"]))

    @cached_property
    def sessions(self) -> SessionManager:
        return SessionManager(
            self._backend.ports,
            _compile,
            self._files,
            self._around,
            self.pipelines.reread,
            self.pipelines.load_to_run,
            Partners(
                errors=self.errors,
                archive=self._archive,
                alert=self._tell,
                begins=lambda session, policies: self.alerts.watch(session, policies),
                patience=Patience(
                    lambda session: self.alerts.queue_limit(session),
                    lambda session, since, place: self.alerts.queued_too_long(session, since, place),
                ),
                report=lambda session: self.reports.ended(session),
                quiet=self._quiet,
                gather=lambda session: self.gathering.gather(session),
            ),
        )

    @cached_property
    def adoption(self) -> Adoption:
        return Adoption(self._backend.ports, self._around, lambda id: self.sessions.refresh(id), self.existing)

    @cached_property
    def existing(self) -> ExistingMachines:
        """State machines on AWS that somebody else made. No environment need be there."""
        from bunsui.backend import existing_machines

        return existing_machines(self._settings)

    @cached_property
    def pools(self) -> PoolManager:
        return PoolManager(self._backend.ports, lambda: self.sessions.pools)

    @cached_property
    def desk(self) -> Desk:
        return Desk(AddressedFolders(lambda: self._remote_files), self.pipelines.check)

    @cached_property
    def purging(self) -> Purging:
        return Purging(self._backend.ports, self._around.clock)

    @cached_property
    def collecting(self) -> Collecting:
        return Collecting(self._backend.ports, self._around.sleep)

    @cached_property
    def reconciling(self) -> Reconciling:
        of = self.sessions
        return Reconciling(self._backend.ports, self._around.clock, of.refresh, of.execution_ended)

    def _archive(self, session: Session) -> None:
        from bunsui.services.logs.archive import LogArchive

        self.gathering.gather(session, last=True)
        LogArchive(self._backend.ports.objects).archive(session)

    @cached_property
    def gathering(self) -> Gathering:
        """Logs of tasks that run without our runtime, on AWS."""
        ports = self._backend.ports
        files = SessionFiles(ports.table, ports.objects)
        return Gathering(ports, SessionLog(ports.objects), files.shapes, self._around.clock)

    def _quiet(self, session: Session, policies: Mapping[str, Json]) -> Sequence[Record | Deletion] | None:
        from bunsui.services.logs.archive import LogArchive

        if self.gathering.is_due(session) or self.reports.due(session, policies):
            return None
        if LogArchive(self._backend.ports.objects).is_due(session):
            return None
        return self.alerts.quiet(session, policies)

    @cached_property
    def pipeline_reports(self) -> PipelineReports:
        return PipelineReports(self._backend.ports, self.errors, self._around.clock)

    @cached_property
    def reports(self) -> ReportGenerator:
        reader = ReportReader(
            self._backend.ports,
            self.errors,
            self.pipelines.reread,
            lambda session: self.sessions.ways_out(session),
            lambda session: self.sessions.left(session),
        )
        return ReportGenerator(self._backend.ports, reader, self._around.clock)

    @cached_property
    def errors(self) -> ErrorHandler:
        home, clock = str(self._settings.home), self._around.clock
        return ErrorHandler(self._backend.ports, self._files, home, clock, self.pipelines.reread)

    def _tell(self, session: Session, strategy: Strategy | None) -> None:
        self.alerts.ended(session, strategy, note=strategy.decision.why if strategy else "")

    @property
    def _where(self) -> tuple[str, str]:
        """The place, as alerts name it: whoever gets one may have other names for contexts."""
        aws = self.context.backend == "aws"
        return ("environment", self.context.environment) if aws else ("machine", platform.node())

    @cached_property
    def alerts(self) -> NotificationService:
        return NotificationService(
            self._backend.ports,
            self._backend.channel,
            self._files,
            str(self._settings.home),
            self._around.clock,
            where=self._where,
            strategy=lambda session: self.errors.strategy(session),
        )

    def trouble(self) -> str:
        """What keeps sessions waiting in this process, such as a full disk; empty if nothing does."""
        return self._backend.trouble() if "_backend" in self.__dict__ else ""

    def noticed(self) -> Sequence[Message]:
        """Alerts for the person at this process, each given once."""
        return self._backend.noticed() if "_backend" in self.__dict__ else ()

    @cached_property
    def environments(self) -> Environments:
        """The environment of the context, as something to deploy. Raises InvalidInput where it is on this machine."""
        from bunsui.backend import open_environments

        return open_environments(self._settings, self.pipelines)

    @cached_property
    def doctor(self) -> Doctor:
        from bunsui.backend import doctor

        return doctor(self._settings)

    @property
    def ports(self) -> Ports:
        """For `offline` alone: an entry point holds no port."""
        return self._backend.ports

    def prepare(self) -> None:
        """Something will be run soon: what that needs starts meanwhile."""
        self._backend.prepare()

    def run(self, source: str, params: Mapping[str, Json] | None = None, *, name: str | None = None) -> Session:
        """Start a pipeline; it is running when this returns."""
        return self.pipelines.run(source, params, name=name)

    def file(self, key: str, get: Callable[[], bytes]) -> dict[str, Json]:
        """A file of the object store as a parameter: tasks are handed it as a file.

        `get` gives its content if it is not there yet; the key's last folder must be ``files``.
        """
        objects = self._backend.ports.objects
        try:
            body = objects.get(key)
        except NotFound:
            body = get()
            objects.put(key, body)
        return {"$ref": key, "bytes": len(body), "sha256": hashlib.sha256(body).hexdigest()}

    def read(self, file: Mapping[str, Json]) -> bytes:
        """The content of a file that a task returned, by its reference."""
        return self._backend.ports.objects.get(str(file["$ref"]))

    def aws(self, service: str, operation: str, parameters: Mapping[str, Json]) -> Mapping[str, Json]:
        """Answer as that AWS service: `states` or `lambda`, on this home. Raises ApiError, or Refused on AWS itself."""
        context = self._settings.context
        if context.backend != "local" or context.read_only or self._backend.api is None:
            what = "is read-only" if context.read_only else "is AWS itself"
            raise Refused(f"the context {context.name} {what}", "Serve the home: BUNSUI_CONTEXT=local bunsui serve")
        return self._backend.api(service, operation, parameters)

    def engine_process(self) -> int | None:
        """The process that runs executions right now, if the backend has one on this machine."""
        return self._backend.engine_process()

    def detach(self) -> None:
        """Let a background engine take over what is open as soon as this process lets go of it."""
        self._backend.leave()

    def close(self) -> None:
        if "_backend" in self.__dict__:
            self._backend.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def open_workspace(settings: Settings, *, host_engine: bool = True) -> Workspace:
    """The backend of these settings' context: the home, or an environment on AWS.

    With `host_engine`, the engine runs in this process if it is needed and no other process hosts it; without it, a
    background engine is started then. AWS needs none.
    """

    def opened(duties: Duties) -> Backend:
        from bunsui.backend import open_backend

        return open_backend(settings, duties, host_engine=host_engine)

    return Workspace(settings, opened)


def host_engine(settings: Settings, linger: float = 2.0) -> None:
    """Be the home's engine in this thread, until nothing is open for `linger` seconds."""
    from bunsui.backend import serve_local

    settings = replace(settings, context=LOCAL)
    with open_workspace(settings, host_engine=False) as workspace:
        serve_local(settings, workspace.duties, linger)


def _compile(pipeline: Pipeline) -> CompiledMachine:
    from bunsui.compiler import compile_pipeline

    return compile_pipeline(pipeline)
