"""The messages of the sequence diagrams, in their order, as the local backend's ports and the command line see them."""

from __future__ import annotations

import dataclasses
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from bunsui.backend import open_local
from bunsui.model.status import SessionStatus
from bunsui.services.wiring import Backend, Ports
from bunsui.workspace import Workspace
from e2e.recorded import Recorded, in_order

PATIENCE = 30.0


@pytest.fixture
def messages() -> list[str]:
    return []


@pytest.fixture
def recorded(project, messages) -> Iterator[Workspace]:
    def open_backend(on_end) -> Backend:
        real = open_local(project.settings, on_end, host_engine=True)
        table, objects, machines = real.ports.table, real.ports.objects, real.ports.machines
        ports = Ports(*(Recorded(port, messages) for port in (table, objects, machines)))  # type: ignore[arg-type]
        return dataclasses.replace(real, ports=ports)

    with Workspace(project.settings, open_backend) as workspace:
        yield workspace


def test_a_start_stores_starts_initialises_logs_and_stores_again(recorded, project, messages) -> None:
    session = recorded.run(project.numbers)
    in_order(messages, "deploy", "store CREATED", "start", "put_if_absent manifest", "store RUNNING")
    recorded.sessions.wait(session.id, PATIENCE)


def test_a_status_asks_the_execution_updates_the_session_and_reads_logs(recorded, project, messages) -> None:
    session = recorded.run(project.pipeline("only: {wait: {for: 0s}}"))
    recorded.sessions.wait(session.id, PATIENCE)
    messages.clear()
    view = recorded.sessions.status(session.id, lines=5)
    in_order(messages, "describe", "list log", "get log")
    assert view.lines[-1].message == "ended COMPLETED"


def test_an_end_is_seen_and_stored_with_its_checkpoint(recorded, project, messages, monkeypatch) -> None:
    monkeypatch.setattr(recorded.sessions, "execution_ended", lambda name: None)  # nobody else folds it in
    session = recorded.run(project.pipeline("only: {wait: {for: 0s}}"))
    messages.clear()
    recorded.sessions.wait(session.id, PATIENCE)
    in_order(messages, "describe", "history", "put_if_absent log", "store COMPLETED checkpoint")


def test_a_failure_is_stored_with_its_reason(recorded, project) -> None:
    (project.folder / "bad-1").touch()
    session = recorded.sessions.wait(recorded.run(project.numbers).id, PATIENCE)
    assert session.status is SessionStatus.FAILED
    assert "double" in session.reason


def test_a_recovery_reads_state_and_history_then_resumes_and_stores(recorded, project, messages) -> None:
    (project.folder / "bad-1").touch()
    session = recorded.sessions.wait(recorded.run(project.numbers).id, PATIENCE)
    messages.clear()
    plan = recorded.sessions.plan_resume(session.id)
    in_order(messages, "get", "history")
    assert plan.reused == ("extract",)
    messages.clear()
    recorded.sessions.recover(plan)
    in_order(messages, "store RECOVERING", "start", "store RUNNING")
    recorded.sessions.wait(session.id, PATIENCE)


POLICY = "recovery: {on: [bad data, code, unknown], interval: 0s}\n"
FAILS = """
fine: {python: {call: "work:clean"}}
fails: {needs: [fine], python: {call: "work:double"}, with: {x: 1}}
"""


def failing(recorded, project, messages, monkeypatch, more: str = "") -> str:
    """A session that failed; nobody but this thread has seen it."""
    monkeypatch.setattr(recorded.sessions, "execution_ended", lambda name: None)
    (project.folder / "bad-1").touch()
    session = recorded.run(project.pipeline(FAILS, more=more))
    arn = session.executions[0].arn
    while recorded.sessions._machines.describe(arn).status == "RUNNING":
        time.sleep(0.02)
    messages.clear()
    return session.id


def test_an_error_is_analysed_from_its_logs_and_the_analysis_stored(recorded, project, messages, monkeypatch) -> None:
    id = failing(recorded, project, messages, monkeypatch)
    session = recorded.sessions.refresh(id)
    in_order(messages, "describe", "store FAILED checkpoint", "list log", "get log", "store group")
    (found,) = recorded.errors.strategy(session).analyses
    assert (found.operation, found.error) == ("fails", "ValueError")
    assert any("row 1 is bad" in line.text for line in found.evidence)


