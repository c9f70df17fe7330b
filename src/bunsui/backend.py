"""The only place that knows which backends exist: builds the ports that services are handed.

Wiring services to them is `workspace`'s.
"""

from __future__ import annotations

import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cached_property, partial
from importlib.util import find_spec
from pathlib import Path

from bunsui.channels.console import Console
from bunsui.channels.outlets import Later, Outlets
from bunsui.errors import BackendError, BunsuiError, Refused
from bunsui.local.background import log_to_file, spawn_background
from bunsui.local.election import holder, is_held
from bunsui.local.examination import examinations
from bunsui.local.home import Home, open_home
from bunsui.local.objects import FolderObjectStore
from bunsui.local.state_machines import Host, LocalStateMachines
from bunsui.local.table import SqliteTable
from bunsui.model.check import Check
from bunsui.model.context import Context
from bunsui.model.history import Execution
from bunsui.model.json import Json
from bunsui.model.status import ExecutionStatus
from bunsui.ports import AlertChannel, ExistingMachines
from bunsui.services.deploying import Environments
from bunsui.services.doctor import Doctor
from bunsui.services.pipelines.manager import PipelineManager
from bunsui.services.reading_only import read_only
from bunsui.services.wiring import Api, Backend, Duties, Pace, Ports, RemoteFiles, rfc3339
from bunsui.settings import Settings

_REMOVED = "What it held is gone; the next command makes a new home"
_LOOK_SECONDS = 0.5  # between two looks whether a running execution has an engine


# All of an account share 15 DescribeExecution a second, and 20 GetExecutionHistory.
_AWS_PACE = Pace(shortest=2.0, longest=10.0, first=0.5, slowest=5.0, glance=10.0, history=2.0)


def open_backend(settings: Settings, duties: Duties, *, host_engine: bool) -> Backend:
    """The one of the settings' context."""
    if settings.context.backend == "aws":
        opened = open_aws(settings)
    else:
        opened = open_local(settings, duties, host_engine=host_engine)
    return replace(opened, ports=read_only(opened.ports)) if settings.context.read_only else opened


def open_aws(settings: Settings) -> Backend:
    """An environment that is there: one read tells what it is. Nothing of it runs here, and no folder is needed."""
    from bunsui.aws.cloudwatch import CloudWatchLogs
    from bunsui.aws.objects import S3Client
    from bunsui.aws.opening import check_code, clients_of, open_environment
    from bunsui.aws.secrets import look_up
    from bunsui.aws.state_machines import StepFunctionsClient
    from bunsui.aws.table import DynamoDBClient

    context = settings.context
    clients = clients_of(context)
    environment = open_environment(clients, context.environment)
    table, objects = DynamoDBClient(clients, environment.records), S3Client(clients, environment.bucket)
    machines = StepFunctionsClient(clients, environment, publishes=False)
    deployed = partial(check_code, table, environment)
    foreign = CloudWatchLogs(clients)
    ports = Ports(
        table, objects, machines, context.name, deployed=deployed, runs_here=False, pace=_AWS_PACE, foreign=foreign
    )
    console = Console()
    outlets = Outlets(console, _topics(context), environment.topic, partial(look_up, clients))
    return Backend(ports, outlets, leave=_nothing, close=clients.close, noticed=console.taken)


def _topics(context: Context) -> AlertChannel:
    """Topics of SNS, each in its region; nothing of AWS is loaded before one is told something."""
    return Later(lambda: _topic_channel(context))


def _topic_channel(context: Context) -> AlertChannel:
    from bunsui.aws.opening import clients_of
    from bunsui.aws.topic import TopicChannel
    from bunsui.channels import rendering

    return TopicChannel(lambda region: clients_of(replace(context, region=region)), rendering.subject, rendering.plain)


def remote_files(settings: Settings) -> RemoteFiles:
    """Files at addresses that begin with s3://, with the profile and region of the context."""
    from bunsui.aws.files import S3Files
    from bunsui.aws.opening import clients_of

    return S3Files(clients_of(settings.context))


def existing_machines(settings: Settings) -> ExistingMachines:
    """State machines that somebody else made, in the account and region of the context; no environment is needed."""
    from bunsui.aws.existing import ExistingClient
    from bunsui.aws.opening import clients_of

    return ExistingClient(clients_of(settings.context))


def open_environments(settings: Settings, pipelines: PipelineManager) -> Environments:
    """The environment of the settings' context, to be deployed, looked at or removed. Raises InvalidInput."""
    from bunsui.aws.deploy import environments
    from bunsui.aws.deploy.deployer import Differences, House
    from bunsui.compiler import compile_pipeline
    from bunsui.services.sessions.starting import code_folders
    from bunsui.services.surroundings import LocalFiles, code_files

    def register(source: str) -> None:
        if pipelines.load(source)[1] is None:
            pipelines.register(source)

    def differences(name: str, source: str) -> Differences | None:
        try:
            found = pipelines.compare(name, source)
        except BunsuiError:  # it was never registered, or what is registered is not valid any more
            return None
        return Differences(found.operations or {}, found.lines)

    house = House(
        load=lambda source: pipelines.load(source)[0],
        compile=compile_pipeline,
        register=register,
        differences=differences,
        code_of=code_files,
        code_digest=lambda machine: LocalFiles().digest(code_folders(machine)),
        now=lambda: rfc3339(time.time()),
        cache=settings.home / "packages",
    )
    return environments.Environments(settings.context, house)


