"""`bunsui run` and what it started, killed after a journal row; then `bunsui session watch`: nothing shows of it.

With every kind of operation; what ran is told by a file that the tasks write to, not by Bunsui.
"""

from __future__ import annotations

import json
import re
import signal
import subprocess
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

import everything
import pytest
from processes import PATIENCE, bunsui, engines, finished, supervisors, until

from bunsui.errors import BunsuiError
from bunsui.local import database
from bunsui.local.home import Home
from bunsui.local.inbox import Inbox
from bunsui.local.reading import EngineReader
from bunsui.local.verify import verify
from bunsui.settings import Settings
from bunsui.workspace import Workspace, open_workspace

ROWS = range(1, 34)  # the pipeline has about so many
DID = re.compile(r'"did": "(\w+)"')


@pytest.fixture
def place(home: Path, tmp_path: Path) -> Iterator[Home]:
    everything.write_project(tmp_path)
    yield Home(home)
    for pid in (*engines(Home(home)), *supervisors(Home(home))):
        subprocess.run(["kill", "-9", str(pid)], check=False)


def completed(home: Home) -> set[str]:
    """What had a recorded success when everything stood still."""
    with closing(database.connect_readonly(home.engine)) as connection:
        arns = [row[0] for row in connection.execute("SELECT arn FROM executions")]
    events = [event for arn in arns for event in EngineReader(home).history(arn) if event.type == "TaskSucceeded"]
    return {name for event in events for name in DID.findall(json.dumps(event.details))}


def answered(workspace: Workspace) -> bool:
    """As a person would: say yes as soon as one is asked."""
    if not _asked(workspace):
        return False
    workspace.sessions.approve("mine")
    return True


def run_and_kill(home: Home, folder: Path, victims: str, row: int) -> tuple[int, Counter[str]]:
    """The first process's end, and how often what was complete by then had run."""
    first = bunsui(folder, "run", "everything.yaml", "--name", "mine", deadly=(victims, row))
    with open_workspace(Settings(home.path, "tester", 2), host_engine=False) as workspace:
        if victims in ("engine", "both"):
            until(lambda: first.poll() is not None or _asked(workspace), "the kill, or the question after it")
        done = completed(home) if first.poll() is not None and home.engine.exists() else set()
        ran = Counter({name: count for name, count in everything.ran(folder).items() if name in done})
        watch = bunsui(folder, "session", "watch", "mine") if first.poll() is not None else None
        until(lambda: answered(workspace), "the answer")
        code, _, err = finished(first)
        assert code in (0, -signal.SIGKILL), err
        if watch:
            assert finished(watch)[0] == 0
        assert workspace.sessions.wait("mine", PATIENCE).status == "COMPLETED"
        check(home, workspace)
    return code, ran


def _asked(workspace: Workspace) -> bool:
    with suppress(BunsuiError):
        return bool(workspace.sessions.approvals("mine"))
    return False


def check(home: Home, workspace: Workspace) -> None:
    view = workspace.sessions.status("mine")
    assert {one.name: one.status for one in view.operations} == everything.STATUSES
    assert workspace.sessions.outcome("mine").outputs == everything.OUTPUTS
    assert [found for found in verify(home) if found.status != "ok"] == []
    assert Inbox(home).waiting() == []
    said = [line.message for line in workspace.sessions.logs("mine") if line.stream == "session"]
    assert said == ["started by tester (execution mine-1)", "ask approved by tester", "ended COMPLETED"]


def kill_and_check(home: Home, folder: Path, victims: str, row: int) -> None:
    code, before = run_and_kill(home, folder, victims, row)
    ran = everything.ran(folder)
    assert code == (-signal.SIGKILL if victims in ("engine", "both") and row < 28 else code)
    assert ran >= everything.RUNS
    if victims == "engine":
        assert ran == everything.RUNS
    assert {name: ran[name] for name in before} == before, "what was complete ran again"
    assert max((ran - everything.RUNS).values(), default=0) <= 1


@pytest.mark.parametrize("row", [2, 11, 23])
def test_a_run_killed_at_a_row_is_gone_on_with_by_whoever_watches(place: Home, tmp_path: Path, row: int) -> None:
    kill_and_check(place, tmp_path, "engine", row)


@pytest.mark.parametrize(("victims", "row"), [("both", 5), ("both", 17), ("supervisor", 9), ("worker", 7)])
def test_whatever_else_dies_the_outcome_is_equal(place: Home, tmp_path: Path, victims: str, row: int) -> None:
    kill_and_check(place, tmp_path, victims, row)


@pytest.mark.soak
@pytest.mark.parametrize("victims", ["engine", "both", "supervisor", "worker"])
@pytest.mark.parametrize("row", ROWS)
def test_a_kill_at_any_row_shows_nowhere(place: Home, tmp_path: Path, row: int, victims: str) -> None:
    kill_and_check(place, tmp_path, victims, row)


def test_the_doctor_agrees_after_a_kill(place: Home, tmp_path: Path) -> None:
    run_and_kill(place, tmp_path, "both", 13)
    code, out, err = finished(bunsui(tmp_path, "doctor", "--verify"))
    assert (code, err) == (0, "")
    assert "replayed, all equal" in out
