"""SIGKILL after a journal row, with real worker processes: the outcome is equal, nothing completed runs again."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
import scenario
from engine_process import supervisors

from bunsui.local.home import Home, open_home
from bunsui.local.inbox import Inbox
from bunsui.local.reading import EngineReader
from bunsui.local.verify import verify
from bunsui.model.status import ExecutionStatus

ENGINE = Path(__file__).with_name("engine_process.py")
ROWS = range(1, 22)  # the scenario has about so many


def engine(home: Home, *arguments: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, str(ENGINE), str(home.path), *arguments])


@pytest.fixture
def prepared(tmp_path: Path) -> Iterator[Home]:
    home = open_home(tmp_path / "home")
    scenario.prepare(home, tmp_path / "code")
    yield home
    for pid in supervisors(home):
        with suppress(ProcessLookupError):
            subprocess.run(["kill", str(pid)], check=False)


def check(home: Home) -> None:
    execution = EngineReader(home).describe(scenario.ARN)
    assert (execution.status, execution.output) == (ExecutionStatus.SUCCEEDED, scenario.OUTPUT)
    assert [found for found in verify(home) if found.status != "ok"] == []
    assert Inbox(home).waiting() == []


def extra_runs(home: Home) -> Counter[str]:
    ran, expected = Counter(scenario.runs(home.path.parent / "code")), Counter(scenario.RUNS)
    assert expected <= ran
    return ran - expected


def killed_engine(home: Home, row: int, victims: str = "engine") -> int:
    first = engine(home, str(row), victims).wait(60)
    assert engine(home).wait(60) == 0
    return first


@pytest.mark.parametrize("row", [1, 4, 7, 10, 13, 16])
def test_an_engine_killed_at_a_row_goes_on_where_it_was(prepared: Home, row: int) -> None:
    assert killed_engine(prepared, row) == -signal.SIGKILL
    check(prepared)
    assert not extra_runs(prepared)


@pytest.mark.parametrize("row", [2, 8, 14])
def test_engine_and_supervisor_killed_at_a_row_repeat_only_what_was_not_recorded(prepared: Home, row: int) -> None:
    assert killed_engine(prepared, row, "both") == -signal.SIGKILL
    check(prepared)
    assert set(extra_runs(prepared).values()) <= {1}


@pytest.mark.parametrize("row", [3, 9, 12])
def test_an_engine_outlives_its_supervisor(prepared: Home, row: int) -> None:
    assert engine(prepared, str(row), "supervisor").wait(60) == 0
    check(prepared)
    assert set(extra_runs(prepared).values()) <= {1}


@pytest.mark.soak
@pytest.mark.parametrize("victims", ["engine", "both", "supervisor"])
@pytest.mark.parametrize("row", ROWS)
def test_a_kill_at_any_row_changes_no_outcome(prepared: Home, row: int, victims: str) -> None:
    assert killed_engine(prepared, row, victims) in (-signal.SIGKILL, 0)  # it has fewer rows when branches meet
    check(prepared)
    assert set(extra_runs(prepared).values()) <= (set() if victims == "engine" else {1})


def test_an_engine_killed_again_and_again_gets_there(prepared: Home) -> None:
    for _ in range(40):
        if engine(prepared, "3").wait(60) == 0:
            break
    check(prepared)
    assert not extra_runs(prepared)


def test_many_engines_at_once_carry_out_every_command_once(prepared: Home) -> None:
    engines = [engine(prepared) for _ in range(4)]
    assert [process.wait(60) for process in engines] == [0, 0, 0, 0]
    check(prepared)
    assert not extra_runs(prepared)
