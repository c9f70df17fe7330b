"""Real pipelines through a workspace: real engine, real worker processes, a home of their own."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable
from pathlib import Path
from zipfile import ZipFile

import pytest

from bunsui.errors import AlreadyExists, InvalidInput, Refused
from bunsui.model.session import Session
from bunsui.model.status import OperationStatus, SessionStatus
from bunsui.services.logs.reader import LogFilter
from bunsui.workspace import Workspace, open_workspace

_S, _O = SessionStatus, OperationStatus
PATIENCE = 30.0


def finished(workspace: Workspace, session: Session) -> Session:
    return workspace.sessions.wait(session.id, PATIENCE)


def statuses(workspace: Workspace, session: Session) -> dict[str, OperationStatus]:
    return {one.name: one.status for one in workspace.sessions.status(session.id).operations}


def until(holds: Callable[[], object]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)


def test_a_pipeline_runs_from_its_file_to_its_outputs(workspace, project) -> None:
    session = finished(workspace, workspace.run(project.numbers, {"n": 4}))
    assert session.status is _S.COMPLETED
    assert workspace.sessions.outcome(session.id).outputs == {"sum": 12}
    assert set(statuses(workspace, session).values()) == {_O.SUCCEEDED}
    assert [line.message for line in workspace.sessions.logs(session.id, LogFilter(operation="extract"))] == [
        "extracting 4"
    ]


def test_the_lines_of_the_docstring_work(project, monkeypatch, capsys) -> None:
    import bunsui.workspace

    assert bunsui.workspace.__doc__ is not None
    lines = [line for line in bunsui.workspace.__doc__.splitlines() if line.startswith("    ")]
    project.write(
        "flights.yaml",
        """
        version: 1
        name: flights
        params:
          month: {type: integer}
        operations:
          load:
            python: {call: "work:extract"}
            with: {n: "{% $params.month %}"}
        outputs: {rows: "{% $load.rows %}"}
        """,
    )
    monkeypatch.chdir(project.folder)
    monkeypatch.setenv("BUNSUI_HOME", str(project.settings.home))
    exec(textwrap.dedent("\n".join(lines)), {})
    assert capsys.readouterr().out == "COMPLETED {'rows': [0, 1]}\n"


def test_a_resume_runs_only_what_is_missing_and_reuses_items(workspace, project) -> None:
    bad = project.folder / "bad-1"
    bad.touch()
    session = finished(workspace, workspace.run(project.numbers))
    assert session.status is _S.FAILED
    assert statuses(workspace, session) == {
        "extract": _O.SUCCEEDED,
        "double": _O.FAILED,
        "total": _O.UPSTREAM_FAILED,
        "clean": _O.SUCCEEDED,
    }
    plan = workspace.sessions.plan_resume(session.id)
    assert (plan.reused, plan.rerun, plan.raised) == (("extract",), ("double", "total", "clean"), ("clean",))

    bad.unlink()
    before = len(project.ran())
    resumed = finished(workspace, workspace.sessions.resume(session.id, why="mended"))
    assert resumed.status is _S.COMPLETED
    assert workspace.sessions.outcome(session.id).outputs == {"sum": 6}
    assert project.ran()[before:] == ["double 1", "total", "clean"]
    assert statuses(workspace, session)["extract"] is _O.REUSED


def test_a_restart_runs_everything_again(workspace, project) -> None:
    session = finished(workspace, workspace.run(project.numbers))
    before = len(project.ran())
    again = finished(workspace, workspace.sessions.restart(session.id))
    assert again.status is _S.COMPLETED
    assert sorted(project.ran()[before:]) == sorted(project.ran()[:before])


def test_the_same_name_twice_starts_once(workspace, project) -> None:
    first = workspace.run(project.numbers, name="nightly")
    assert workspace.run(project.numbers, name="nightly").id == first.id
    with pytest.raises(AlreadyExists):
        workspace.run(project.numbers, {"n": 5}, name="nightly")
    finished(workspace, first)
    assert project.ran().count("extract") == 1


def test_a_flaky_operation_is_tried_again_and_its_attempts_are_logged(workspace, project) -> None:
    path = project.pipeline("""
        shaky:
          python: {call: "work:flaky"}
          with: {times: 2}
          retry: {max_attempts: 3, interval: 1s}
        """)
    session = finished(workspace, workspace.run(path))
    assert session.status is _S.COMPLETED
    assert workspace.sessions.status(session.id).operations[0].attempts == 2
    lines = workspace.sessions.logs(session.id, LogFilter(operation="shaky", grep="trying"))
    assert [line.attempt for line in lines] == ["1.0.0", "1.0.1"]


def test_a_dag_that_is_not_series_parallel_runs_and_skips_by_when(workspace, project) -> None:
    path = project.pipeline("""
        a: {python: {call: "work:clean"}}
        b: {python: {call: "work:clean"}}
        c: {needs: [a], python: {call: "work:clean"}}
        d: {needs: [a, b], python: {call: "work:clean"}}
        e: {needs: [b], when: "{% 1 > 2 %}", python: {call: "work:clean"}}
        """)
    session = finished(workspace, workspace.run(path))
    assert session.status is _S.COMPLETED
    assert statuses(workspace, session) == {
        "a": _O.SUCCEEDED,
        "b": _O.SUCCEEDED,
        "c": _O.SUCCEEDED,
        "d": _O.SUCCEEDED,
        "e": _O.SKIPPED,
    }


def test_an_approval_in_a_nested_pipeline_is_seen_and_answered(workspace, project) -> None:
    project.pipeline(
        """
        ask: {approval: {message: "publish?"}}
        publish: {needs: [ask], python: {call: "work:clean"}}
        """,
        name="inner",
    )
    outer = project.pipeline("release: {pipeline: {file: inner.yaml}}", name="outer")
    session = workspace.run(outer)
    until(lambda: workspace.sessions.approvals(session.id))
    assert statuses(workspace, session)["release.ask"] is _O.WAITING
    approval = workspace.sessions.approve(session.id, comment="fine")
    assert (approval.operation, approval.message) == ("release.ask", "publish?")
    assert finished(workspace, session).status is _S.COMPLETED
    assert statuses(workspace, session)["release.publish"] is _O.SUCCEEDED


def test_a_refusal_fails_the_operation(workspace, project) -> None:
    session = workspace.run(project.pipeline('ask: {approval: {message: "publish?"}}'))
    until(lambda: workspace.sessions.approvals(session.id))
    workspace.sessions.reject(session.id, comment="not today")
    assert finished(workspace, session).status is _S.FAILED
    failed = workspace.sessions.status(session.id).operations[0]
    assert (failed.status, failed.error, failed.cause) == (
        _O.FAILED,
        "Bunsui.Rejected",
        "rejected by ada: not today",
    )


def test_a_nested_pipeline_resumes_from_its_own_done_operations(workspace, project) -> None:
    bad = project.folder / "bad-1"
    bad.touch()
    project.write("inner.yaml", Path(project.numbers).read_text().replace("name: numbers", "name: inner"))
    outer = project.pipeline("all: {pipeline: {file: inner.yaml}, with: {n: 2}}", name="outer")
    session = finished(workspace, workspace.run(outer))
    assert session.status is _S.FAILED
    assert workspace.sessions.plan_resume(session.id).raised == ("all.clean",)
    bad.unlink()
    before = len(project.ran())
    assert finished(workspace, workspace.sessions.resume(session.id)).status is _S.COMPLETED
    assert project.ran()[before:] == ["double 1", "total", "clean"]
    assert statuses(workspace, session)["all.extract"] is _O.REUSED


def test_a_cancelled_session_says_who_and_why_and_what_was_cut_off(workspace, project) -> None:
    path = project.pipeline("""
        long: {python: {call: "work:slow"}, with: {seconds: 60}}
        after: {needs: [long], python: {call: "work:clean"}}
        """)
    session = workspace.run(path)
    until(lambda: "slow" in project.ran())
    cancelled = workspace.sessions.cancel(session.id, why="wrong month")
    assert (cancelled.status, cancelled.reason) == (_S.CANCELLED, "cancelled by ada: wrong month")
    assert statuses(workspace, session) == {"long": _O.CANCELLED, "after": _O.CANCELLED}


def test_an_expression_that_fails_is_led_back_to_its_key_and_line(workspace, project) -> None:
    path = project.pipeline("""
        a: {python: {call: "work:clean"}}
        b: {needs: [a], when: "{% $a.none + 'x' %}", python: {call: "work:clean"}}
        """)
    session = finished(workspace, workspace.run(path))
    assert session.status is _S.FAILED
    assert "in 'when' of operation 'b'" in session.reason
    assert "some.yaml:6:3" in session.reason


def test_a_registered_pipeline_runs_by_name_and_version(workspace, project) -> None:
    first = workspace.pipelines.register(project.numbers)
    assert workspace.pipelines.register(project.numbers) == first
    Path(project.numbers).write_text(Path(project.numbers).read_text() + "description: newer\n")
    assert workspace.pipelines.register(project.numbers).version == 2
    assert [one.version for one in workspace.pipelines.versions("numbers")] == [2, 1]
    assert [one.version for one in workspace.pipelines.list()] == [2]
    session = finished(workspace, workspace.run("numbers@1", {"n": 1}))
    assert (session.status, session.version) == (_S.COMPLETED, 1)
    assert workspace.run("numbers", {"n": 1}).version == 2


def test_parameters_that_do_not_fit_are_problems_and_nothing_starts(workspace, project) -> None:
    with pytest.raises(InvalidInput) as caught:
        workspace.run(project.numbers, {"n": 99, "m": 1})
    assert len(caught.value.problems) == 2
    assert workspace.sessions.list().sessions == ()


def test_a_machine_of_the_user_s_own_runs_with_the_parameters_as_its_input(workspace, project) -> None:
    project.write(
        "machine.asl.json",
        """
        {"QueryLanguage": "JSONata", "StartAt": "Greet", "States": {
          "Greet": {"Type": "Pass", "Output": {"hello": "{% $states.input.who %}"}, "Next": "Done"},
          "Done": {"Type": "Succeed"}}}
        """,
    )
    text = "version: 1\nname: raw\nparams:\n  who: {type: string}\ndefinition: machine.asl.json\n"
    session = finished(workspace, workspace.run(project.write("raw.yaml", text), {"who": "you"}))
    assert session.status is _S.COMPLETED
    assert workspace.sessions.outcome(session.id).outputs == {"hello": "you"}
    assert statuses(workspace, session) == {"Greet": _O.SUCCEEDED, "Done": _O.SUCCEEDED}


def test_an_export_holds_what_the_session_did(workspace, project) -> None:
    session = finished(workspace, workspace.run(project.numbers, {"n": 1}))
    target = io.BytesIO()
    workspace.sessions.export(session.id, target)
    names = ZipFile(target).namelist()
    assert f"{session.id}/history/{session.id}-1.json" in names
    assert b"extracting 1" in ZipFile(target).read(f"{session.id}/log.jsonl")


_STARTER = """
import sys
from bunsui.settings import Settings
from bunsui.workspace import open_workspace
from pathlib import Path
with open_workspace(Settings(Path(sys.argv[1]), "ada", 4)) as workspace:
    session = workspace.run(sys.argv[2], name="mine")
    print("started", flush=True)
    {then}