def test_a_recoverable_error_is_a_retry_strategy_and_the_execution_goes_on_from_its_checkpoint(
    recorded, project, messages, monkeypatch
) -> None:
    id = failing(recorded, project, messages, monkeypatch, POLICY)
    (project.folder / "bad-1").unlink()
    assert recorded.sessions.refresh(id).status is SessionStatus.RUNNING
    in_order(
        messages,
        "store FAILED checkpoint",
        "store group",
        "get checkpoint",
        "store RETRYING",
        "put_if_absent recovery",
        "start",
        "put_if_absent log",
        "store RUNNING",
        "put recovered",
    )
    assert recorded.sessions.wait(id, PATIENCE).status is SessionStatus.COMPLETED
    assert project.ran() == ["clean", "double 1", "double 1"]


def test_an_error_that_nobody_recovers_is_a_failure_strategy(recorded, project, messages, monkeypatch) -> None:
    id = failing(recorded, project, messages, monkeypatch)
    session = recorded.sessions.refresh(id)
    assert (session.status, recorded.errors.strategy(session).decision.action) == (SessionStatus.FAILED, None)


def test_recovery_options_come_from_the_error_handler(recorded, project, messages, monkeypatch) -> None:
    id = failing(recorded, project, messages, monkeypatch)
    plan = recorded.sessions.recovery_plan(id)
    in_order(messages, "get", "history")
    assert plan.suggested is not None
    assert any("fails: " in line for line in plan.advice)


def test_two_users_sessions_run_side_by_side(recorded, project) -> None:
    path = project.pipeline('both: {python: {call: "work:slow"}, with: {seconds: 1}}')
    a, b = recorded.run(path, name="a"), recorded.run(path, name="b")
    assert {one.id for one in recorded.sessions.list(status=SessionStatus.RUNNING).sessions} == {"a", "b"}
    for session in (a, b):
        assert recorded.sessions.wait(session.id, PATIENCE).status is SessionStatus.COMPLETED


def test_a_task_streams_logs_and_progress_and_its_end_reaches_the_session(recorded, project) -> None:
    project.write(
        "told.py",
        """
        import pathlib, time
        from bunsui import task
        def run():
            print("processing")
            task.progress(1, 2, "half")
            until = time.monotonic() + 20
            while not (pathlib.Path(__file__).parent / "seen").exists() and time.monotonic() < until:
                time.sleep(0.02)
            return {}
        """,
    )
    session = recorded.run(project.pipeline('work: {python: {call: "told:run"}}'))
    notes = set()
    for view in recorded.sessions.watch(session.id, interval=0.05):
        notes |= {said.note for said in view.progress.values()}
        if "half" in notes:
            (project.folder / "seen").touch()
    assert notes == {"half"}
    assert view.session.status is SessionStatus.COMPLETED
    assert "processing" in [line.message for line in recorded.sessions.logs(session.id)]


def bunsui(project, *arguments: str) -> subprocess.CompletedProcess[str]:
    environ = {**os.environ, "BUNSUI_HOME": str(project.settings.home), "NO_COLOR": "1"}
    command = [sys.executable, "-m", "bunsui", *arguments]
    return subprocess.run(
        command, cwd=project.folder, env=environ, capture_output=True, text=True, timeout=60, check=False
    )


def test_loading_a_valid_file_from_the_command_line_shows_its_preview(project) -> None:
    done = bunsui(project, "plan", "numbers.yaml")
    assert (done.returncode, done.stderr) == (0, "")
    assert "extract" in done.stdout


def test_loading_an_invalid_file_from_the_command_line_shows_its_problems(project) -> None:
    path = Path(project.numbers)
    path.write_text(path.read_text().replace("needs: [double]", "needs: [duble]"))
    done = bunsui(project, "validate", "numbers.yaml")
    assert done.returncode == 3
    assert "numbers.yaml:" in done.stdout
    assert "Did you mean" in done.stdout


def test_running_and_looking_from_the_command_line_shows_the_session(project) -> None:
    done = bunsui(project, "run", "numbers.yaml", "--name", "mine")
    assert done.returncode == 0, done.stderr
    assert "COMPLETED" in done.stdout
    shown = bunsui(project, "session", "show", "mine")
    assert "COMPLETED" in shown.stdout
    assert "extract" in shown.stdout


def test_resuming_from_the_command_line_shows_what_is_reused_first(project) -> None:
    bad = project.folder / "bad-1"
    bad.touch()
    assert bunsui(project, "run", "numbers.yaml", "--name", "mine").returncode == 1
    bad.unlink()
    done = bunsui(project, "session", "resume", "mine")
    assert done.returncode == 0, done.stderr
    assert "extract" in done.stderr + done.stdout
