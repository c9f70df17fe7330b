"""An engine with a supervisor in memory, driven turn by turn, and the machines that its tests run."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from bunsui.local import machines
from bunsui.local.commands import carry_out
from bunsui.local.declarations import Declarations
from bunsui.local.engine import Engine, Job
from bunsui.local.home import Home
from bunsui.local.journal import Journal
from bunsui.local.launch import Launch, Outcome, Report
from bunsui.local.marks import Marks
from bunsui.local.objects import FolderObjectStore
from bunsui.local.reading import EngineReader
from bunsui.local.replies import value_of
from bunsui.local.table import SqliteTable
from bunsui.model.machine import CompiledMachine, FunctionResource, Resource

INVOKE = "arn:aws:states:::lambda:invoke"


class FakeSupervisor:
    """Runs nothing: a test says what becomes of the launches."""

    def __init__(self) -> None:
        self.launched: list[Launch] = []
        self.cancelled: list[str] = []
        self.acknowledged: list[str] = []
        self.spool: list[Report] = []
        self.running: set[str] = set()

    def ear(self) -> None:
        return None

    def start(self, deliver: Callable[[Report], None]) -> frozenset[str]:
        for report in self.spool:
            deliver(report)
        return frozenset(self.running) | {report.id for report in self.spool if isinstance(report, Outcome)}

    def launch(self, launches: Sequence[Launch]) -> None:
        self.launched += launches

    def cancel(self, ids: Sequence[str]) -> None:
        self.cancelled += ids

    def acknowledge(self, ids: Sequence[str]) -> None:
        self.acknowledged += ids

    def stop(self) -> None:
        pass


class Bench:
    """An engine, its supervisor and a clock, as a test sees them."""

    def __init__(self, home: Home) -> None:
        self.home = home
        self.supervisor = FakeSupervisor()
        self.told: list[tuple[str, Any]] = []
        self.now = 1000.0
        self.open()

    def open(self) -> None:
        self.journal = Journal(self.home)
        self.table = SqliteTable(self.home)
        marks = Marks(self.table, lambda: self.now)
        objects = FolderObjectStore(self.home.objects)
        self.engine = Engine(
            self.journal,
            self.supervisor,
            objects,
            marks,
            Declarations(self.journal, self.home.functions),
            lambda _, arn, e: self.told.append((arn, e)),
            lambda: self.now,
        )
        self.reader = EngineReader(self.home, lambda: self.now)
        self.engine.start()

    def crash(self) -> None:
        """Another engine takes over; nothing is said to the old one."""
        self.supervisor = FakeSupervisor()
        self.open()

    def settle(self) -> None:
        while self.engine.turn():
            pass

    def command(self, kind: str, **body: Any) -> Any:
        replies: list[Mapping[str, Any]] = []
        self.engine.put(Job(lambda steps: replies.append(carry_out(steps, kind, body)), lambda: None, _raise))
        self.settle()
        return value_of(replies[-1])

    def start(self, machine: CompiledMachine, name: str = "run-1", input: Any = None) -> str:
        arn = self.command("deploy", **machines.body_of(machine))
        return self.command("start", machine=arn, name=name, input={} if input is None else input)

    def finish(self, output: Any = None, error: str | None = None, cause: str | None = None) -> None:
        launch = self.supervisor.launched.pop(0)
        self.engine.put(Outcome(launch.id, output, error, cause))
        self.settle()

    def types(self, arn: str) -> list[str]:
        return [event.type for event in self.reader.history(arn)]


def _raise(error: Exception) -> None:
    raise error


def compiled(states: dict[str, Any], resources: dict[str, Resource] | None = None, **more: Any) -> CompiledMachine:
    definition = {"QueryLanguage": "JSONata", "StartAt": next(iter(states)), "States": states, **more}
    text = json.dumps(definition)
    digest = hashlib.sha256(text.encode()).hexdigest()
    return CompiledMachine("flow", definition, text, digest, resources or {}, folder="/srv")


def task(function: str = "${Function_a}", **more: Any) -> dict[str, Any]:
    context = {"session": "s", "operation": "a", "item": None, "generation": 0, "attempt": "1.0.0", "key": "s/a/-/0"}
    return {
        "Type": "Task",
        "Resource": INVOKE,
        "Arguments": {"FunctionName": function, "Payload": {"bunsui": context, "with": {"n": 1}}},
        "Output": "{% $states.result.Payload %}",
        **({"End": True} if "Next" not in more else {}),
        **more,
    }


ONE_TASK = compiled({"a": task()}, {"Function_a": FunctionResource("m.f", "code", env={"A": "1"})})
