"""Many programs on one home at the same moment, and the elected one killed: every command is carried out once."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from random import Random

import pytest
from processes import bunsui, engines, finished, supervisors, until

from bunsui.errors import BunsuiError
from bunsui.local.election import holder
from bunsui.local.home import Home
from bunsui.local.inbox import Inbox
from bunsui.local.verify import verify
from bunsui.settings import Settings
from bunsui.workspace import open_workspace

CODE = """
import pathlib, time
HERE = pathlib.Path(__file__).parent

def work(name, seconds=0):
    with open(HERE / "ran.txt", "a") as file:
        file.write(name + "\\n")
    time.sleep(seconds)
    return {}
"""
PIPELINE = """
version: 1
name: {name}
operations:
  a: {{python: {{call: "code_of:work"}}, with: {{name: {name}-a, seconds: 0.2}}}}
  b: {{python: {{call: "code_of:work"}}, with: {{name: {name}-b}}}}
  c: {{needs: [a], python: {{call: "code_of:work"}}, with: {{name: {name}-c}}}}
  d: {{needs: [a, b], python: {{call: "code_of:work"}}, with: {{name: {name}-d, seconds: 0.2}}}}
"""
NAMES = ("north", "east", "south", "west")


@pytest.fixture
def place(home: Path, tmp_path: Path) -> Iterator[Home]:
    (tmp_path / "code_of.py").write_text(CODE)
    for name in NAMES:
        (tmp_path / f"{name}.yaml").write_text(PIPELINE.format(name=name))
    yield Home(home)
    for pid in (*engines(Home(home)), *supervisors(Home(home))):
        subprocess.run(["kill", "-9", str(pid)], check=False)


def start_all(folder: Path) -> dict[int, tuple[str, subprocess.Popen[str]]]:
    """Every pipeline twice, under the same name; half of them in the background."""
    started = [
        (name, bunsui(folder, "run", f"{name}.yaml", "--name", name, *detached))
        for name in NAMES
        for detached in ((), ("--detach",))
    ]
    return {process.pid: (name, process) for name, process in started}


def kill_the_elected(home: Home, others: set[int]) -> int | None:
    """The engine that holds the lock, if it is none of those that were killed before; None when all has ended."""
    with suppress(BunsuiError, ValueError, OSError):
        pid = holder(home.lock)
        if pid and pid not in others:
            os.kill(pid, signal.SIGKILL)
            return pid
    return None


def all_at_once(home: Home, folder: Path, kills: int, chance: Random) -> None:
    processes = start_all(folder)
    killed: set[int] = set()
    for _ in range(kills):
        wanted = chance.randint(0, 12)  # tasks that ran by then
        until(lambda: len(ran(folder)) >= wanted, "tasks", 30)  # noqa: B023
        pid = until(lambda: kill_the_elected(home, killed) or _over(processes), "an engine to kill")
        killed.add(int(pid))
    for pid, (_, process) in processes.items():
        code, _, err = finished(process)
        assert code in ((-signal.SIGKILL,) if pid in killed else (0,)), err
    for name in NAMES:  # whoever was killed asks again
        code, _, err = finished(bunsui(folder, "run", f"{name}.yaml", "--name", name))
        assert code == 0, err
    check(home, folder)


def _over(processes: dict[int, tuple[str, subprocess.Popen[str]]]) -> bool:
    return all(process.poll() is not None for _, process in processes.values())


def ran(folder: Path) -> list[str]:
    path = folder / "ran.txt"
    return path.read_text().split() if path.exists() else []


def check(home: Home, folder: Path) -> None:
    assert sorted(ran(folder)) == sorted(f"{name}-{operation}" for name in NAMES for operation in "abcd")
    with open_workspace(Settings(home.path, "tester", 2), host_engine=False) as workspace:
        found = workspace.sessions.list().sessions
        assert {one.id: one.status.value for one in found} == dict.fromkeys(NAMES, "COMPLETED")
        assert all(len(one.executions) == 1 for one in found)
    assert [one for one in verify(home) if one.status != "ok"] == []
    assert Inbox(home).waiting() == []


def test_eight_programs_at_once_run_four_sessions_once_though_the_elected_are_killed(
    place: Home, tmp_path: Path
) -> None:
    all_at_once(place, tmp_path, 2, Random(2))


def test_of_many_who_want_one_name_for_different_inputs_one_gets_it(place: Home, tmp_path: Path) -> None:
    programs = [bunsui(tmp_path, "run", f"{name}.yaml", "--name", "mine") for name in NAMES]
    codes = [finished(program)[0] for program in programs]
    assert sorted(codes) == [0, 5, 5, 5]
    winner = NAMES[codes.index(0)]
    assert sorted(ran(tmp_path)) == [f"{winner}-{operation}" for operation in "abcd"]


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(40))
def test_many_programs_at_once_with_kills(place: Home, tmp_path: Path, seed: int) -> None:
    all_at_once(place, tmp_path, seed % 5, Random(seed))
