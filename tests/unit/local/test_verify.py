"""The doctor's replay and backup of a local home."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from bunsui.errors import Refused
from bunsui.local.database import connect
from bunsui.local.home import Home, open_home
from bunsui.local.host import EngineHost
from bunsui.local.inbox import Inbox
from bunsui.local.launch import Launch, Outcome, Report
from bunsui.local.machines import body_of
from bunsui.local.objects import FolderObjectStore
from bunsui.local.reading import EngineReader
from bunsui.local.verify import backup, verify
from bunsui.model.machine import CompiledMachine, FunctionResource
from bunsui.settings import Settings

STATES = {
    "QueryLanguage": "JSONata",
    "StartAt": "a",
    "States": {
        "a": {
            "Type": "Task",
            "Resource": "arn:aws:states:::lambda:invoke",
            "Arguments": {"FunctionName": "${Function_a}", "Payload": {"random": "{% $random() %}"}},
            "Retry": [{"ErrorEquals": ["States.ALL"], "IntervalSeconds": 1, "JitterStrategy": "FULL"}],
            "Output": {"big": "{% $states.result.Payload.text %}", "id": "{% $uuid() %}"},
            "End": True,
        }
    },
}
ARN = "arn:aws:states:local:000000000000:stateMachine:flow:1"


class FailsOnce:
    def ear(self) -> None:
        return None

    def start(self, deliver: Callable[[Report], None]) -> frozenset[str]:
        self._deliver, self._failed = deliver, False
        return frozenset()

    def launch(self, launches: Sequence[Launch]) -> None:
        for launch in launches:
            good = Outcome(launch.id, {"text": "x" * 5000})
            self._deliver(good if self._failed else Outcome(launch.id, error="Once", cause="y" * 2000))
            self._failed = True

    def cancel(self, ids: Sequence[str]) -> None: ...

    def acknowledge(self, ids: Sequence[str]) -> None: ...

    def stop(self) -> None: ...


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = open_home(tmp_path / "home")
    machine = CompiledMachine("flow", STATES, json.dumps(STATES), "", {"Function_a": FunctionResource("m.f", "c")})
    inbox = Inbox(home)
    inbox.send("deploy", body_of(machine))
    inbox.send("start", {"machine": ARN, "name": "run-1", "input": {"seeded": True}})
    EngineHost(home, Settings(home.path, "me", 2), supervisor=FailsOnce).run_until_idle()
    return home


def change(home: Home, sql: str) -> None:
    connection = connect(home.engine)
    connection.execute(sql)
    connection.close()


def test_a_sound_home_replays_equal(home: Home) -> None:
    checks = verify(home)
    assert [check.status for check in checks] == ["ok", "ok", "ok"], checks
    assert "1 executions, 4 steps" in checks[-1].detail


def test_a_changed_row_is_found(home: Home) -> None:
    change(home, "UPDATE journal SET input = CAST(replace(CAST(input AS TEXT), 'Once', 'Else') AS BLOB)")
    assert [check.status for check in verify(home)] == ["ok", "ok", "error"]


def test_a_missing_row_is_found(home: Home) -> None:
    change(home, "DELETE FROM journal WHERE seq = 2")
    assert "row 2 is missing" in verify(home)[-1].detail


def test_a_backup_is_a_home_of_its_own(home: Home, tmp_path: Path) -> None:
    FolderObjectStore(home.objects).put("logs/x", b"line")
    checks = backup(home, tmp_path / "copy")
    assert [check.status for check in checks] == ["ok"]
    copy = open_home(tmp_path / "copy")
    assert FolderObjectStore(copy.objects).get("logs/x") == b"line"
    assert EngineReader(copy).open_count() == 0
    assert [check.status for check in verify(copy)] == ["ok", "ok", "ok"]


def test_a_backup_never_overwrites(home: Home, tmp_path: Path) -> None:
    with pytest.raises(Refused, match="exists already"):
        backup(home, tmp_path)
