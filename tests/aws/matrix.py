"""A life of a session, step by step, in which one request goes wrong; and what of it is there in the end.

Which requests go wrong, and how, is the tests'.
"""

from __future__ import annotations

import itertools
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeVar

from bunsui.aws.clients import Clients
from bunsui.aws.errors import Declined
from bunsui.aws.objects import S3Client
from bunsui.aws.state_machines import StepFunctionsClient
from bunsui.aws.table import DynamoDBClient
from bunsui.channels.console import Console
from bunsui.channels.outlets import Outlets
from bunsui.errors import BunsuiError
from bunsui.model.session import Session
from bunsui.model.status import SessionStatus
from bunsui.services.sessions.reconciling import PARTITION
from bunsui.services.surroundings import surroundings
from bunsui.services.wiring import Backend, Duties, Ports
from bunsui.settings import load
from bunsui.workspace import Workspace
from ministack.functions import make_mailboxes
from ministack.server import REGION, MiniStack
from ministack.wire import Asked, Fault, Reply, Wire, lost, refused, refused_by_s3
from ministack.workspaces import nothing, written

T = TypeVar("T")
_S3 = ("GET", "PUT", "POST", "DELETE", "HEAD")
_TRIES = 4  # of a person whose command failed
_ROUNDS = 40
_PATIENCE = 30

PIPELINE = """
version: 1
name: matrix
report: always
operations:
  ask:
    approval: {message: "?"}
"""


def _by_service(json_code: str, s3_code: str, s3_status: int, status: int = 400) -> Fault:
    def fault(asked: Asked) -> Reply:
        made = refused_by_s3(s3_code, s3_status) if asked.action in _S3 else refused(json_code, status)
        return made(asked)

    return fault


FAULTS: dict[str, Fault] = {
    "throttled": _by_service("ThrottlingException", "SlowDown", 503),
    "broken": _by_service("InternalServerError", "InternalError", 500, 500),
    "silent": lambda asked: Reply(0, b"", lost=True),
    "lost": lost,
    "expired": _by_service("ExpiredTokenException", "ExpiredToken", 400),
}


class Killed(BaseException):
    """The process is no more: nothing that comes after it is done, whoever would have caught an error."""


class Mortal(Clients):
    """Of a process that may be killed at a request: from then on it does nothing."""

    dead = False

    def ask(self, service: str, method: str, resource: str = "", expect: tuple[str, ...] = (), **given: Any) -> Any:
        return self._alive(lambda: super(Mortal, self).ask(service, method, resource, expect, **given))

    def pages(self, service: str, method: str, resource: str = "", **given: Any) -> Iterator[Any]:
        pages = super().pages(service, method, resource, **given)
        while (page := self._alive(lambda: next(pages, None))) is not None:
            yield page

    def body(self, stream: Any, service: str, method: str, resource: str) -> bytes:
        return self._alive(lambda: super(Mortal, self).body(stream, service, method, resource))

    def _alive(self, act: Callable[[], T]) -> T:
        if self.dead:
            raise Killed
        try:
            return act()
        except (BunsuiError, Declined):
            if self.dead:
                raise Killed from None
            raise

    def killed(self, after: bool) -> Fault:
        """At a request; `after` it had its effect."""

        def fault(asked: Asked) -> Reply:
            if after:
                asked.forward()
            self.dead = True
            return Reply(0, b"", lost=True)

        return fault


class Laboratory:
    """MiniStack behind a wire on which things go wrong, and the machine that all lives run."""

    def __init__(self, running: MiniStack, wire: Wire, folder: Path) -> None:
        self.running, self.wire = running, wire
        self.direct, self.mortal = running.clients(), Mortal(region=REGION, endpoint=wire.address)
        self.environment = running.environment()
        make_mailboxes(self.direct, self.environment)
        self.source = written(folder, PIPELINE)
        self.faults = {**FAULTS, "killed": self.mortal.killed(after=False), "killed after": self.mortal.killed(True)}
        self._lives = itertools.count(1)

    def life(self) -> Life:
        """Nothing is there yet: its records and objects are its own."""
        return Life(self, f"n{next(self._lives)}", self.running.table()._name, self.running.objects()._bucket)

    def clean(self, step: str) -> tuple[int, Left]:
        """How many requests a step takes when nothing goes wrong, and what there is then."""
        life = self.life()
        life.prepared(step)
        self.wire.seen.clear()
        STEPS[step](life)
        return len(self.wire.seen), life.left()

    def tried(self, step: str, turn: int, fault: str) -> Life:
        """A life in which that request of a step goes wrong."""
        life = self.life()
        life.prepared(step)
        self.wire.seen.clear()
        self.wire.turns = {turn: self.faults[fault]}
        STEPS[step](life)
        self.wire.turns.clear()
        return life