def _nothing() -> None:
    """AWS goes on without this process."""


def open_local(settings: Settings, duties: Duties, *, host_engine: bool) -> Backend:
    home = open_home(settings.home)
    log_to_file(home)
    host = _host(home, settings, duties) if host_engine else None
    machines = AttendedMachines(home, host)
    table = SqliteTable(home)

    def prepare() -> None:
        """Begin to serve, if nobody does."""
        if host and not is_held(home.lock):
            host.start_in_thread()

    def leave() -> None:
        """An engine of its own for what is still open or due; it takes over when the lock frees."""
        if host and host.elected and (machines.open_executions() or duties.next() is not None):
            spawn_background(home)

    def close() -> None:
        leave()
        if host:
            host.stop()
        machines.close()
        table.close()

    ports = Ports(table, FolderObjectStore(home.objects), machines, settings.context.name)
    console = Console()

    def trouble() -> str:
        return host.trouble if host else ""

    return Backend(
        ports,
        Outlets(console, _topics(settings.context)),
        leave,
        close,
        lambda: holder(home.lock),
        prepare,
        console.taken,
        trouble,
        _LocalApi(home, machines),
    )


class _LocalApi:
    """The API on this home, loaded at its first use."""

    def __init__(self, home: Home, machines: LocalStateMachines) -> None:
        self._home, self._machines = home, machines

    def __call__(self, service: str, operation: str, parameters: Mapping[str, Json]) -> Mapping[str, Json]:
        return self._answer(service, operation, parameters)

    @cached_property
    def _answer(self) -> Api:
        from bunsui.aws.mock_shapes import problem
        from bunsui.local.api.service import open_api

        return open_api(self._home, self._machines, problem)


def doctor(settings: Settings) -> Doctor:
    """Of the settings' context. Nothing is opened for it: what cannot be is a finding."""
    return aws_doctor(settings.context) if settings.context.backend == "aws" else local_doctor(settings)


def aws_doctor(context: Context) -> Doctor:
    from bunsui.aws.examination import examinations as examinations_of
    from bunsui.aws.opening import clients_of

    def refused(what: str) -> Sequence[Check]:
        raise Refused(f"{what} is of the home on this machine, not of {context.name}", "bunsui doctor --context local")

    checks = examinations_of(context, clients_of(context), time.time)
    return Doctor(checks, lambda: refused("--verify"), lambda folder: refused("--backup"))


def local_doctor(settings: Settings) -> Doctor:
    """It looks at the home as it is: opening it would make what is missing."""
    from bunsui.local.verify import backup, verify

    home = Home(settings.home)
    checks = {**examinations(settings), "alerts": lambda: _alerts(settings)}
    return Doctor(checks, lambda: verify(home), lambda folder: backup(home, Path(folder)))


def _alerts(settings: Settings) -> Sequence[Check]:
    from bunsui.channels.addresses import resolved
    from bunsui.services.alerts.examination import examine
    from bunsui.services.alerts.policies import AlertPolicies
    from bunsui.services.surroundings import LocalFiles

    policies = AlertPolicies(LocalFiles(), str(settings.home))
    return examine(policies, resolved, lambda path: os.stat(path).st_mode, lambda: find_spec("apprise") is not None)


def serve_local(settings: Settings, duties: Duties, linger: float) -> None:
    """Be the home's engine in this thread, until nothing is open for `linger` seconds."""
    _host(open_home(settings.home), settings, duties).run_until_idle(linger)


def _host(home: Home, settings: Settings, duties: Duties) -> Host:
    """The engine and the language it runs are loaded only where one is hosted."""
    from bunsui.asl.effects import Ended
    from bunsui.local.host import EngineHost

    def listen(arn: str, event: object) -> None:
        if isinstance(event, Ended):
            duties.ended(arn.rpartition(":")[2])

    return EngineHost(home, settings, listen, sweep=duties.sweep)


class AttendedMachines(LocalStateMachines):
    """Whoever looks at a running execution makes sure that an engine runs it: after a crash, looking is enough."""

    def __init__(self, home: Home, host: Host | None) -> None:
        self._lock, self._engine_file = home.lock, home.engine
        self._looked = 0.0
        self._attend = host.start_in_thread if host else lambda: spawn_background(home)
        super().__init__(home, host, self._attend)

    def describe(self, arn: str) -> Execution:
        execution = super().describe(arn)
        if execution.status is ExecutionStatus.RUNNING and time.monotonic() - self._looked >= _LOOK_SECONDS:
            self._looked = time.monotonic()
            if not self._engine_file.exists():  # open files outlive their names: nobody would ever run it
                raise BackendError(f"{self._engine_file.parent} was removed while it was used", _REMOVED)
            if not is_held(self._lock):
                self._attend()
        return execution
