"""The program as people and scripts run it: a process, its exit code, what it writes, a home of its own."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

_HANDLERS = """
import time

from bunsui import task


def hello(who="world"):
    print(f"greeting {who}")
    return {"text": f"hello {who}"}


def wait(seconds):
    time.sleep(seconds)
    return {}


def fail():
    print("about to fail \\x1b[2J")
    raise ValueError("no such month: 13")
"""

_HELLO = """
version: 1
name: hello
params:
  who: {type: string, default: world}
operations:
  greet:
    python: {call: "steps:hello", code: .}
    with: {who: "{% $params.who %}"}
  again:
    needs: [greet]
    python: {call: "steps:hello", code: .}
    with: {who: "{% $greet.text %}"}
outputs: {text: "{% $again.text %}"}
"""

_FAILING = """
version: 1
name: failing
operations:
  good:
    python: {call: "steps:hello", code: .}
  bad:
    python: {call: "steps:fail", code: .}
  after:
    needs: [bad]
    python: {call: "steps:hello", code: .}
"""

_SLOW = """
version: 1
name: slow
params:
  seconds: {type: number, default: 30}
operations:
  sleep:
    python: {call: "steps:wait", code: .}
    with: {seconds: "{% $params.seconds %}"}
  after:
    needs: [sleep]
    python: {call: "steps:hello", code: .}
"""

_ASKING = """
version: 1
name: asking
operations:
  ask:
    approval: {message: "Publish it?"}
  publish:
    needs: [ask]
    python: {call: "steps:hello", code: .}
