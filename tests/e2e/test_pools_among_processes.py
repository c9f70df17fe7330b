"""Several processes and owners start sessions of one pool at once, and some are killed: its slots hold always."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from bunsui.errors import BunsuiError
from bunsui.model.session import Session
from bunsui.settings import Settings
from bunsui.workspace import Workspace, open_workspace

PATIENCE = 60.0
_STARTER = """
import sys
from pathlib import Path
from bunsui.settings import Settings
from bunsui.workspace import open_workspace
home, paths, owner, count = Path(sys.argv[1]), sys.argv[2].split(","), sys.argv[3], int(sys.argv[4])
with open_workspace(Settings(home, owner, 2)) as workspace:
    names = [workspace.run(paths[n % len(paths)], name=f"{owner}-{n}").id for n in range(count)]
    print("started", flush=True)
    for name in names:
        workspace.sessions.wait(name, 600)
"""


def starter(project, paths: list[str], owner: str, count: int) -> subprocess.Popen[str]:
    arguments = [sys.executable, "-c", _STARTER, str(project.settings.home), ",".join(paths), owner, str(count)]
    return subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True)


def every(workspace: Workspace) -> list[Session]:
    page = workspace.sessions.list(limit=1000)
    found = list(page.sessions)
    while page.next:
        page = workspace.sessions.list(limit=1000, after=page.next)
        found += page.sessions
    return found


def settled(workspace: Workspace, count: int) -> Iterator[str]:
    """Every session's status, when they all have ended; whoever looks does its part."""
    deadline = time.monotonic() + PATIENCE + count
    while time.monotonic() < deadline:
        sessions = every(workspace)
        open_ones = [one for one in sessions if not one.status.ended]
        if len(sessions) == count and not open_ones:
            return (one.status.value for one in sessions)
        for one in open_ones[-50:]:
            workspace.sessions.refresh(one.id)
        workspace.agenda.sweep()
        time.sleep(0.05)
    raise AssertionError([(one.id, one.status) for one in open_ones])


def most_at_once(workspace: Workspace, pool: str) -> int:
    """As the engine's journal has it."""
    moments = []
    for session in (one for one in every(workspace) if one.queue == pool):
        for number, _ in enumerate(session.executions, 1):
            execution = workspace.sessions.history(session.id, number).execution
            moments += [(execution.started.timestamp(), 1), (execution.ended.timestamp(), -1)]
    running = most = 0
    for _, sign in sorted(moments):
        running += sign
        most = max(most, running)
    return most


def contest(project, owners: int, each: int, pools: dict[str, int]) -> None:
    """Every other process is killed when it has started its sessions, most of which wait then."""
    paths = []
    with open_workspace(project.settings) as workspace:
        for name, slots in pools.items():
            workspace.pools.set(name, slots)
            more = f"concurrency: {{pool: {name}, slots: 1}}\n"
            paths.append(project.pipeline('only: {python: {call: "work:clean"}}', name=f"of-{name}", more=more))
    starters = [starter(project, paths, f"owner{n}", each) for n in range(owners)]
    for number, one in enumerate(starters):
        assert one.stdout
        assert one.stdout.readline() == "started\n"
        if number % 2 == 0:
            one.kill()
    with open_workspace(Settings(Path(project.settings.home), "ada", 2)) as workspace:
        assert set(settled(workspace, owners * each)) == {"COMPLETED"}
        for name, slots in pools.items():
            assert 0 < most_at_once(workspace, name) <= slots
            shown = workspace.pools.show(name)
            assert (shown.pool.used, shown.held, shown.queue) == (0, (), ())
    for one in starters:
        one.wait(PATIENCE)
    assert project.ran() == ["clean"] * owners * each


def test_several_processes_never_take_more_slots_than_there_are(project) -> None:
    contest(project, owners=3, each=6, pools={"narrow": 2})


@pytest.mark.soak
def test_two_thousand_sessions_of_eight_owners_never_take_more_slots_of_five_pools_than_there_are(project) -> None:
    contest(project, owners=8, each=250, pools={f"pool-{n}": n + 1 for n in range(5)})


def test_a_rejected_run_exits_with_5_and_a_queue_is_listed(project, workspace) -> None:
    path = project.pipeline(
        'only: {python: {call: "work:slow"}, with: {seconds: 30}}',
        more="concurrency: {max_sessions: 1, on_excess: reject}\n",
    )
    workspace.run(path, name="first")
    with pytest.raises(BunsuiError) as caught:
        workspace.run(path, name="second")
    assert caught.value.exit_code == 5
    assert workspace.sessions.get("second").status.value == "FAILED"
    workspace.sessions.cancel("first")