"""


def start_elsewhere(project, path: str, then: str) -> subprocess.Popen[str]:
    arguments = [sys.executable, "-c", _STARTER.format(then=then), str(project.settings.home), path]
    process = subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "started\n"
    return process


def test_a_killed_host_is_taken_over_by_whoever_looks_and_nothing_runs_twice(project) -> None:
    path = project.pipeline("""
        first: {python: {call: "work:clean"}}
        long: {needs: [first], python: {call: "work:slow"}, with: {seconds: 1}}
        last: {needs: [long], python: {call: "work:clean"}}
        """)
    process = start_elsewhere(project, path, "workspace.sessions.wait(session.id)")
    until(lambda: "slow" in project.ran())
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    with open_workspace(project.settings) as workspace:
        assert workspace.sessions.wait("mine", PATIENCE).status is _S.COMPLETED
    assert project.ran() == ["clean", "slow", "clean"]


def test_a_workspace_that_closes_leaves_open_work_to_a_background_engine(project) -> None:
    path = project.pipeline("""
        long: {python: {call: "work:slow"}, with: {seconds: 1}}
        last: {needs: [long], python: {call: "work:clean"}}
        """)
    process = start_elsewhere(project, path, "pass")
    assert process.wait(PATIENCE) == 0
    until(lambda: project.ran() == ["slow", "clean"])
    with open_workspace(project.settings, host_engine=False) as workspace:
        until(lambda: workspace.sessions.get("mine").status is _S.COMPLETED)


def test_following_the_log_shows_every_line_once_and_ends_with_the_session(workspace, project) -> None:
    session = workspace.run(project.numbers)
    messages = [line.message for line in workspace.sessions.logs(session.id, follow=True)]
    assert messages[0].startswith("started by ada")
    assert messages.count("extracting 3") == 1
    assert messages[-1] == "ended COMPLETED"


def test_a_running_session_is_not_resumed(workspace, project) -> None:
    session = workspace.run(project.pipeline("""long: {python: {call: "work:slow"}, with: {seconds: 30}}"""))
    with pytest.raises(Refused):
        workspace.sessions.resume(session.id)
    workspace.sessions.cancel(session.id)


def test_what_a_command_was_handed_is_shown_without_how_it_got_there(workspace, project) -> None:
    text = 'say: {command: {run: [python3, -c, "pass"]}, with: {n: "{% $params.n + 1 %}"}}'
    session = finished(
        workspace, workspace.run(project.pipeline(text, more="params: {n: {type: integer}}\n"), {"n": 2})
    )
    (operation,) = workspace.sessions.run_view(session.id).operations
    assert operation.given == {"n": 3}