outputs: {by: "{% $ask.comment %}"}
"""


def write_project(folder: Path) -> None:
    for name, text in (("hello", _HELLO), ("failing", _FAILING), ("slow", _SLOW), ("asking", _ASKING)):
        (folder / f"{name}.yaml").write_text(text)
    (folder / "steps.py").write_text(_HANDLERS)


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    write_project(tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture(scope="module")
def _lived_in(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, Path]]:
    """A home in which three sessions ended: one, two (completed) and broken (failed). For tests that only look."""
    folder = tmp_path_factory.mktemp("project")
    write_project(folder)
    home = Path(tempfile.mkdtemp(prefix="bns"))  # short: it holds sockets
    environ = {**os.environ, "BUNSUI_HOME": str(home), "BUNSUI_OWNER": "tester"}
    for name, file, code in (("one", "hello", 0), ("two", "hello", 0), ("broken", "failing", 1)):
        command = [sys.executable, "-m", "bunsui", "run", f"{file}.yaml", "--name", name]
        assert subprocess.run(command, cwd=folder, env=environ, capture_output=True, check=False).returncode == code
    yield folder, home
    shutil.rmtree(home, ignore_errors=True)


@pytest.fixture
def lived_in(_lived_in: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch) -> Path:
    folder, home = _lived_in
    monkeypatch.chdir(folder)
    monkeypatch.setenv("BUNSUI_HOME", str(home))
    return home


def bunsui(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "bunsui", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL, check=False)


def data(*arguments: str):
    ran = bunsui(*arguments, "--output", "json")
    assert ran.stderr == ""
    return json.loads(ran.stdout)


def started(*arguments: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "bunsui", *arguments]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def until(session: str, *statuses: str, within: float = 30) -> str:
    deadline = time.monotonic() + within
    while time.monotonic() < deadline:
        shown = bunsui("session", "show", session, "--output", "json")
        if shown.returncode == 0 and (status := json.loads(shown.stdout)["session"]["status"]) in statuses:
            return status
        time.sleep(0.1)
    raise AssertionError(f"{session} did not become {statuses}: {shown.stdout} {shown.stderr}")


def until_operation(session: str, operation: str, status: str, within: float = 30) -> None:
    deadline = time.monotonic() + within
    while time.monotonic() < deadline:
        shown = bunsui("session", "show", session, "--output", "json")
        if shown.returncode == 0:
            found = {one["name"]: one["status"] for one in json.loads(shown.stdout)["operations"]}
            if found.get(operation) == status:
                return
        time.sleep(0.1)
    raise AssertionError(f"{operation} of {session} did not become {status}: {shown.stdout} {shown.stderr}")


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


def test_the_same_name_and_input_starts_once_and_another_input_is_refused(project):
    assert bunsui("run", "hello.yaml", "--name", "once").returncode == 0
    again = bunsui("run", "hello.yaml", "--name", "once")
    other = bunsui("run", "hello.yaml", "--name", "once", "-p", "who=Bob")

    assert again.returncode == 0
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
    running = interrupted(number, name="left", seconds="6")
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
    (project / "steps.py").write_text(_HANDLERS.replace('raise ValueError("no such month: 13")', "return {}"))

    plan = data("session", "resume", "broken", "--plan")
    ran = bunsui("session", "resume", "broken")

    assert (plan["reused"], plan["rerun"]) == (["good"], ["bad", "after"])
    assert ran.returncode == 0
    assert "keeps  good" in ran.stderr
    assert "COMPLETED" in ran.stdout
    shown = {one["name"]: one["status"] for one in data("session", "show", "broken")["operations"]}
    assert shown == {"good": "REUSED", "bad": "SUCCEEDED", "after": "SUCCEEDED"}


def test_restarting_is_asked_about_and_runs_everything(project):
    bunsui("run", "hello.yaml", "--name", "first")

    assert bunsui("session", "restart", "first").returncode == 5
    ran = bunsui("session", "restart", "first", "--yes")

    assert ran.returncode == 0
    assert len(data("session", "show", "first")["session"]["executions"]) == 2


@pytest.mark.parametrize(("flags", "word", "code"), [([], "approved", 0), (["--reject"], "rejected", 1)])
def test_an_approval_is_answered(project, flags, word, code):
    bunsui("run", "asking.yaml", "--detach", "--name", "asks")
    until_operation("asks", "ask", "WAITING")
    waiting = bunsui("session", "show", "asks")

    answered = bunsui("session", "approve", "asks", "--comment", "as agreed", *flags)

    assert "for approval: Publish it?" in waiting.stdout
    assert answered.stdout == f"{word} ask of asks: Publish it?\n"
    assert bunsui("session", "watch", "asks").returncode == code


def test_the_token_of_an_approval_is_not_shown(project):
    bunsui("run", "asking.yaml", "--detach", "--name", "asks")
    until_operation("asks", "ask", "WAITING")

    (approval,) = data("session", "show", "asks")["approvals"]

    assert "token" not in approval


def test_logs_are_merged_and_filtered(lived_in):
    lines = bunsui("session", "logs", "one").stdout.splitlines()
    some = bunsui("session", "logs", "one", "--operation", "again", "--grep", "greeting").stdout.splitlines()
    objects = [json.loads(line) for line in bunsui("session", "logs", "one", "--output", "json").stdout.splitlines()]

    assert any("greet" in line and "greeting world" in line for line in lines)
    assert len(some) == 1
    assert some[0].endswith("again              greeting hello world")
    assert [one["message"] for one in objects if one["operation"] == "greet"] == ["greeting world"]


def test_followed_logs_end_with_the_session(project):
    bunsui("run", "slow.yaml", "-p", "seconds=1", "--detach", "--name", "back")

    followed = bunsui("session", "logs", "back", "--follow")

    assert followed.returncode == 0
    assert "greeting world" in followed.stdout


def test_a_reader_that_stops_reading_logs_ends_them(lived_in):
    command = f"{sys.executable} -m bunsui session logs one | head -1; exit ${{PIPESTATUS[0]}}"

    ran = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False)

    assert ran.stderr == ""
    assert ran.returncode in (0, 141)


def test_history_shows_the_events(lived_in):
    shown = bunsui("session", "history", "one").stdout
    told = data("session", "history", "one")

    assert shown.startswith("one-1  SUCCEEDED\n")
    assert "ExecutionStarted" in shown
    assert told["events"][-1]["type"] == "ExecutionSucceeded"


def test_an_export_is_a_zip_and_overwrites_nothing(lived_in, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    first = bunsui("session", "export", "one")
    second = bunsui("session", "export", "one")

    assert first.stdout.startswith("one.zip  ")
    assert zipfile.ZipFile(tmp_path / "one.zip").namelist()
    assert second.returncode == 5


def test_sessions_are_listed_filtered_and_paged(lived_in):
    listed = bunsui("session", "list")
    page = data("session", "list", "--limit", "2")
    rest = data("session", "list", "--limit", "2", "--after", page["next"])
    failed = data("session", "list", "--status", "failed")
    hello = data("session", "list", "--pipeline", "hello")

    assert [line.split()[0] for line in listed.stdout.splitlines()] == ["SESSION", "broken", "two", "one"]
    assert [one["id"] for one in page["sessions"] + rest["sessions"]] == ["broken", "two", "one"]
    assert [one["id"] for one in failed["sessions"]] == ["broken"]
    assert [one["id"] for one in hello["sessions"]] == ["two", "one"]


def test_nothing_to_list_is_no_data(project):
    assert bunsui("session", "list").stdout == ""
    assert bunsui("pipeline", "list").stdout == ""


def test_a_session_is_found_by_the_beginning_of_its_id_and_as_the_last(lived_in):
    assert data("session", "show", "bro")["session"]["id"] == "broken"
    assert data("session", "show", "@last")["session"]["id"] == "broken"


def test_a_session_can_be_drawn(lived_in):
    drawn = bunsui("session", "show", "broken", "--graph").stdout

    assert "│ ✔ good │" in drawn
    assert "│ ✘ bad │" in drawn
    assert "│ ⊘ after │" in drawn


def test_a_pipeline_is_registered_after_its_preview_and_runs_by_name(project):
    asked = bunsui("pipeline", "register", "hello.yaml")
    registered = bunsui("pipeline", "register", "hello.yaml", "--yes")
    again = bunsui("pipeline", "register", "hello.yaml", "--yes")
    (project / "hello.yaml").write_text(_HELLO + "description: greets\n")
    newer = bunsui("pipeline", "register", "hello.yaml", "--yes")
    ran = data("run", "hello@1")

    assert asked.returncode == 5
    assert "│ greet │" in asked.stderr
    assert registered.stdout.startswith("hello@1  ")
    assert again.stdout.startswith("hello@1  ")
    assert newer.stdout.startswith("hello@2  ")
    assert ran["session"]["version"] == 1
    assert [one["version"] for one in data("pipeline", "versions", "hello")["pipelines"]] == [2, 1]
    assert data("pipeline", "list")["pipelines"][0]["description"] == "greets"
    assert bunsui("pipeline", "show", "hello@1").stdout == _HELLO.rstrip("\n") + "\n"


def test_a_pipeline_with_problems_is_not_registered(project):
    (project / "hello.yaml").write_text(_HELLO.replace("needs: [greet]", "needs: [gret]"))

    refused = bunsui("pipeline", "register", "hello.yaml", "--yes")

    assert refused.returncode == 3
    assert "hello.yaml:11:13" in refused.stderr
    assert "Did you mean 'greet'?" in refused.stderr


def test_the_doctor_finds_a_healthy_home_healthy(lived_in, tmp_path):
    checked = data("doctor", "--verify")
    backed_up = bunsui("doctor", "--backup", str(tmp_path / "copy"))

    assert checked["ok"] is True
    assert backed_up.returncode == 0
    assert (tmp_path / "copy").is_dir()


def test_the_schema_is_json(project):
    assert json.loads(bunsui("schema").stdout)["type"] == "object"


def test_a_compiled_machine_is_the_same_to_the_byte(project):
    printed = bunsui("compile", "hello.yaml")
    bunsui("compile", "hello.yaml", "-o", "machine.json", "--compact")

    assert json.loads(printed.stdout) == json.loads((project / "machine.json").read_text())
    assert bunsui("compile", "hello.yaml").stdout == printed.stdout


def test_validating_touches_no_home(project, home):
    assert bunsui("validate", "hello.yaml").returncode == 0
    assert bunsui("plan", "hello.yaml").returncode == 0
    assert not home.exists()


def test_the_home_is_private(lived_in):
    ours = [path for path in lived_in.rglob("*") if not path.is_symlink() and "__pycache__" not in path.parts]
    open_to_others = [path for path in ours if os.lstat(path).st_mode & 0o077]
    assert lived_in.stat().st_mode & 0o777 == 0o700
    assert open_to_others == []
