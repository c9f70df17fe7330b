"""Alerts from a pipeline file to a real server: at the end of a real session, through kills, with a secret address."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

from bunsui.model.alert import AlertStatus
from bunsui.workspace import Workspace, open_workspace
from virtual import letterbox
from virtual.letterbox import Letterbox

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")
FAILS = """
load:
  python: {call: "work:double"}
  with: {x: 1}
"""
NOTIFY = 'notify: {on_failure: [{secret: "env:ALERT_URL"}], on_recovery: [{secret: "env:ALERT_URL"}]}\n'


@pytest.fixture
def web(monkeypatch: pytest.MonkeyPatch) -> Iterator[Letterbox]:
    with letterbox.web() as box:
        monkeypatch.setenv("ALERT_URL", f"json://hunter2@127.0.0.1:{box.port}/hunter3")
        yield box


def failed(project, workspace: Workspace) -> str:
    (project.folder / "bad-1").write_text("")
    session = workspace.run(project.pipeline(FAILS, "flights", NOTIFY))
    workspace.sessions.wait(session.id, 60)
    return session.id


def test_a_failure_is_told_with_its_lines_before_the_session_is_over(project, workspace, web) -> None:
    id = failed(project, workspace)
    (posted,) = web.posted
    assert posted.body["title"].startswith("flights failed: load: ValueError")
    assert "row 1 is bad" in posted.body["message"]
    assert "log of load, attempt 1.0.0" in posted.body["message"]
    assert f"bunsui session recover {id}" in posted.body["message"]
    (alert,) = workspace.alerts.of_session(workspace.sessions.get(id))
    assert (alert.status, alert.how) == (AlertStatus.SENT, "sent to env:ALERT_URL")


def test_its_recovery_is_told(project, workspace, web) -> None:
    id = failed(project, workspace)
    (project.folder / "bad-1").unlink()
    workspace.sessions.resume(id)
    workspace.sessions.wait(id, 60)
    assert [posted.body["kind"] for posted in web.posted] == ["failure", "recovery"]


def test_a_server_that_is_down_is_tried_again_by_the_engine_and_its_secret_address_is_in_no_file(
    project, workspace, web
) -> None:
    web.status = 500
    id = failed(project, workspace)
    (alert,) = workspace.alerts.of_session(workspace.sessions.get(id))
    assert (alert.status, "500" in alert.error) == (AlertStatus.PENDING, True)
    web.status = 200
    until = time.monotonic() + 60
    while workspace.alerts.of_session(workspace.sessions.get(id))[0].status is not AlertStatus.SENT:
        assert time.monotonic() < until
        time.sleep(0.1)
    assert {posted.body["alert_id"] for posted in web.posted} == {alert.message.id}
    files = [path for path in project.settings.home.rglob("*") if path.is_file()]
    assert [path for path in files if b"hunter" in path.read_bytes()] == []
    assert any(b"env:ALERT_URL" in path.read_bytes() for path in files)


def test_a_program_killed_while_it_sends_leaves_the_alert_to_the_next(project, web) -> None:
    """The server kills the program that posts to it; the record says that it is on its way, and when it is due."""
    (project.folder / "bad-1").write_text("")
    source = project.pipeline(FAILS, "flights", NOTIFY)
    program = subprocess.Popen([sys.executable, "-c", _RUN, str(project.settings.home), source], text=True)
    web.before = lambda: os.kill(program.pid, signal.SIGKILL)
    assert program.wait(60) == -signal.SIGKILL
    web.before = lambda: None
    later = [time.time()]
    with open_workspace(project.settings, host_engine=False) as workspace:
        session = workspace.sessions.wait("@last", 60)
        (alert,) = workspace.alerts.of_session(session)
        assert (alert.status, alert.attempts) == (AlertStatus.PENDING, 1)
        later[0] = time.time() + 3600
        workspace.alerts._outbox._clock = lambda: later[0]  # the lease is over
        record = workspace._backend.ports.table.get("alerts", f"alert#{alert.message.id}")
        workspace.alerts.deliver_due(record)
        (alert,) = workspace.alerts.of_session(session)
    assert alert.status is AlertStatus.SENT
    assert {posted.body["alert_id"] for posted in web.posted} == {alert.message.id}
    assert len(web.posted) == 2


_RUN = """
import sys
from pathlib import Path
from bunsui.settings import Settings
from bunsui.workspace import open_workspace
with open_workspace(Settings(Path(sys.argv[1]), "ada", 2)) as workspace:
    workspace.sessions.wait(workspace.run(sys.argv[2]).id, 60)
"""
