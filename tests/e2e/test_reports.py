"""Reports of real sessions: written when the pipeline wants one, found again, copied out; and how a pipeline fares."""

from __future__ import annotations

import io
import json
import os
import time
from dataclasses import replace
from urllib.parse import unquote, urlparse

import pytest

from bunsui.cli import boundary
from bunsui.cli.output import Output
from bunsui.errors import NotFound
from bunsui.model.status import SessionStatus
from bunsui.workspace import open_workspace

_S = SessionStatus


def command(project, monkeypatch, *arguments: str) -> tuple[int, str]:
    """The program's exit code and its standard output, in this process."""
    monkeypatch.setenv("BUNSUI_HOME", str(project.settings.home))
    out = Output(io.StringIO(), io.StringIO(), {})
    monkeypatch.setattr(boundary.output, "of_process", lambda: out)
    code = boundary.run(list(arguments))
    return code, out.out.getvalue()  # type: ignore[attr-defined]


def text_at(address: str) -> str:
    with open(unquote(urlparse(address).path), encoding="utf-8") as file:
        return file.read()


@pytest.fixture
def failed(project, workspace):
    (project.folder / "bad-1").touch()
    workspace.sessions.wait(workspace.run(project.numbers, {"n": 2}, name="down").id, 60)
    return workspace


def test_a_session_that_failed_has_a_report_whose_address_is_shown(project, failed, monkeypatch) -> None:
    address = failed.sessions.outcome("down").report
    assert address.endswith("/reports/down/down-1.0.html")
    page = text_at(address)
    assert "row 1 is bad" in page
    assert "bunsui session recover down --resume" in page
    assert unquote(urlparse(address).path) in command(project, monkeypatch, "session", "show", "down")[1]


def test_a_report_is_written_once_for_each_end(failed) -> None:
    session = failed.sessions.refresh("down")
    path = unquote(urlparse(failed.sessions.outcome("down").report).path)
    with open(path, "w", encoding="utf-8") as file:
        file.write("as it was")
    failed.reports.ended(session)
    assert failed.reports.written(session)[1] == b"as it was"
    assert failed.reports.written(session, renew=True)[1] != b"as it was"


def test_a_session_that_was_recovered_has_a_report_of_both_executions(project, failed) -> None:
    (project.folder / "bad-1").unlink()
    failed.sessions.resume("down", why="mended")
    session = failed.sessions.wait("down", 60)
    address, body = failed.reports.written(session)
    assert address.endswith("/reports/down/down-2.0.html")
    page = body.decode()
    assert all(text in page for text in ("down-1", "down-2", "mended", "it worked"))


@pytest.mark.parametrize(("wanted", "there"), [("always", True), ("never", False), ("on_failure", False)])
def test_the_pipeline_says_when_there_is_a_report(project, workspace, wanted: str, there: bool) -> None:
    file = project.pipeline("a: {command: {run: ['true']}}", more=f"report: {wanted}\n")
    session = workspace.sessions.wait(workspace.run(file, name="well").id, 60)
    assert session.status is _S.COMPLETED
    assert bool(workspace.sessions.outcome("well").report) is there


def test_reports_are_due_by_policy_and_status(failed) -> None:
    session = failed.sessions.refresh("down")
    ended = {status: replace(session, status=status) for status in (_S.COMPLETED, _S.FAILED, _S.CANCELLED)}
    due = {
        (policy, status.value): failed.reports.due(ended[status], {"report": policy} if policy else {})
        for policy in ("", "always", "never")
        for status in ended
    }
    assert due == {
        ("", "COMPLETED"): False,
        ("", "FAILED"): True,
        ("", "CANCELLED"): False,
        ("always", "COMPLETED"): True,
        ("always", "FAILED"): True,
        ("always", "CANCELLED"): True,
        ("never", "COMPLETED"): False,
        ("never", "FAILED"): False,
        ("never", "CANCELLED"): False,
    }


def test_a_session_that_still_runs_has_a_report_of_how_it_stands(project, workspace) -> None:
    file = project.pipeline("ask: {approval: {message: Go on?}}")
    workspace.run(file, name="waits")
    deadline = time.monotonic() + 30
    while not workspace.sessions.approvals("waits"):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    _, body = workspace.reports.written(workspace.sessions.refresh("waits"))
    assert "It has not ended" in body.decode()
    workspace.sessions.approve("waits")
    session = workspace.sessions.wait("waits", 30)
    assert "All went well" in workspace.reports.written(session)[1].decode()


def test_a_report_is_copied_out_and_never_over_another_file(project, failed, monkeypatch, tmp_path) -> None:
    target = tmp_path / "r.html"
    code, said = command(project, monkeypatch, "session", "report", "down", "--to", str(target), "--output", "json")
    assert (code, json.loads(said)["copy"]) == (0, target.as_uri())
    assert target.read_text(encoding="utf-8") == text_at(failed.sessions.outcome("down").report)
    assert os.stat(target).st_mode & 0o777 == 0o600
    assert command(project, monkeypatch, "session", "report", "down", "--to", str(target))[0] == 5


def test_a_pipeline_s_report_counts_its_sessions(project, failed, monkeypatch) -> None:
    failed.sessions.wait(failed.run(project.numbers, {"n": 1}, name="up").id, 60)
    code, said = command(project, monkeypatch, "pipeline", "report", "numbers", "--output", "json")
    body = json.loads(said)
    assert (code, [one["id"] for one in body["sessions"]]) == (0, ["up", "down"])
    assert (body["completed"], body["success_rate"], body["flakiest"]) == (1, 0.5, ["double"])


def test_a_pipeline_s_report_is_a_page_too(project, failed, monkeypatch) -> None:
    code, said = command(project, monkeypatch, "pipeline", "report", "numbers", "--html", "--output", "json")
    assert code == 0
    assert '<h1 id="title">numbers</h1>' in text_at(json.loads(said)["report"])


def test_a_pipeline_without_a_session_has_no_report(project) -> None:
    with open_workspace(project.settings) as opened, pytest.raises(NotFound):
        opened.pipeline_reports.read("nobody")
