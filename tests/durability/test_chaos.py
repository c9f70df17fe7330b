"""Many sessions with failures of all kinds, automatic recovery on, while engines and supervisors are killed at random
and the disk is full now and then: every end is the one told beforehand, every alert one, no line of a log lost.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random

import pytest
from processes import engines, supervisors, tasks

from bunsui.local.home import Home
from bunsui.local.verify import verify
from bunsui.settings import Settings
from bunsui.workspace import Workspace, open_workspace
from virtual.letterbox import Letterbox, web

PATIENCE = 60.0
LINES = 20  # that each try writes
CODE = f"""
import fcntl, pathlib, time
from bunsui import task
HERE = pathlib.Path(__file__).parent

def noted(name):
    context = task.context
    with open(HERE / "calls.txt", "a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        file.write(f"{{context.session}} {{name}} {{context.attempt}}\\n")
    for number in range({LINES}):
        print(f"{{name}} {{context.attempt}} line {{number}}")
    return int(context.attempt.split(".")[0])

def passing(times, seconds):
    execution = noted("passing")
    time.sleep(seconds)
    if execution <= times:
        raise ConnectionError("db.internal: connection refused")
    return {{"done": execution}}

def fatal(breaks):
    noted("fatal")
    if breaks:
        raise KeyError("amount")
    return {{}}

def last(done):
    noted("last")
    return {{"done": done}}
"""
PIPELINE = """
version: 1
name: chaos
params:
  times: {type: integer}
  seconds: {type: number}
  breaks: {type: boolean}
recovery: {on: [transient], interval: 0s, max_attempts: 5}
notify: {on_failure: ["http://127.0.0.1:PORT/failure"], on_recovery: ["http://127.0.0.1:PORT/recovery"]}
report: never
operations:
  passing: {python: {call: "work:passing"}, with: {times: "{% $params.times %}", seconds: "{% $params.seconds %}"}}
  fatal: {needs: [passing], python: {call: "work:fatal"}, with: {breaks: "{% $params.breaks %}"}}
  last: {needs: [fatal], python: {call: "work:last"}, with: {done: "{% $passing.done %}"}}
outputs: {done: "{% $last.done %}"}
"""


@dataclass(frozen=True)
class Fate:
    """What a session is to do, and what must come of it: told before anything runs."""

    times: int  # executions in which `passing` fails
    breaks: bool
    seconds: float

    @property
    def status(self) -> str:
        return "COMPLETED" if self.times <= 2 and not self.breaks else "FAILED"

    @property
    def executions(self) -> int:
        """The same failure after two recoveries is left alone."""
        return min(self.times, 2) + 1

    @property
    def calls(self) -> dict[str, int]:
        beyond = self.times <= 2
        return {"passing": self.executions, "fatal": int(beyond), "last": int(beyond and not self.breaks)}

    @property
    def alerts(self) -> list[str]:
        return ["failure"] if self.status == "FAILED" else ["recovery"] if self.times else []


@pytest.fixture
def letterbox() -> Iterator[Letterbox]:
    with web() as box:
        yield box


@pytest.fixture
def place(home: Path, tmp_path: Path, letterbox: Letterbox) -> Iterator[Home]:
    (tmp_path / "work.py").write_text(CODE)
    (tmp_path / "chaos.yaml").write_text(PIPELINE.replace("PORT", str(letterbox.port)))
    yield Home(home)
    for pid in (*engines(Home(home)), *supervisors(Home(home)), *tasks(Home(home))):
        subprocess.run(["kill", "-9", str(pid)], check=False)


def fates(chance: Random, count: int) -> dict[str, Fate]:
    return {
        f"s{number:03}": Fate(chance.choice((0, 0, 1, 2, 3)), chance.random() < 0.2, round(chance.random() / 4, 2))
        for number in range(count)
    }


class Chaos:
    """What goes wrong, from a seed; `kills` counts supervisors: so often a try may have been made again."""

    def __init__(self, home: Home, chance: Random) -> None:
        self.home, self.chance = home, chance
        self.kills = 0

    def strike(self) -> None:
        what = self.chance.choice(("engine", "engine", "supervisor", "disk", "nothing"))
        if what == "engine":
            self._kill(engines(self.home))
        elif what == "supervisor":
            self.kills += len(victims := supervisors(self.home))
            self._kill(victims)
        elif what == "disk":
            self._fill()

    def _kill(self, pids: list[int]) -> None:
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def _fill(self) -> None:
        """No file of an engine's can grow for a while; a supervisor would hand that on to its tasks."""
        pids = engines(self.home)
        for size in ("0", "unlimited"):
            for pid in pids:
                subprocess.run(["prlimit", "--pid", str(pid), f"--fsize={size}:unlimited"], check=False, stderr=-3)
            time.sleep(0.3 if size == "0" else 0)


def live_through(home: Home, folder: Path, letterbox: Letterbox, seed: int, count: int, strikes: int) -> None:
    chance = Random(seed)
    told = fates(chance, count)
    chaos = Chaos(home, chance)
    with open_workspace(Settings(home.path, "tester", 4), host_engine=False) as workspace:
        for name, fate in told.items():
            params = {"times": fate.times, "seconds": fate.seconds, "breaks": fate.breaks}
            workspace.run(str(folder / "chaos.yaml"), params, name=name)
        for _ in range(strikes):
            time.sleep(chance.random())
            chaos.strike()
            workspace.sessions.refresh(chance.choice(list(told)))
        settle(workspace, told, PATIENCE + count)
        for name, fate in told.items():
            check(workspace, name, fate)
        check_alerts(workspace, letterbox, told)
    check_calls(folder, told, chaos.kills)
    assert [found for found in verify(home) if found.status != "ok"] == []


def settle(workspace: Workspace, told: dict[str, Fate], patience: float) -> None:
    """Until every session ended and nothing is left to be done about an end."""
    deadline = time.monotonic() + patience
    left = list(told)
    while left:
        session = workspace.sessions.refresh(left[0])
        if session.status.ended and not session.ending:
            left.pop(0)
            continue
        assert time.monotonic() < deadline, f"{len(left)} sessions never ended, such as {session}"
        time.sleep(0.05)


def check(workspace: Workspace, name: str, fate: Fate) -> None:
    session = workspace.sessions.get(name)
    assert (session.status.value, len(session.executions)) == (fate.status, fate.executions), f"{name}: {fate}"
    written = Counter(line.message for line in workspace.sessions.logs(name) if line.stream == "stdout")
    for execution in range(1, fate.executions + 1):
        for operation, calls in fate.calls.items():
            last = execution == fate.executions
            if operation == "passing" or (last and calls):
                for number in range(LINES):
                    line = f"{operation} {execution}.0.0 line {number}"
                    assert written[line] >= 1, f"{name} lost {line!r}"


def check_alerts(workspace: Workspace, letterbox: Letterbox, told: dict[str, Fate]) -> None:
    for name, fate in told.items():
        found = workspace.alerts.of_session(workspace.sessions.get(name))
        kinds = [alert.message.kind.value for alert in found]
        assert [kind for kind in kinds if kind != "fixed"] == fate.alerts, name  # that one depends on who was first
    sent = Counter(
        (post.body["session"], post.body["kind"], post.body["alert_id"])
        for post in letterbox.posted
        if post.body.get("session")
    )
    kinds = Counter((session, kind) for session, kind, _ in sent)
    assert max(kinds.values(), default=1) == 1, "one alert under two ids"


def check_calls(folder: Path, told: dict[str, Fate], kills: int) -> None:
    tries = Counter(tuple(line.split()) for line in (folder / "calls.txt").read_text().splitlines())
    assert max(tries.values()) <= 1 + kills
    made = Counter((session, name) for session, name, _ in tries)
    wanted = {(session, name): count for session, fate in told.items() for name, count in fate.calls.items() if count}
    assert dict(made) == wanted


@pytest.mark.parametrize("seed", range(2))
def test_sessions_of_all_fates_end_as_told_whatever_dies(place, tmp_path, letterbox, seed) -> None:
    live_through(place, tmp_path, letterbox, seed, count=8, strikes=8)


@pytest.mark.soak
def test_two_hundred_sessions_end_as_told_whatever_dies(place, tmp_path, letterbox) -> None:
    live_through(place, tmp_path, letterbox, seed=200, count=200, strikes=150)
