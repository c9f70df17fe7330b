"""The demo's pipeline on a small year, as a session of a real engine; and what --crash does and says."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from bunsui.analysis.progress import OperationView
from bunsui.cli import crash
from bunsui.cli.output import Output
from bunsui.demo import PIPELINE
from bunsui.model.log import LogLine
from bunsui.model.status import OperationStatus as S
from bunsui.model.status import SessionStatus
from bunsui.services.logs.reader import LogFilter
from bunsui.settings import load
from bunsui.workspace import open_workspace


def bunsui(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "bunsui", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


@pytest.mark.usefixtures("home")
def test_the_demo_runs_skips_and_retries_as_it_promises(year: Any) -> None:
    with open_workspace(load()) as workspace:
        source = workspace.file("demo/files/year.tar.gz", lambda: Path(year).read_bytes())
        session = workspace.sessions.wait(workspace.run(str(PIPELINE), {"source": source}).id, timeout=60)
        view = workspace.sessions.status(session.id)
        operations = {operation.name: operation for operation in view.operations}
        outcome = workspace.sessions.outcome(session.id)
        runs = list(workspace.sessions.logs(session.id, LogFilter(grep="run key=")))
        summary = workspace.read(outcome.outputs["summary"]).decode()  # type: ignore[index, call-overload]  # JSON
    assert session.status is SessionStatus.COMPLETED
    assert {name: operation.status for name, operation in operations.items()} == {
        name: S.SKIPPED if name == "alarm" else S.SUCCEEDED for name in operations
    }
    assert operations["fleet"].attempts == 2
    assert len(operations) == 14
    assert "720 flights were to leave New York in 2013" in summary
    assert "leave at 5 o'clock (2.0 minutes), not at 19 (30.8)" in summary
    assert sorted(key.rpartition("/")[2] for key, _ in outcome.files) == [
        "airlines.csv",
        "destinations.csv",
        "origins.csv",
        "report.html",
        "summary.txt",
    ]
    assert len(runs) == 12 + 3 + 2 + 10  # months, airports, tries of fleet, and the others once
    assert crash.runs_of_one_attempt(runs) == []


@pytest.mark.usefixtures("home")
def test_a_copy_that_is_not_the_data_is_refused(tmp_path: Path) -> None:
    (tmp_path / "copy.tar.gz").write_bytes(b"something else")
    done = bunsui("demo", "--data", str(tmp_path / "copy.tar.gz"))
    assert done.returncode == 6
    assert "its sha256 is" in done.stderr
    assert "bunsui demo --data PATH" in done.stderr


def line(operation: str, attempt: str = "1.0.0", item: int | None = None) -> LogLine:
    return LogLine(0.0, "INFO", "s", operation, item, attempt, "log", "run key=k process=1")


def test_two_runs_of_one_attempt_are_found_out() -> None:
    lines = [line("a"), line("a", "1.0.1"), line("b", item=0), line("b", item=1), line("b", item=1)]
    assert crash.runs_of_one_attempt(lines) == ["b (item 1, attempt 1.0.0)"]


class View:
    def __init__(self, **statuses: S) -> None:
        self.operations = tuple(OperationView(name, "python", status) for name, status in statuses.items())


class Home:
    """A workspace whose engine is some process of ours."""

    def __init__(self, views: list[View]) -> None:
        self.process = subprocess.Popen(["sleep", "60"])
        self.views = views
        self.sessions = self
        self.shown = 0

    def watch(self, ref: str, *, interval: float) -> Any:
        for view in self.views:
            self.shown += 1
            yield view

    def engine_process(self) -> int | None:
        return self.process.pid if self.process.poll() is None else None


def test_the_engine_dies_by_sigkill_in_the_middle_and_nowhere_else() -> None:
    done = dict.fromkeys(("a", "b", "c", "d"), S.SUCCEEDED)
    home = Home([View(a=S.RUNNING), View(**done), View(**done, e=S.RUNNING), View(**done, e=S.SUCCEEDED)])
    out = Output(io.StringIO(), io.StringIO(), os.environ)
    crash.kill_engine_in_the_middle(out, home, "s")  # type: ignore[arg-type]  # as much of a workspace as it needs
    assert home.shown == 3
    assert home.process.wait() == -9
    assert "Done: a, b, c, d. Running: e." in out.err.getvalue()  # type: ignore[attr-defined]
