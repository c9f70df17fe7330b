"""A home whose sessions went the same way on every machine: the real services, in virtual time, with scripted tasks."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import orjson
import pytest

from bunsui.model.log import attempt_prefix, chunk_key
from bunsui.model.session import Session
from bunsui.services.wiring import Backend, Ports, Surroundings
from bunsui.settings import Settings
from bunsui.tui.app import BunsuiApp
from bunsui.workspace import Workspace
from virtual.host import Host, Reply, TaskCall
from virtual.machines import VirtualMachines
from virtual.memory import MemoryObjects, MemoryTable

BEGIN = 1_762_142_400.0  # 2025-11-03 04:00 UTC
ORDERS = """\
version: 1
name: orders
description: Orders of the day, cleaned by region and loaded
params:
  day: {type: string, default: "2025-11-03", description: Which day}
operations:
  extract: {python: {call: "orders:extract"}, with: {day: "{% $params.day %}"}, timeout: 5m}
  rates: {python: {call: "orders:rates"}}
  clean:
    needs: [extract]
    for_each: "{% $extract.regions %}"
    python: {call: "orders:clean"}
    with: {region: "{% $item %}"}
    retry: {max_attempts: 3, interval: 2s}
  load: {needs: [clean, rates], python: {call: "orders:load"}}
  check: {needs: [load], python: {call: "orders:check"}}
  publish: {needs: [check], python: {call: "orders:publish"}}
outputs: {rows: "{% $load.rows %}"}
"""
RELEASE = """\
version: 1
name: release
operations:
  build: {python: {call: "release:build"}}
  approve: {needs: [build], approval: {message: "Publish 通貨 rates of November?"}}
  publish: {needs: [approve], python: {call: "release:publish"}}
"""
TOOK = {"extract": 42.0, "rates": 8.0, "clean": 30.0, "load": 95.0, "check": 12.0, "publish": 4.0, "build": 20.0}
OUTPUTS: dict[str, Any] = {
    "extract": {"regions": ["north", "south", "東京", "west"], "rows": 18_240},
    "rates": {"EUR": 1.08, "JPY": 151.2},
    "load": {"rows": 18_199, "table": "warehouse.fact_orders"},
}
CAUSE = {
    "errorType": "IntegrityError",
    "errorMessage": 'duplicate key value violates unique constraint "fact_orders_pkey": order 7741 (注文)',
    "stackTrace": ['  File "orders.py", line 88, in load\n    cursor.copy(rows)\n'],
}


class Recorded:
    def __init__(self, folder: Path, patch: pytest.MonkeyPatch) -> None:
        self.host = Host(self._behave)
        self.host.now = BEGIN
        self._objects, table = MemoryObjects(), MemoryTable()
        self._broken = False
        self._ports = Ports(table, self._objects, VirtualMachines(self.host))
        self._patch = patch
        self.settings = Settings(folder / "home", "ana", 4)
        self._numbers = iter(range(10_000))
        self._tries: dict[object, int] = {}
        for name, text in {"orders.yaml": ORDERS, "release.yaml": RELEASE}.items():
            (folder / name).write_text(text, encoding="utf-8")
        self.workspace = self.open("ana")

    def open(self, owner: str) -> Workspace:
        around = Surroundings(
            lambda: self.host.now, self._sleep, self._chance, owner, {"PATH": "/bin"}, "/usr/bin/python3"
        )
        self._patch.setattr("bunsui.workspace.surroundings", lambda _: around)
        backend = Backend(self._ports, channel=_Silent(), leave=_nothing, close=_nothing, engine_process=lambda: 4711)
        return Workspace(self.settings, lambda _: backend)

    def app(self) -> BunsuiApp:
        return BunsuiApp(lambda: self.open("ana"), environ={})

    def _sleep(self, seconds: float) -> None:
        """Whoever watches waits; nothing happens meanwhile."""
        time.sleep(seconds)

    def _chance(self, count: int) -> str:
        return f"{next(self._numbers):0{count}}"[-count:]

    def _behave(self, call: TaskCall) -> Reply:
        key = (call.context.get("session"), call.operation, call.item)
        self._tries[key] = number = self._tries.get(key, 0) + 1
        slow = 1 + 0.1 * (len(self.host.runs) % 4) + 0.2 * (call.item or 0)
        seconds = TOOK.get(call.operation, 5.0) * slow
        self._log(call, number, [f"begin {call.operation}", f"{call.operation}: 4,560 rows 件 in {seconds:.0f} s"])
        if call.operation == "approve":
            return Reply(never=True)
        if call.operation == "clean" and call.item == 2 and number == 1:
            return Reply(3.0, error="ConnectionResetError", cause=json.dumps({"errorMessage": "reset by peer"}))
        if call.operation == "load" and self._broken:
            said = ["Traceback (most recent call last):", f"IntegrityError: {CAUSE['errorMessage']}"]
            self._log(call, number, said, "ERROR")
            return Reply(seconds, error="IntegrityError", cause=json.dumps(CAUSE, ensure_ascii=False))
        return Reply(seconds, OUTPUTS.get(call.operation, {"ok": True}))

    def _log(self, call: TaskCall, tried: int, messages: list[str], level: str = "INFO") -> None:
        if "session" not in call.context:
            return
        session, attempt = call.context["session"], f"1.0.{tried - 1}"
        prefix = attempt_prefix(session, call.operation, call.item, attempt)
        common = {"session": session, "operation": call.operation, "item": call.item, "attempt": attempt}
        lines = [
            {"time": call.at + 0.5 * at, "level": level, **common, "stream": "stdout", "message": message}
            for at, message in enumerate(messages)
        ]
        number = 1 + sum(key.startswith(prefix) for key in self._objects.blobs)
        self._objects.put(chunk_key(prefix, number), b"".join(orjson.dumps(line) + b"\n" for line in lines))

    def run(self, source: str, name: str, owner: str = "ana", *, broken: bool = False, after: float = 600.0) -> Session:
        """Started, and let go on for so many seconds."""
        self._broken = broken
        workspace = self.open(owner)
        workspace.run(source, name=name)
        self.host.drain(self.host.now + after)
        return workspace.sessions.refresh(name)


class _Silent:
    """Alerts go nowhere."""

    def send(self, *_: object) -> None: ...


def _nothing() -> None: ...


@contextmanager
def recorded(folder: Path) -> Iterator[Recorded]:
    """Sessions that completed, one that failed, one that asks and one in its middle; then time stands still."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setenv("TZ", "UTC")
        time.tzset()
        home = Recorded(folder, patch)
        for number in range(4):
            home.run("orders.yaml", f"orders-2025110{number}-good{number}", "ben" if number % 2 else "ana")
        home.run("orders.yaml", "orders-20251103-failed", broken=True)
        home.run("release.yaml", "release-20251103-asking", "ben", after=300)
        home.run("orders.yaml", "orders-20251103-middle", after=100)
        patch.setattr(time, "time", lambda: home.host.now)
        yield home
    time.tzset()
