"""SIGKILL the engine after a journal row, with real worker processes: the outcome is equal and nothing ran twice."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest
import scenario

from bunsui.local.home import Home, open_home
from bunsui.local.inbox import Inbox
from bunsui.local.reading import EngineReader
from bunsui.local.verify import verify
from bunsui.model.status import ExecutionStatus

ENGINE = Path(__file__).with_name("engine_process.py")


def engine(home: Home, *arguments: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, str(ENGINE), str(home.path), *arguments])


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = open_home(tmp_path / "home")
    scenario.prepare(home, tmp_path / "code")
    return home


def check(home: Home, code: Path) -> None:
    execution = EngineReader(home).describe(scenario.ARN)
    assert (execution.status, execution.output) == (ExecutionStatus.SUCCEEDED, scenario.OUTPUT)
    assert scenario.runs(code) == scenario.RUNS
    assert {found.status for found in verify(home)} == {"ok"}
    assert Inbox(home).waiting() == []


def killed_after(home: Home, row: int) -> int:
    first = engine(home, str(row)).wait(60)
    assert engine(home).wait(60) == 0
    return first


@pytest.mark.parametrize("row", [1, 4, 7, 10, 13, 16])
def test_an_engine_killed_at_a_row_goes_on_where_it_was(home: Home, tmp_path: Path, row: int) -> None:
    assert killed_after(home, row) == -signal.SIGKILL
    check(home, tmp_path / "code")


@pytest.mark.soak
@pytest.mark.parametrize("row", range(1, 22))
def test_an_engine_killed_at_any_row_goes_on_where_it_was(home: Home, tmp_path: Path, row: int) -> None:
    assert killed_after(home, row) in (-signal.SIGKILL, 0)  # it has fewer rows when branches meet otherwise
    check(home, tmp_path / "code")


def test_an_engine_killed_again_and_again_gets_there(home: Home, tmp_path: Path) -> None:
    for _ in range(40):
        if engine(home, "3").wait(60) == 0:
            break
    check(home, tmp_path / "code")


def test_many_engines_at_once_carry_out_every_command_once(home: Home, tmp_path: Path) -> None:
    engines = [engine(home) for _ in range(4)]
    assert [process.wait(60) for process in engines] == [0, 0, 0, 0]
    check(home, tmp_path / "code")
