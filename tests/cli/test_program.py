"""Running pipelines as people and scripts do: a process, its exit code, what it writes, a home of its own."""

from __future__ import annotations

import json
import signal
import subprocess
import time

import pytest

from cli.program import HANDLERS, bunsui, data, started, until, until_operation


def test_a_new_project_validates_plans_and_runs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    assert bunsui("init", "first").returncode == 0
    monkeypatch.chdir(tmp_path / "first")
    assert bunsui("validate", "pipeline.yaml").stdout == "✔ pipeline.yaml is valid\n"
    assert bunsui("plan", "pipeline.yaml").returncode == 0
    ran = bunsui("run", "pipeline.yaml")

    assert ran.returncode == 0
    assert "COMPLETED" in ran.stdout
    assert "words    21" in ran.stdout
    assert bunsui("init").returncode == 5


def test_a_run_says_what_happens_and_ends_with_outputs_and_places(project, home):
    ran = bunsui("run", "hello.yaml", "-p", "who=Ada", "--name", "first")

    assert ran.returncode == 0
    assert ran.stdout.startswith("✔ COMPLETED  first in ")
    assert "text  hello hello Ada" in ran.stdout
    assert f"logs  {home}/objects/logs/first" in ran.stdout
    assert "bunsui session logs first" in ran.stdout
    assert [line.split("  ")[1:3] for line in ran.stderr.splitlines()][-1] == ["again", "SUCCEEDED"]


def test_a_run_as_json_is_one_document(project):
    told = data("run", "hello.yaml", "--name", "first")

    assert told["session"]["status"] == "COMPLETED"
    assert told["outputs"] == {"text": "hello hello world"}
    assert {one["name"]: one["status"] for one in told["operations"]} == {"greet": "SUCCEEDED", "again": "SUCCEEDED"}


def test_a_failure_shows_what_why_the_last_lines_and_what_to_type(project):
    ran = bunsui("run", "failing.yaml", "--name", "broken")

    assert ran.returncode == 1
    assert ran.stdout.startswith("✘ FAILED  broken in ")
    assert "✘ bad failed  ValueError" in ran.stdout
    assert "no such month: 13" in ran.stdout
    assert "last lines of bad:" in ran.stdout
    assert "about to fail \\e[2J" in ran.stdout
    assert "bunsui session logs broken --operation bad" in ran.stdout
    assert "bunsui session resume broken" in ran.stdout
    assert "\x1b" not in ran.stdout + ran.stderr


def test_a_run_without_a_terminal_begins_with_how_to_come_back(project):
    ran = bunsui("run", "slow.yaml", "-p", "seconds=0.3", "--name", "piped")

    assert ran.stderr.startswith("piped is running. Come back to it with: bunsui session watch piped\n")


def test_the_same_name_and_input_starts_once_and_another_input_is_refused(project):
    assert bunsui("run", "hello.yaml", "--name", "once").returncode == 0
    again = bunsui("run", "hello.yaml", "--name", "once")
    other = bunsui("run", "hello.yaml", "--name", "once", "-p", "who=Bob")

    assert again.returncode == 0
    assert "once is there already, from the same input: nothing was started." in again.stderr
    assert other.returncode == 5
    assert len(data("session", "list")["sessions"]) == 1


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["run", "nope.yaml"], 4, "nope.yaml"),
        (["run", "nobody"], 4, "nobody"),
        (["run", "hello.yaml", "-p", "who"], 2, "is not KEY=VALUE"),
        (["run", "hello.yaml", "-p", "who=a", "-p", "who=b"], 2, "given twice"),
        (["run", "hello.yaml", "-p", "whom=a"], 3, "whom"),
        (["run", "slow.yaml", "-p", "seconds=soon"], 3, "seconds"),
        (["run", "hello.yaml", "--timeout", "soon"], 2, "is not a duration"),
        (["run"], 2, "FILE|NAME"),
        (["run", "."], 3, "folder"),
        (["session", "show", "nobody"], 4, "nobody"),
        (["session", "show", "@last"], 4, ""),
        (["session", "logs", "x", "--since", "yesterday"], 2, "neither a time"),
        (["pipeline", "show", "nobody"], 4, "nobody"),
        (["session", "resume", "nobody"], 4, "nobody"),
    ],
)
def test_what_cannot_be_done_is_said_with_its_exit_code(project, arguments, code, said):
    ran = bunsui(*arguments)

    assert (ran.returncode, ran.stdout) == (code, "")
    assert said in ran.stderr
    assert "error:" in ran.stderr
    assert "hint:" in ran.stderr
    assert "Traceback" not in ran.stderr


