"""One program of a whole life, from nothing to nothing, by commands as a user types them; the same on every backend.

Where it happens is a `Stage`. It waits for what must come true, and asserts on nothing that takes time.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from bunsui.demo import data
from bunsui.demo.stage import Stage as Copy
from demo.year import packed_year

_PATIENCE = 600  # seconds: for a command, and for what it begins

PASSING = """
version: 1
name: passing
recovery: {on: [transient], max_attempts: 2, interval: 2s}
operations:
  fetch:
    python: {call: "steps:fetch", code: ./passing}
  keep:
    needs: [fetch]
    python: {call: "steps:keep", code: ./passing}
    with: {rows: "{% $fetch.rows %}"}
outputs: {rows: "{% $keep.rows %}"}
"""
STEPS = """
from bunsui import task


def fetch():
    if task.context.attempt.startswith("1."):
        raise ConnectionError("connection reset by peer")
    return {"rows": 3}


def keep(rows):
    print("keeping", rows, "rows")
    return {"rows": rows}
"""
WAITING = """
version: 1
name: waiting
concurrency: {max_sessions: 1, on_excess: queue}
operations:
  rest: {wait: {for: 1h}}
"""
DYING = """
version: 1
name: dying
operations:
  work:
    command:
      run: [python3, -c, "import os, signal; os.kill(os.getppid(), signal.SIGKILL)"]
"""
_PUT = """
import json, pathlib, sys
from bunsui.settings import load
from bunsui.workspace import open_workspace

key, path = sys.argv[1:]
with open_workspace(load()) as workspace:
    print(json.dumps(workspace.file(key, pathlib.Path(path).read_bytes)))
