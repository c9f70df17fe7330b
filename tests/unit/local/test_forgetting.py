"""What a purge leaves of engine.db: everything that other executions need, and nothing else."""

from __future__ import annotations

import json
import secrets
import sqlite3
import time
from collections.abc import Iterator

import pytest

from bunsui.local import forgetting
from bunsui.local.database import transaction
from bunsui.local.forgetting import shrink
from bunsui.local.home import Home, open_home
from bunsui.local.host import EngineHost
from bunsui.local.journal import Journal
from bunsui.local.state_machines import LocalStateMachines
from bunsui.local.verify import verify
from bunsui.model.machine import CompiledMachine
from bunsui.model.status import ExecutionStatus
from bunsui.settings import Settings

DEFINITION = {
    "QueryLanguage": "JSONata",
    "StartAt": "a",
    "States": {
        "a": {"Type": "Pass", "Output": "{% $merge([$states.input, {'a': 1}]) %}", "Next": "b"},
        "b": {"Type": "Pass", "Output": "{% $merge([$states.input, {'b': 2}]) %}", "End": True},
    },
}


class NoTasks:
    def start(self, deliver: object) -> frozenset[str]:
        return frozenset()

    def __getattr__(self, name: str):
        return lambda *given: None


@pytest.fixture
def opened(home) -> Home:
    return open_home(home)


@pytest.fixture
def machines(opened) -> Iterator[LocalStateMachines]:
    host = EngineHost(opened, Settings(opened.path, "me", 1), supervisor=NoTasks)
    yield (made := LocalStateMachines(opened, host))
    made.close()
    host.stop()


def run(machines: LocalStateMachines, name: str, text: str) -> str:
    machine = CompiledMachine("flow", DEFINITION, json.dumps(DEFINITION), "", {})
    arn = machines.start(machines.deploy(machine), name, {"text": text})
    while machines.describe(arn).status is ExecutionStatus.RUNNING:
        time.sleep(0.005)
    return arn


def count(home: Home, table: str) -> int:
    with sqlite3.connect(home.engine) as connection:
        return int(connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0])


def test_payloads_that_others_refer_to_stay(machines, opened) -> None:
    shared, own = "x" * 5000, "y" * 5000
    gone = [run(machines, "one", shared), run(machines, "two", own)]
    kept = run(machines, "three", shared)
    before, history = count(opened, "payloads"), list(machines.history(kept))
    machines.forget(gone)
    assert 0 < count(opened, "payloads") < before
    assert list(machines.history(kept)) == history
    assert machines.describe(kept).output == {"text": shared, "a": 1, "b": 2}
    assert [count(opened, table) for table in ("executions", "snapshots")] == [1, 0]


def test_a_payload_that_went_is_written_again(machines, opened) -> None:
    text = "x" * 5000
    machines.forget([run(machines, "one", text)])
    assert count(opened, "payloads") == 0
    again = run(machines, "two", text)
    assert machines.describe(again).output == {"text": text, "a": 1, "b": 2}
    assert [event.id for event in machines.history(again)][-1] == len(list(machines.history(again)))


def test_payloads_are_looked_through_only_when_much_has_gone(machines, opened) -> None:
    for number in range(10):
        run(machines, f"kept-{number}", "x" * 5000)
    before = count(opened, "payloads")
    machines.forget([run(machines, "gone", "y" * 5000)])
    assert count(opened, "payloads") > before
    machines.forget([run(machines, f"gone-{number}", "y" * 5000) for number in range(3)])
    assert count(opened, "payloads") == before


def test_what_is_left_can_be_verified(machines, opened) -> None:
    kept = run(machines, "kept", "x" * 5000)
    machines.forget([run(machines, "gone", "x" * 5000)])
    assert kept
    assert {check.status for check in verify(opened)} == {"ok"}


def test_the_file_gives_back_what_was_forgotten(opened, machines) -> None:
    with sqlite3.connect(opened.engine) as connection:
        arns = [run(machines, f"r{number}", secrets.token_hex(100_000)) for number in range(9)]
        connection.execute("PRAGMA wal_checkpoint(PASSIVE)")
        before = opened.engine.stat().st_size
        machines.forget(arns[1:])
        until = time.monotonic() + 30
        while opened.engine.stat().st_size > before // 2 and time.monotonic() < until:
            time.sleep(0.01)
            connection.execute("PRAGMA wal_checkpoint(PASSIVE)")
    assert opened.engine.stat().st_size < before // 2
    assert len(json.dumps(machines.describe(arns[0]).output)) > 200_000
    assert run(machines, "after", "as ever")


def test_nobody_waits_while_the_file_is_written_anew(opened, machines, monkeypatch) -> None:
    monkeypatch.setattr(forgetting, "_STEPS", 1)
    for number in range(9):
        run(machines, f"r{number}", secrets.token_hex(100_000))
    journal = Journal(opened)
    with transaction(journal.connection) as connection:
        connection.execute("DELETE FROM payloads")
    free = journal.connection.execute("PRAGMA freelist_count").fetchone()[0]
    shrink(journal, lambda: True)
    assert journal.connection.execute("PRAGMA freelist_count").fetchone()[0] == free > 0
    shrink(journal, lambda: False)
    assert journal.connection.execute("PRAGMA freelist_count").fetchone()[0] == 0
    journal.close()