def test_an_environment_that_does_not_fit_is_said(project, monkeypatch):
    monkeypatch.setenv("BUNSUI_WORKERS", "many")

    ran = bunsui("session", "list")

    assert ran.returncode == 3
    assert "BUNSUI_WORKERS" in ran.stderr


def test_a_detached_run_goes_on_and_can_be_watched(project):
    ran = bunsui("run", "slow.yaml", "-p", "seconds=1", "--detach", "--name", "back")
    assert (ran.returncode, ran.stdout) == (0, "back\n")

    watched = bunsui("session", "watch", "back")

    assert watched.returncode == 0
    assert "COMPLETED" in watched.stdout


def test_a_timeout_of_the_command_leaves_the_session_running(project):
    ran = bunsui("run", "slow.yaml", "-p", "seconds=2", "--timeout", "1", "--name", "long")

    assert ran.returncode == 124
    assert "bunsui session watch long" in ran.stderr
    assert until("long", "COMPLETED") == "COMPLETED"


def test_with_json_a_timeout_tells_the_session_as_it_is(project):
    ran = bunsui("run", "slow.yaml", "-p", "seconds=1", "--timeout", "0", "--name", "long", "--output", "json")

    assert ran.returncode == 124
    assert json.loads(ran.stdout)["session"]["status"] == "RUNNING"


def test_a_session_whose_engine_was_killed_goes_on_when_watched(project):
    running = started("run", "slow.yaml", "-p", "seconds=2", "--name", "killed")
    until_operation("killed", "sleep", "RUNNING")
    running.kill()
    running.communicate()

    watched = bunsui("session", "watch", "killed")

    assert watched.returncode == 0
    assert "COMPLETED" in watched.stdout


def interrupted(*signals: int, name: str, seconds: str) -> subprocess.Popen[str]:
    running = started("run", "slow.yaml", "-p", f"seconds={seconds}", "--name", name)
    until_operation(name, "sleep", "RUNNING")
    for number in signals:
        running.send_signal(number)
        time.sleep(0.7)
    return running


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_an_interrupted_run_goes_on_in_the_background(project, number):
    running = interrupted(number, name="left", seconds="4")
    _, said = running.communicate(timeout=30)

    assert running.returncode == 130
    assert "bunsui session watch left" in said
    assert until("left", "COMPLETED") == "COMPLETED"


def test_a_second_interrupt_cancels(project):
    running = interrupted(signal.SIGINT, signal.SIGINT, name="stopped", seconds="30")
    _, said = running.communicate(timeout=30)

    assert running.returncode == 130
    assert "CANCELLED" in said
    assert until("stopped", "CANCELLED") == "CANCELLED"


def test_cancelling_is_asked_about_and_done_with_yes(project):
    bunsui("run", "slow.yaml", "--detach", "--name", "slowly")

    asked = bunsui("session", "cancel", "slowly")
    cancelled = bunsui("session", "cancel", "slowly", "--yes", "--why", "enough")
    again = bunsui("session", "cancel", "slowly", "--yes")

    assert asked.returncode == 5
    assert "never runs" in asked.stderr
    assert (cancelled.returncode, cancelled.stdout) == (0, "slowly  CANCELLED\n")
    assert again.returncode == 5
    assert bunsui("session", "watch", "slowly").returncode == 1


def test_a_failed_session_resumes_from_what_completed(project):
    bunsui("run", "failing.yaml", "--name", "broken")
    (project / "steps.py").write_text(HANDLERS.replace('raise ValueError("no such month: 13")', "return {}"))

    plan = data("session", "resume", "broken", "--plan")
    ran = bunsui("session", "resume", "broken")

    assert (plan["reused"], plan["rerun"]) == (["good"], ["bad", "after"])
    assert ran.returncode == 0
    assert "keeps  good" in ran.stderr
    assert "COMPLETED" in ran.stdout
    shown = {one["name"]: one["status"] for one in data("session", "show", "broken")["operations"]}
    assert shown == {"good": "REUSED", "bad": "SUCCEEDED", "after": "SUCCEEDED"}


def test_a_resume_runs_the_function_as_it_is_now(project):
    steps = project / "steps.py"
    assert bunsui("run", "failing.yaml", "--name", "mended").returncode == 1
    steps.write_text(steps.read_text().replace('raise ValueError("no such month: 13")', 'return {"text": "mended"}'))

    resumed = bunsui("session", "resume", "mended")

    assert resumed.returncode == 0, resumed.stdout


def test_restarting_is_asked_about_and_runs_everything(project):
    bunsui("run", "hello.yaml", "--name", "first")

    assert bunsui("session", "restart", "first").returncode == 5
    ran = bunsui("session", "restart", "first", "--yes")

    assert ran.returncode == 0
    assert len(data("session", "show", "first")["session"]["executions"]) == 2
