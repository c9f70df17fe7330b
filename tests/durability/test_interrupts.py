"""Ctrl-C, hang-ups and cancels while tasks of every kind run: their processes end, or go on, all of them."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from processes import PATIENCE, bunsui, engines, finished, supervisors, tasks, until

from bunsui.local.election import holder
from bunsui.local.home import Home
from bunsui.settings import Settings
from bunsui.workspace import Workspace, open_workspace

# Each starts a child that nobody waits for, writes down both, and goes on when it may.
CODE = """
import os, pathlib, subprocess, sys, time
HERE = pathlib.Path(__file__).parent

def quick():
    note("quick")
    return {}

def note(*words):
    with open(HERE / "ran.txt", "a") as file:
        file.write(" ".join(map(str, words)) + "\\n")

def stays(name):
    child = subprocess.Popen(["sleep", "600"])
    note(name, os.getpid(), child.pid)
    while not (HERE / "gate").exists():
        time.sleep(0.02)
    child.kill()
    return {}

if __name__ == "__main__":
    import signal
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    stays("command")
"""
PIPELINE = """
version: 1
name: stays
operations:
  quick: {{python: {{call: "code_of:quick"}}}}
  function: {{needs: [quick], python: {{call: "code_of:stays"}}, with: {{name: function}}}}
  command: {{needs: [quick], command: {{run: ["{python}", code_of.py]}}}}
  nested: {{needs: [quick], pipeline: {{file: inner.yaml}}}}
  last: {{needs: [function, command, nested], python: {{call: "code_of:quick"}}}}
"""
INNER = """
version: 1
name: inner
operations:
  one: {for_each: [1], python: {call: "code_of:stays"}, with: {name: nested}}
"""


class Place:
    """A project whose tasks stay, its home, and a look at both."""

    def __init__(self, home: Home, folder: Path, workspace: Workspace) -> None:
        self.home, self.folder, self.workspace = home, folder, workspace
        (folder / "code_of.py").write_text(CODE)
        (folder / "stays.yaml").write_text(PIPELINE.format(python=sys.executable))
        (folder / "inner.yaml").write_text(INNER)

    def started(self, deadly: tuple[str, str] | None = None) -> subprocess.Popen[str]:
        """The program, once all of its tasks run."""
        process = bunsui(self.folder, "run", "stays.yaml", "--name", "mine", deadly=deadly)
        until(lambda: len(self.ran()) == 4 or process.poll() is not None, "four tasks")
        assert process.poll() is None
        return process

    def ran(self) -> list[str]:
        path = self.folder / "ran.txt"
        return [line.split()[0] for line in path.read_text().splitlines()] if path.exists() else []

    def left(self, first: int = 1) -> list[int]:
        """Processes of the tasks that live; with 2, those that tasks started."""
        lines = (self.folder / "ran.txt").read_text().splitlines()
        pids = [int(word) for line in lines for word in line.split()[first:]]
        return [pid for pid in pids if _lives(pid)]

    def statuses(self) -> dict[str, str]:
        return {one.name: one.status.value for one in self.workspace.sessions.status("mine").operations}

    def goes_on(self, *command: str) -> None:
        """Open the gate, and it ends as if nothing had been."""
        (self.folder / "gate").touch()
        code, _, err = finished(bunsui(self.folder, *command))
        assert code == 0, err
        assert self.workspace.sessions.wait("mine", PATIENCE).status == "COMPLETED"
        assert self.ran().count("quick") == 2
        until(lambda: not self.left(2), "the end of what tasks started")


def _lives(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


@pytest.fixture
def place(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    monkeypatch.setenv("BUNSUI_WORKERS", "4")
    with open_workspace(Settings(home, "tester", 2), host_engine=False) as workspace:
        yield Place(Home(home), tmp_path, workspace)
    for pid in (*engines(Home(home)), *supervisors(Home(home)), *tasks(Home(home))):
        subprocess.run(["kill", "-9", str(pid)], check=False)


CUT_OFF = {
    "quick": "SUCCEEDED",
    **dict.fromkeys(["function", "command", "nested", "nested.one", "last"], "CANCELLED"),
}


def test_a_second_interrupt_ends_every_process_of_every_task(place: Place) -> None:
    process = place.started()
    assert len(place.left()) == 6
    process.send_signal(signal.SIGINT)
    assert process.stderr is not None
    until(lambda: "Ctrl-C again" in process.stderr.readline(), "the offer to cancel")
    process.send_signal(signal.SIGINT)
    code, _, err = finished(process)
    assert (code, "CANCELLED" in err) == (130, True)
    assert place.workspace.sessions.get("mine").status == "CANCELLED"
    assert place.statuses() == CUT_OFF
    until(lambda: not place.left(), "the end of every process")
    place.goes_on("session", "resume", "mine")


def test_a_cancel_reaches_tasks_though_the_engine_dies_right_after_it_was_recorded(place: Place) -> None:
    process = place.started(("engine", str(place.folder / "die")))
    (place.folder / "die").touch()
    code, _, err = finished(bunsui(place.folder, "session", "cancel", "mine", "--yes"))
    assert code == 0, err
    assert finished(process)[0] == -signal.SIGKILL
    assert place.workspace.sessions.wait("mine", PATIENCE).status == "CANCELLED"
    until(lambda: not place.left(), "the end of every process")
    assert place.statuses() == CUT_OFF
    place.goes_on("session", "resume", "mine")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_run_that_is_told_to_go_hands_its_work_on(place: Place, number: signal.Signals) -> None:
    process = place.started()
    process.send_signal(number)
    code, _, err = finished(process)
    assert code == 130
    assert "bunsui session watch mine" in err
    other = until(lambda: holder(place.home.lock), "another engine")
    assert other != process.pid
    assert other in engines(place.home)
    assert len(place.left()) == 6
    place.goes_on("session", "watch", "mine")
    assert sorted(place.ran()) == sorted(["quick", "quick", "function", "command", "nested"])


def test_a_run_that_is_killed_leaves_its_tasks_to_whoever_looks(place: Place) -> None:
    process = place.started()
    process.kill()
    finished(process)
    place.goes_on("session", "watch", "mine")
    assert sorted(place.ran()) == sorted(["quick", "quick", "function", "command", "nested"])