"""


class Stage(Protocol):
    """Where it happens: an environment that is not there yet. `environ` is what chooses it, for every command."""

    environ: dict[str, str]

    def begin(self) -> None:
        """It can be named; nothing of it is there."""

    def deploy(self, life: Life, *files: str) -> None:
        """Pipelines become what can be run there, or are brought up to date."""

    def destroy(self, life: Life) -> None:
        """All is removed; fails if anything is left."""


@dataclass
class Life:
    folder: Path
    stage: Stage
    flights: Copy = field(init=False)

    def __post_init__(self) -> None:
        self.flights = Copy(self.folder / "project")
        self.flights.set_up()
        self.write("passing.yaml", PASSING)
        self.write("waiting.yaml", WAITING)
        self.write("dying.yaml", DYING)
        (self.flights.folder / "passing").mkdir()
        self.write("passing/steps.py", STEPS)

    def write(self, name: str, text: str) -> None:
        (self.flights.folder / name).write_text(text)

    @property
    def files(self) -> tuple[str, ...]:
        return ("flights.yaml", "passing.yaml", "waiting.yaml", "dying.yaml")

    def bunsui(self, *arguments: str, code: int = 0) -> str:
        """What the command prints; it must end with this code."""
        return self.program("-m", "bunsui", *arguments, code=code)

    def program(self, *arguments: str, code: int = 0) -> str:
        """The same of Python, with what chooses the place in its surroundings."""
        ran = subprocess.run(
            [sys.executable, *arguments],
            cwd=self.flights.folder,
            env={**os.environ, **self.stage.environ},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_PATIENCE,
            check=False,
        )
        assert ran.returncode == code, f"{' '.join(arguments)}: {ran.returncode}\n{ran.stdout}\n{ran.stderr}"
        return ran.stdout

    def data(self, *arguments: str, code: int = 0) -> Any:
        return json.loads(self.bunsui(*arguments, "--output", "json", code=code))

    def shown(self, id: str) -> Any:
        return self.data("session", "show", id)

    def until(self, id: str, *statuses: str) -> Any:
        deadline = time.monotonic() + _PATIENCE
        while (shown := self.shown(id))["session"]["status"] not in statuses:
            assert time.monotonic() < deadline, shown
            time.sleep(0.2)
        return shown


def whole_life(life: Life) -> None:
    life.stage.begin()
    is_previewed(life)
    life.stage.deploy(life, *life.files)
    source = the_data_is_put_there(life)
    fails_and_says_why(life, source)
    is_mended_and_recovered(life)
    starts_once_under_one_name(life, source)
    recovers_by_itself(life)
    waits_for_its_turn_and_is_cancelled(life)
    is_lost_while_it_runs(life)
    is_found_again(life)
    life.stage.destroy(life)


def is_previewed(life: Life) -> None:
    life.bunsui("validate", *life.files)
    assert "storms" in life.bunsui("plan", "flights.yaml")


def the_data_is_put_there(life: Life) -> str:
    """As the demo does it: the archive lies in the object store, and a session is handed a reference to it."""
    path = packed_year(life.folder / "year.tar.gz")
    return life.program("-c", _PUT, data.KEY, os.fspath(path))


def fails_and_says_why(life: Life, source: str) -> None:
    """Diagrams 1.1, 1.2, 3.1: it is run and watched, fails, and is analysed; whom it concerns is told."""
    life.bunsui("run", "flights.yaml", "-p", f"source={source}", "-p", "alarm=5", "--name", "january", code=1)
    shown = life.shown("january")
    statuses = {one["name"]: one["status"] for one in shown["operations"]}
    assert shown["session"]["status"] == "FAILED"
    assert (statuses["storms"], statuses["rankings"], statuses["page"]) == ("FAILED", "SUCCEEDED", "UPSTREAM_FAILED")
    errors = life.bunsui("session", "errors", "january")
    assert "no reading for the storm of October 29" in errors
    assert "weather.py" in errors
    told = life.data("alert", "list", "january")
    assert [one["kind"] for one in told["alerts"]] == ["failure"]
    report = life.folder / "report.html"
    life.bunsui("session", "report", "january", "--to", str(report))
    assert "no reading for the storm" in report.read_text()


def is_mended_and_recovered(life: Life) -> None:
    """Diagram 2.2: what was done is kept."""
    life.flights.mend()
    life.stage.deploy(life, "flights.yaml")
    plan = life.data("session", "recover", "january", "--resume", "--dry-run")
    assert "rankings" in json.dumps(plan)
    life.bunsui("session", "recover", "january", "--resume", "--yes")
    shown = life.shown("january")
    statuses = {one["name"]: one["status"] for one in shown["operations"]}
    assert shown["session"]["status"] == "COMPLETED"
    assert set(statuses.values()) == {"REUSED", "SUCCEEDED"}
    assert (statuses["rankings"], statuses["storms"], statuses["page"]) == ("REUSED", "SUCCEEDED", "SUCCEEDED")
    logs = life.bunsui("session", "logs", "january", "--operation", "fleet")
    assert "the first try had saved its position" in logs


def starts_once_under_one_name(life: Life, source: str) -> None:
    """The session that is there is given again; another input is refused."""
    given = ("-p", f"source={source}", "--name", "january", "--detach")
    life.bunsui("run", "flights.yaml", *given, "-p", "alarm=5")
    assert len(life.shown("january")["session"]["executions"]) == 2
    life.bunsui("run", "flights.yaml", *given, "-p", "alarm=6", code=5)


def recovers_by_itself(life: Life) -> None:
    """Diagram 3.2, and nobody watches: what is asked for below may come from any record."""
    life.bunsui("run", "passing.yaml", "--name", "march", "--detach")
    shown = life.until("march", "COMPLETED", "FAILED")
    assert (shown["session"]["status"], len(shown["session"]["executions"])) == ("COMPLETED", 2)
    assert "keeping 3 rows" in life.bunsui("session", "logs", "march")


def waits_for_its_turn_and_is_cancelled(life: Life) -> None:
    """Diagram 4.1: of two, one waits; it runs when the first is gone."""
    life.bunsui("run", "waiting.yaml", "--name", "first", "--detach")
    life.bunsui("run", "waiting.yaml", "--name", "second", "--detach")
    assert life.shown("second")["session"]["status"] == "QUEUED"
    life.bunsui("session", "cancel", "first", "--yes", "--why", "it rests too long")
    assert "it rests too long" in life.until("first", "CANCELLED")["session"]["reason"]
    life.until("second", "RUNNING")
    life.bunsui("session", "cancel", "second", "--yes")
    life.until("second", "CANCELLED")


def is_lost_while_it_runs(life: Life) -> None:
    """What runs the task is killed and can tell nobody: a supervisor sees it, or the controller by ECS's word."""
    life.bunsui("run", "dying.yaml", "--name", "april", code=1)
    (failure,) = life.data("session", "errors", "april")["errors"]
    assert failure["error"] in ("Bunsui.WorkerDied", "ECS.EssentialContainerExited")


def is_found_again(life: Life) -> None:
    listed = {one["id"]: one["status"] for one in life.data("session", "list")["sessions"]}
    assert listed == {
        "january": "COMPLETED",
        "march": "COMPLETED",
        "april": "FAILED",
        "first": "CANCELLED",
        "second": "CANCELLED",
    }
    (failed,) = life.data("session", "list", "--status", "failed")["sessions"]
    assert failed["id"] == "april"
    life.bunsui("doctor")
