"""In-memory fakes of the ports: small enough to be seen right."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bunsui.errors import AlreadyExists, NotFound
from bunsui.model.history import Execution, HistoryEvent
from bunsui.model.json import Json
from bunsui.model.machine import CompiledMachine
from bunsui.model.pipeline import Operation, Pipeline, PythonTask
from bunsui.model.status import ExecutionStatus
from bunsui.ports import Answer
from bunsui.services.sessions.manager import SessionManager
from bunsui.services.wiring import Ports, Surroundings
from virtual.memory import MemoryObjects, MemoryTable


class FakeMachines:
    """Executions that a test drives by hand: `events` are what histories say."""

    def __init__(self) -> None:
        self.started: dict[str, Execution] = {}
        self.events: dict[str, list[HistoryEvent]] = {}
        self.answers: dict[str, Answer] = {}
        self.tokens: set[str] = set()
        self.before_start: Callable[[], None] = lambda: None
        self.deployed: list[CompiledMachine] = []

    def deploy(self, machine: CompiledMachine) -> str:
        self.deployed.append(machine)
        return f"machine:{machine.name}:{machine.sha256}"

    def start(self, machine_arn: str, name: str, input: Json) -> str:
        self.before_start()
        there = self.started.get(f"arn:{name}")
        if there and there.input != input:
            raise AlreadyExists(f"execution {name} exists")
        if not there:
            at = datetime(2026, 1, 1, tzinfo=UTC)
            self.started[f"arn:{name}"] = Execution(
                f"arn:{name}", name, machine_arn, ExecutionStatus.RUNNING, at, input=input
            )
            self.events[f"arn:{name}"] = [HistoryEvent(1, 0, "ExecutionStarted", 1.0, {"input": input})]
        return f"arn:{name}"

    def happen(self, execution: str, type: str, **details: object) -> None:
        events = self.events[f"arn:{execution}"]
        id = len(events) + 1
        events.append(HistoryEvent(id, id - 1, type, float(id), dict(details)))  # type: ignore[arg-type]

    def ran(self, name: str, operation: str, record: Json) -> None:
        self.happen(name, "TaskStateEntered", name=operation)
        self.happen(name, "TaskStateExited", name=operation, output={operation: record})

    def end(self, name: str, status: ExecutionStatus, error: str | None = None, cause: str | None = None) -> None:
        self.happen(name, f"Execution{status.value.title().replace('_', '')}")
        ended = datetime(2026, 1, 2, tzinfo=UTC)
        there = self.started[f"arn:{name}"]
        self.started[f"arn:{name}"] = replace(there, status=status, ended=ended, error=error, cause=cause)

    def stop(self, arn: str, error: str, cause: str) -> Sequence[str]:
        if self.describe(arn).status is ExecutionStatus.RUNNING:
            self.end(self.started[arn].name, ExecutionStatus.ABORTED, error, cause)
        return ()

    def redrive(self, arn: str) -> None:
        raise NotImplementedError

    def describe(self, arn: str) -> Execution:
        if arn not in self.started:
            raise NotFound(f"no execution {arn}")
        return self.started[arn]

    def history(self, arn: str, after: int = 0) -> Iterator[HistoryEvent]:
        self.describe(arn)
        return iter([event for event in self.events[arn] if event.id > after])

    def children(self, arn: str) -> Sequence[str]:
        return ()

    def forget(self, arns: Sequence[str]) -> None:
        for arn in arns:
            self.started.pop(arn, None)

    def answer(self, token: str, answer: Answer) -> None:
        if token not in self.tokens:
            raise NotFound(f"nothing waits for {token}")
        self.tokens.remove(token)
        self.answers[token] = answer


class FakeFiles:
    def __init__(self) -> None:
        self.texts: dict[str, bytes] = {}

    def read(self, address: str, limit: int) -> bytes:
        if address not in self.texts:
            raise NotFound(f"no file {address}")
        return self.texts[address]

    def digest(self, folders: Sequence[str]) -> str:
        return "code-of-" + ",".join(folders)

    def exists(self, path: str) -> bool:
        return path in self.texts


class FakeTime:
    """A clock that moves only when somebody sleeps; `during` is what else happens meanwhile."""

    def __init__(self) -> None:
        self.now = 1_767_225_600.0  # 2026-01-01T00:00:00Z
        self.during: list[Callable[[], None]] = []

    def sleep(self, seconds: float) -> None:
        self.now += seconds
        if self.during:
            self.during.pop(0)()


class World:
    """Everything that a session manager holds, for tests to look at and to push."""

    def __init__(self) -> None:
        self.table, self.objects, self.machines = MemoryTable(), MemoryObjects(), FakeMachines()
        self.files, self.time = FakeFiles(), FakeTime()
        self.ports = Ports(self.table, self.objects, self.machines)
        self.around = Surroundings(
            clock=lambda: self.time.now,
            sleep=self.time.sleep,
            chance=self._chance,
            owner="ada",
            environ={"PATH": "/bin"},
            executable="/usr/bin/python3",
        )
        self.dice = iter(["aaaaaa", "bbbbbb", "cccccc", "dddddd"])
        self.sessions = self.manager()

    def _chance(self, count: int) -> str:
        return next(self.dice)[:count]

    def manager(self, owner: str = "ada") -> SessionManager:
        return SessionManager(self.ports, compiled, self.files, replace(self.around, owner=owner))


def compiled(pipeline: Pipeline) -> CompiledMachine:
    return CompiledMachine(pipeline.name, {"StartAt": "a"}, "{}", pipeline.sha256, folder=pipeline.folder)


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def pipeline() -> Pipeline:
    operations = {
        "a": Operation("a", PythonTask("m:a")),
        "b": Operation("b", PythonTask("m:b"), needs=("a",)),
    }
    folder = str(Path("/srv/flights"))
    return Pipeline("flights", operations, source="flights.yaml", folder=folder, text="name: flights", sha256="f00d")