@dataclass
class Life:
    """A session's, whose steps are done by a person, who gives a command again when it failed, and by the controller.

    Every command is a process of its own. `late` is by how many seconds the clock of all is ahead.
    """

    laboratory: Laboratory
    id: str
    table: str
    bucket: str
    wired: bool = True
    late: float = 0.0
    failures: list[str] = field(default_factory=list)

    def prepared(self, step: str) -> None:
        """All that comes before the step, with nothing going wrong."""
        self.wired = False
        for name in BEFORE[step]:
            STEPS[name](self)
        self.wired = True

    def workspace(self, wired: bool) -> Workspace:
        laboratory = self.laboratory
        laboratory.mortal.dead = False
        clients = laboratory.mortal if wired else laboratory.direct
        ports = Ports(
            DynamoDBClient(clients, self.table, self.sleep),
            S3Client(clients, self.bucket, "below/", sleep=self.sleep),
            StepFunctionsClient(clients, laboratory.environment, self.sleep),
            "aws",
        )

        def opened(duties: Duties) -> Backend:
            return Backend(ports, Outlets(Console()), leave=nothing, close=nothing)

        made = Workspace(load(), opened)
        made._around = replace(surroundings("tester"), clock=lambda: time.time() + self.late, sleep=self.sleep)
        return made

    def sleep(self, seconds: float) -> None:
        """Time passes, and less of it here."""
        self.late += seconds
        time.sleep(min(seconds, 0.01))

    def start_killed(self, turn: int, after: bool) -> None:
        """Somebody's process starts it, and is killed at that request; `after` it had its effect."""
        laboratory = self.laboratory
        region, account = REGION, laboratory.environment.account
        names = (region, laboratory.wire.address, account, laboratory.environment.name, self.table, self.bucket)
        command = [sys.executable, "-c", ACTOR, *names, "run", laboratory.source, self.id]
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"

        def kill(asked: Asked) -> Reply:
            if after:
                asked.forward()
            process.kill()
            process.wait()
            return Reply(0, b"", lost=True)

        laboratory.wire.seen.clear()
        laboratory.wire.turns = {turn: kill}
        process.communicate("\n")
        laboratory.wire.turns.clear()
        assert process.returncode == -signal.SIGKILL

    def started(self) -> None:
        self._tried(lambda of: of.run(self.laboratory.source, name=self.id))
        self._settled(lambda session: session.status is SessionStatus.RUNNING)

    def watched(self) -> None:
        self._tried(lambda of: of.sessions.status(self.id, lines=5))

    def failed(self) -> None:
        """The execution ends; what follows is done by whoever looks."""
        beside = self.workspace(wired=False)
        until(lambda: beside.sessions.status(self.id).approvals)
        beside.sessions.reject(self.id)
        arn = beside.sessions.get(self.id).executions[-1].arn
        until(lambda: beside._backend.ports.machines.describe(arn).ended)
        self._tried(lambda of: of.sessions.refresh(self.id))
        self._settled(lambda session: session.status is SessionStatus.FAILED and not session.ending)

    def recovered(self) -> None:
        self._tried(lambda of: of.sessions.resume(self.id))
        self._settled(lambda session: session.status is SessionStatus.RUNNING and len(session.executions) == 2)

    def cancelled(self) -> None:
        self._tried(lambda of: of.sessions.cancel(self.id))
        self._settled(lambda session: session.status is SessionStatus.CANCELLED and not session.ending)

    def _tried(self, command: Callable[[Workspace], object]) -> None:
        """Until it is done, or what it wanted is so and it is refused. How far it came is in `left`."""
        for _ in range(_TRIES):
            try:
                command(self.workspace(self.wired))
                return
            except (BunsuiError, Killed) as error:
                self.failures.append(f"{type(error).__name__}: {error}")

    def _settled(self, holds: Callable[[Session], bool]) -> None:
        """The controller's sweeps, minute by minute."""
        for _ in range(_ROUNDS):
            looker = self.workspace(wired=False)
            session = looker.sessions.get(self.id)
            if holds(session) and looker.agenda.next() is None:
                return
            sweeper = self.workspace(self.wired)
            try:
                sweeper.agenda.do_due()
                sweeper.reconciling.look()
            except (BunsuiError, Killed) as error:
                self.failures.append(f"{type(error).__name__}: {error}")
            self.sleep(60)
        raise AssertionError((session, self.failures))

    def left(self) -> Left:
        """What there is of it now, without its name and its times."""
        of = self.workspace(wired=False)
        session = of.sessions.get(self.id)
        return Left(
            status=session.status.value,
            executions=self._executions(),
            named=tuple(self._nameless(one.name) for one in session.executions),
            records=self._records(),
            objects=sorted(self._nameless(key) for key in of._backend.ports.objects.list("")),
            alerts=sorted(f"{one.message.kind} {one.status}" for one in of.alerts.of_session(session)),
            told=sorted(self._nameless(line.message) for line in of.sessions.logs(self.id)),
            recoveries=[(one.action, str(one.status)) for one in of.sessions.recoveries(self.id)],
        )

    def _records(self) -> list[str]:
        found = self.laboratory.direct.pages("dynamodb", "scan", TableName=self.table)
        keys = [(item["pk"]["S"], item["sk"]["S"]) for page in found for item in page["Items"]]
        told = [f"{self._kind(partition)} {self._kind(sort)}" for partition, sort in keys if partition != PARTITION]
        return sorted(told)

    def _executions(self) -> list[tuple[str, str]]:
        """All that bear its name, whatever its record says: as Step Functions has them."""
        arn = self.laboratory.environment.machine("matrix")
        pages = self.laboratory.direct.pages("stepfunctions", "list_executions", stateMachineArn=arn)
        found = [(one["name"], one["status"]) for page in pages for one in page["executions"]]
        return sorted((self._nameless(name), status) for name, status in found if name.startswith(f"{self.id}-"))

    def _kind(self, key: str) -> str:
        return self._nameless(key) if self.id in key else key.partition("#")[0]

    def _nameless(self, text: str) -> str:
        return text.replace(self.id, "ID")


