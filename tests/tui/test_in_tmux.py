"""The real program in a real tmux, from an empty project to the end; through kills; two people on one home."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from bunsui.settings import load
from bunsui.workspace import Workspace, open_workspace
from tui.pilot import NUMBERS, STEPS
from tui.tmux import Tmux

LONG = """
version: 1
name: long
operations:
  first: {command: {run: [sh, -c, "echo once >> runs"]}}
  hold: {needs: [first], command: {run: [sh, -c, "echo holding; until [ -e go ]; do sleep 0.1; done"]}}
  last: {needs: [hold], command: {run: [echo, "gone on"]}}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in {"steps.py": STEPS, "numbers.yaml": NUMBERS, "long.yaml": LONG}.items():
        (tmp_path / name).write_text(text)
    return tmp_path


@pytest.fixture
def tmux(home: Path) -> Iterator[Tmux]:
    opened = Tmux(home.parent / f"t{home.name}")
    yield opened
    opened.close()


@pytest.fixture
def workspace(home: Path) -> Iterator[Workspace]:
    """Looks at the home from outside; the engine runs in the background, and ends with the test."""
    with open_workspace(load(), host_engine=False) as opened:
        yield opened
        engine = opened.engine_process()
        if engine is not None:
            os.kill(engine, signal.SIGTERM)


def environ(home: Path, owner: str = "ana") -> dict[str, str]:
    return {"BUNSUI_HOME": str(home), "BUNSUI_OWNER": owner}


@pytest.mark.usefixtures("workspace")
def test_a_file_is_loaded_run_with_its_form_fails_is_recovered_and_completes(
    tmux: Tmux, folder: Path, home: Path
) -> None:
    (folder / "bad").touch()
    pane = tmux.shell("ana", folder, environ(home))
    pane.bunsui()
    pane.until("first time here")
    pane.type("n")
    pane.until(lambda shown: "first time" not in shown)
    pane.type(":run numbers.yaml")
    pane.press("Enter")
    pane.until("valid")
    pane.type("x")
    pane.until("integer")
    pane.press("Enter")
    pane.until("FAILED")
    pane.until("the warehouse refused the connection")

    (folder / "bad").unlink()
    pane.type("r")
    pane.until("suggested")
    pane.press("Enter")
    pane.until("session recover .* --resume")
    pane.type("y")
    pane.until("COMPLETED")
    pane.type("q")
    pane.until(r"(?m)^\$ *$")


def test_a_kill_of_the_interface_and_of_the_engine_loses_nothing(
    tmux: Tmux, folder: Path, home: Path, workspace: Workspace
) -> None:
    session = workspace.run(str(folder / "long.yaml"), name="held").id
    pane = tmux.shell("ana", folder, environ(home))
    pane.bunsui()
    pane.until("RUNNING +held")
    pane.press("Enter")
    pane.until("hold +RUNNING")

    os.kill(workspace.engine_process() or 0, signal.SIGKILL)
    pane.until("hold +RUNNING")
    os.kill(pane.process, signal.SIGKILL)
    pane.until("Killed")
    pane = tmux.shell("again", folder, environ(home))
    pane.bunsui()
    pane.until("RUNNING +held")
    pane.press("Enter")
    (folder / "go").touch()
    pane.until("COMPLETED")

    assert workspace.sessions.get(session).status == "COMPLETED"
    assert (folder / "runs").read_text() == "once\n"


def test_two_people_on_one_home_see_each_others_sessions_live(
    tmux: Tmux, folder: Path, home: Path, workspace: Workspace
) -> None:
    workspace.pipelines.register(str(folder / "long.yaml"))
    panes = {name: tmux.shell(name, folder, environ(home, name)) for name in ("ana", "ben")}
    for pane in panes.values():
        pane.bunsui()
        pane.until(":run FILE|No session yet")
    panes["ana"].type(":run long.yaml")
    panes["ana"].press("Enter")
    panes["ana"].until("valid")
    panes["ana"].type("x")
    panes["ana"].until("starts at once")
    panes["ana"].press("Enter")
    panes["ben"].until("RUNNING +long.*ana")
    panes["ben"].press("Enter")
    panes["ben"].until("hold +RUNNING")
    panes["ben"].type("4")
    panes["ben"].until("holding")

    panes["ben"].press("Escape")
    panes["ben"].type(":run numbers.yaml")
    panes["ben"].press("Enter")
    panes["ben"].until("valid")
    panes["ben"].type("x")
    panes["ben"].until("integer")
    panes["ben"].press("Enter")
    panes["ana"].until("long")
    panes["ana"].type(":sessions")
    panes["ana"].press("Enter")
    panes["ana"].until("COMPLETED +numbers.*ben")

    (folder / "go").touch()
    panes["ana"].until("COMPLETED +long.*ana")
    assert {one.owner for one in workspace.sessions.list().sessions} == {"ana", "ben"}
