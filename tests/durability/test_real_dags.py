"""Random DAGs on the real engine with real workers, with a SIGKILL or a cancel at a random moment, and resumed.

What must come of them is told by the oracle of tests/virtual; how often each try ran, by a file that the tasks write.
"""

from __future__ import annotations

import os
import pickle
import signal
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

import pytest
import real_dags
from processes import engines, finished, supervisors

from bunsui.local.home import Home
from bunsui.local.inbox import Inbox
from bunsui.local.verify import verify
from bunsui.settings import Settings
from bunsui.workspace import Workspace, open_workspace
from virtual import dags
from virtual.dags import Spec
from virtual.oracle import Fate, Known, done_at, fates

PROCESS = Path(__file__).with_name("dag_process.py")
TESTS = Path(__file__).parents[1]
VICTIMS = ("engine", "engine", "both", "supervisor", "cancel")
WORDS = {"SUCCEEDED": "ok", "REUSED": "ok", "FAILED": "failed", "UPSTREAM_FAILED": "upstream_failed"}
SOAK = int(os.environ.get("BUNSUI_SOAK") or 1000)


@dataclass
class RealTrial:
    """A session of a spec: executions one after the other in one home."""

    home: Home
    folder: Path
    spec: Spec
    executions: int = 0
    done: dict[str, Fate] = field(default_factory=dict)
    items: dict[str, frozenset[int]] = field(default_factory=dict)
    lost: int = 0  # supervisors that died: so often a try may have been made again

    def __post_init__(self) -> None:
        real_dags.write(self.spec, self.folder)
        (self.folder / "spec.pickle").write_bytes(pickle.dumps(self.spec))

    def process(self, victims: str, row: int) -> int:
        command = [sys.executable, str(PROCESS), str(self.home.path), str(self.folder), str(self.executions)]
        environ = {
            **os.environ,
            "PYTHONPATH": os.pathsep.join(filter(None, [str(TESTS), os.environ.get("PYTHONPATH")])),
        }
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "stdin": subprocess.DEVNULL}
        code, _, err = finished(subprocess.Popen([*command, victims, str(row)], env=environ, text=True, **pipes), 120)
        assert code in (0, -signal.SIGKILL), err
        return code

    def execute(self, victims: str, row: int) -> str:
        """One execution, to its end whatever dies; the session's status."""
        self.executions += 1
        self.lost += victims in ("both", "supervisor")
        if self.process(victims, row):
            assert self.process("nobody", 0) == 0
        expected = fates(self.spec, Known(self.done, self.items, self._calls_before()))
        with open_workspace(Settings(self.home.path, "tester", 4), host_engine=False) as workspace:
            status = workspace.sessions.refresh("mine").status.value
            self._check(workspace, status, expected)
            if status != "COMPLETED":
                self._remember(workspace, status, expected)
        assert [found for found in verify(self.home) if found.status != "ok"] == []
        assert Inbox(self.home).waiting() == []
        return status

    def _check(self, workspace: Workspace, status: str, expected: dict[str, Fate]) -> None:
        found = {one.name: one.status.value for one in workspace.sessions.status("mine").operations}
        wanted = {name: fate.status for name, fate in expected.items()}
        ended = {name: WORDS.get(one, one.lower()) for name, one in found.items() if one != "CANCELLED"}
        assert ended.items() <= wanted.items()
        if status != "CANCELLED":
            assert ended == wanted
            assert status == ("FAILED" if {"failed", "upstream_failed"} & set(wanted.values()) else "COMPLETED")
        self._check_calls(expected, whole=status != "CANCELLED")

    def _check_calls(self, expected: dict[str, Fate], *, whole: bool) -> None:
        made = real_dags.calls(self.folder)
        assert max(made.values(), default=1) <= 1 + self.lost
        now: dict[tuple[str, int | None], int] = defaultdict(int)
        for name, item, attempt in made:
            now[name, item] += attempt.startswith(f"{self.executions}.")
        wanted: dict[tuple[str, int | None], int] = defaultdict(int)
        for name, fate in expected.items():
            for item, _ in fate.called if self.spec.by_name[name].kind != "approval" else ():
                wanted[name, item] += 1
        assert all(count <= wanted.get(key, 0) for key, count in now.items())
        if whole:
            assert {key: count for key, count in now.items() if count} == wanted

    def _calls_before(self) -> dict[tuple[str, int | None], int]:
        found: dict[tuple[str, int | None], int] = defaultdict(int)
        for name, item, attempt in real_dags.calls(self.folder):
            found[name, item] += int(attempt.split(".")[0]) < self.executions
        return found

    def _remember(self, workspace: Workspace, status: str, expected: dict[str, Fate]) -> None:
        known = workspace.sessions.plan_resume("mine").checkpoint
        told = {name: str(record["s"]) for name, record in known.resume.items() if isinstance(record, dict)}
        done = done_at(self.spec, expected)
        assert told.items() <= {name: fate.status for name, fate in done.items()}.items()
        if status != "CANCELLED":
            assert told.keys() == done.keys()
        self.done = {name: done[name] for name in told}
        self.items = {name: frozenset(map(int, items)) for name, items in known.partial.items()}


@pytest.fixture
def place(home: Path) -> Iterator[Home]:
    yield Home(home)
    for pid in (*engines(Home(home)), *supervisors(Home(home))):
        subprocess.run(["kill", "-9", str(pid)], check=False)


def live_through(home: Home, folder: Path, seed: int, largest: int) -> None:
    chance = Random(seed)
    edges = dags.random_edges(chance, chance.randint(5, largest))
    trial = RealTrial(home, folder, real_dags.tame(dags.eventful(chance, edges)))
    for _ in range(3):
        if trial.execute(chance.choice(VICTIMS), chance.randint(1, 2 * len(edges))) == "COMPLETED":
            return
    trial.execute("nobody", 0)


@pytest.mark.parametrize("seed", range(5))
def test_a_random_dag_with_real_tasks_does_what_the_rules_say_whatever_dies(
    place: Home, tmp_path: Path, seed: int
) -> None:
    live_through(place, tmp_path, seed, 9)


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(1000, 1000 + SOAK // 5))
def test_many_random_dags_with_real_tasks(place: Home, tmp_path: Path, seed: int) -> None:
    live_through(place, tmp_path, seed, 30)
