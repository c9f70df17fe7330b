"""A session manager over the virtual host: pipelines of scripted tasks that break until they are mended."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from bunsui.compiler import compile_pipeline
from bunsui.errors import NotFound
from bunsui.model.json import Json
from bunsui.model.machine import CompiledMachine
from bunsui.model.pipeline import Pipeline
from bunsui.model.session import Session
from bunsui.services.sessions.manager import SessionManager
from bunsui.services.wiring import Ports, Surroundings
from virtual.host import Host, Reply, TaskCall
from virtual.machines import VirtualMachines
from virtual.memory import MemoryObjects, MemoryTable


@dataclass
class NoFiles:
    """`code` is what lies at a place."""

    code: dict[str, str] = field(default_factory=dict)

    def read(self, address: str, limit: int) -> bytes:
        raise NotFound(address)

    def exists(self, path: str) -> bool:
        return False

    def digest(self, folders: Sequence[str]) -> str:
        return hashlib.sha256("".join(self.code.get(folder, "") for folder in folders).encode()).hexdigest()


_machines: dict[str, CompiledMachine] = {}


def _compiled(pipeline: Pipeline) -> CompiledMachine:
    """Once in all tests: that takes longer than to run it."""
    if pipeline.sha256 not in _machines:
        _machines[pipeline.sha256] = compile_pipeline(pipeline)
    return _machines[pipeline.sha256]


class World:
    """`broken` names operations, or (operation, item), that fail. `slow` ones take an hour."""

    def __init__(self) -> None:
        self.host = Host(self._behave)
        self.machines = VirtualMachines(self.host)
        self.table, self.objects, self.files = MemoryTable(), MemoryObjects(), NoFiles()
        self.broken: set[str | tuple[str, int]] = set()
        self.slow: set[str] = set()
        self.outputs: dict[str, Json] = {}  # instead of what is computed
        self.written: Pipeline | None = None  # the pipeline as it is in its file now
        self.known: dict[str, Pipeline] = {}
        self.ids = iter(f"{n:06}" for n in range(100_000))
        self.sessions = self.manager()

    def manager(self, owner: str = "ada") -> SessionManager:
        around = Surroundings(
            clock=lambda: self.host.now,
            sleep=self._sleep,
            chance=lambda count: next(self.ids),
            owner=owner,
            environ={"PATH": "/bin"},
            executable="/usr/bin/python3",
        )
        ports = Ports(self.table, self.objects, self.machines)
        return SessionManager(ports, _compiled, self.files, around, self._reread, self._load)

    def _sleep(self, seconds: float) -> None:
        self.host.drain(self.host.now + seconds)

    def _reread(self, session: Session, text: bytes) -> Pipeline | None:
        return self.known.get(session.definition_sha256)

    def _load(self, source: str) -> tuple[Pipeline, int | None]:
        if self.written is None:
            raise NotFound(f"there is no file {source!r}")
        return self.named(self.written), None

    def named(self, pipeline: Pipeline) -> Pipeline:
        text = repr(pipeline)
        named = replace(pipeline, text=text, sha256=hashlib.sha256(text.encode()).hexdigest(), source="some.yaml")
        self.known[named.sha256] = named
        return named

    def _behave(self, call: TaskCall) -> Reply:
        name = call.operation
        if name in self.broken or (call.item is not None and (name, call.item) in self.broken):
            return Reply(1.0, error="Task.Broken", cause=f"{name} is broken")
        if name in self.outputs:
            return Reply(1.0, self.outputs[name])
        return Reply(3600.0 if name in self.slow else 1.0, {"n": value(call.arguments)})

    def start(self, pipeline: Pipeline) -> Session:
        self.written = pipeline
        return self.sessions.start(self.named(pipeline), {})

    def settle(self, session: str) -> Session:
        """Let everything happen, slow tasks too."""
        self.host.drain()
        return self.sessions.refresh(session)

    def output(self, session: Session) -> Json:
        return self.machines.describe(session.executions[-1].arn).output


def value(arguments: Mapping[str, Any]) -> int:
    """What a task makes of what it is given."""
    return (arguments.get("plus", 1) + sum(arguments.get("from", ())) + arguments.get("item", 0)) % 9973