@dataclass(frozen=True)
class Left:
    status: str
    executions: list[tuple[str, str]]
    named: tuple[str, ...]
    records: list[str]
    objects: list[str]
    alerts: list[str]
    told: list[str]  # the session's log
    recoveries: list[tuple[str, str]]


def until(holds: Callable[[], object]) -> None:
    deadline = time.monotonic() + _PATIENCE
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.01)


# A process that does one thing, when it is told to: the arguments say where, what and to which session.
ACTOR = """
import sys
from bunsui.aws.clients import Clients
from bunsui.aws.names import Environment
from bunsui.aws.objects import S3Client
from bunsui.aws.state_machines import StepFunctionsClient
from bunsui.aws.table import DynamoDBClient
from bunsui.channels.console import Console
from bunsui.channels.outlets import Outlets
from bunsui.errors import Refused
from bunsui.services.wiring import Backend, Ports
from bunsui.settings import load
from bunsui.workspace import Workspace

region, address, account, environment, table, bucket, action, subject, *name = sys.argv[1:]
clients = Clients(region=region, endpoint=address)
for service in ("dynamodb", "s3", "stepfunctions"):
    clients._client(service)
machines = StepFunctionsClient(clients, Environment(environment, account, region))
ports = Ports(DynamoDBClient(clients, table), S3Client(clients, bucket, "below/"), machines, "aws")
nothing = lambda: None
workspace = Workspace(load(), lambda duties: Backend(ports, Outlets(Console()), nothing, nothing))
sessions = workspace.sessions
print("ready", flush=True)
sys.stdin.readline()
try:
    workspace.run(subject, name=name[0]) if name else getattr(sessions, action)(subject)
    print("did it")
except Refused as no:
    print("refused")
"""
STEPS: dict[str, Callable[[Life], None]] = {
    "start": Life.started,
    "refresh": Life.watched,
    "finish": Life.failed,
    "recover": Life.recovered,
    "cancel": Life.cancelled,
}
BEFORE = {
    "start": (),
    "refresh": ("start",),
    "finish": ("start",),
    "recover": ("start", "finish"),
    "cancel": ("start",),
}
