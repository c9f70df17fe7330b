"""What there is afterwards: approvals, logs, history, exports, lists, the registry, the doctor."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile

import pytest

from cli.program import HELLO, bunsui, data, until_operation


@pytest.mark.parametrize(("flags", "word", "code"), [([], "approved", 0), (["--reject"], "rejected", 1)])
def test_an_approval_is_answered(project, flags, word, code):
    bunsui("run", "asking.yaml", "--detach", "--name", "asks")
    until_operation("asks", "ask", "WAITING")
    waiting = bunsui("session", "show", "asks")
    (told,) = data("session", "show", "asks")["approvals"]

    answered = bunsui("session", "approve", "asks", "--comment", "as agreed", *flags)

    assert "for approval: Publish it?" in waiting.stdout
    assert "bunsui session approve asks ask" in waiting.stdout
    assert "token" not in told  # whoever holds it can answer
    assert answered.stdout == f"{word} ask of asks: Publish it?\n"
    assert bunsui("session", "watch", "asks").returncode == code


def test_of_several_approvals_the_one_that_is_meant_is_named(project):
    bunsui("run", "asking_twice.yaml", "--detach", "--name", "asks")
    until_operation("asks", "other", "WAITING")

    either = bunsui("session", "approve", "asks")
    neither = bunsui("session", "approve", "asks", "nobody")

    assert (either.returncode, neither.returncode) == (5, 5)
    assert "ask: Publish it?" in either.stderr
    assert "other: And tell of it?" in either.stderr
    assert "bunsui session approve asks ask" in either.stderr
    assert "session asks waits for ask, other, and for no approval 'nobody'" in neither.stderr
    assert bunsui("session", "approve", "asks", "other", "--reject").returncode == 0
    assert bunsui("session", "cancel", "asks", "--yes").returncode == 0
    assert "waits for no approval" in bunsui("session", "approve", "asks").stderr


def test_logs_are_merged_and_filtered(lived_in):
    lines = bunsui("session", "logs", "one").stdout.splitlines()
    some = bunsui("session", "logs", "one", "--operation", "again", "--grep", "greeting").stdout.splitlines()
    objects = [json.loads(line) for line in bunsui("session", "logs", "one", "--output", "json").stdout.splitlines()]

    assert any("greet" in line and "greeting world" in line for line in lines)
    assert len(some) == 1
    assert some[0].endswith("again              greeting hello world")
    assert [one["message"] for one in objects if one["operation"] == "greet"] == ["greeting world"]


@pytest.mark.parametrize(
    ("filter", "code", "said"),
    [
        (["--attempt", "nonsense"], 2, "'nonsense' is no attempt: write execution.redrive.retry, such as 1.0.0"),
        (["--attempt", "9.0.0"], 4, "attempt 9.0.0 is of execution 9, which session one does not have"),
        (["--operation", "gret"], 4, "Did you mean 'greet'?"),
        (["--operation", "gret", "--follow"], 4, "Did you mean 'greet'?"),
        (["--operation", "greet.inner"], 4, "has no operation 'greet.inner'"),
        (["--operation", ""], 4, "It has greet, again"),
        (["--since", "yesterday"], 2, "neither a time such as"),
        (["--grep", "("], 3, "no regular expression"),
    ],
)
def test_a_filter_that_can_match_nothing_is_an_error_that_says_what_is_expected(lived_in, filter, code, said):
    found = bunsui("session", "logs", "one", *filter)

    assert (found.returncode, found.stdout) == (code, "")
    assert said in found.stderr


def test_a_log_is_searched_with_regular_expressions(lived_in):
    found = bunsui("session", "logs", "one", "--grep", "^GREETING w.*d$")
    without_case = bunsui("session", "logs", "one", "--grep", "^greeting w.*d$")
    broken = bunsui("session", "logs", "one", "--grep", "(")

    assert found.stderr == "No such lines.\n"
    assert len(without_case.stdout.splitlines()) == 1
    assert (broken.returncode, broken.stdout) == (3, "")
    assert "'(' is no regular expression: missing ): (" in broken.stderr


def test_a_log_opens_at_the_failure(lived_in):
    lines = bunsui("session", "logs", "broken", "--around-error", "1", "--output", "json").stdout.splitlines()
    messages = [json.loads(line)["message"] for line in lines]
    both = bunsui("session", "logs", "broken", "--around-error", "--follow")

    assert any("no such month: 13" in message for message in messages)
    assert both.returncode == 2


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


def test_a_log_of_an_operation_that_is_not_there_names_the_likely_one(lived_in):
    ran = bunsui("session", "logs", "one", "--operation", "gret")

    assert (ran.returncode, ran.stdout) == (4, "")
    assert "Did you mean 'greet'?" in ran.stderr


def test_a_log_without_such_lines_says_so(lived_in):
    ran = bunsui("session", "logs", "one", "--grep", "nobody wrote this")

    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "", "No such lines.\n")


def test_one_operation_is_shown_with_its_output_or_its_failure(lived_in):
    good = bunsui("session", "show", "one", "--operation", "greet").stdout
    bad = bunsui("session", "show", "broken", "-o", "bad").stdout
    nobody = bunsui("session", "show", "one", "-o", "nobody")

    assert good.startswith("✔ greet")
    assert "kind       python" in good
    assert "  text  hello world" in good
    assert "no such month: 13" in bad
    assert "about to fail" in bad
    assert nobody.returncode == 4
    assert "It has greet, again" in nobody.stderr
    assert data("session", "show", "one", "-o", "greet")["operation"]["status"] == "SUCCEEDED"


def test_history_shows_the_events(lived_in):
    shown = bunsui("session", "history", "one").stdout
    told = data("session", "history", "one")

    assert shown.startswith("one-1  SUCCEEDED\n")
    assert "ExecutionStarted" in shown
    assert told["events"][-1]["type"] == "ExecutionSucceeded"


def test_history_is_cut_to_the_width_unless_all_is_asked_for(lived_in, monkeypatch):
    monkeypatch.setenv("COLUMNS", "100")
    some = bunsui("session", "history", "one")
    whole = bunsui("session", "history", "one", "--full")

    assert max(map(len, some.stdout.splitlines())) == 100
    assert "bunsui session history one --full" in some.stderr
    assert max(map(len, whole.stdout.splitlines())) > 100
    assert whole.stderr == ""
    assert any(line.split()[2:4] == ["TaskSucceeded", "greet"] for line in some.stdout.splitlines())


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
    (project / "hello.yaml").write_text(HELLO + "description: greets\n")
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
    assert bunsui("pipeline", "show", "hello@1").stdout == HELLO.rstrip("\n") + "\n"


def test_a_pipeline_with_problems_is_not_registered(project):
    (project / "hello.yaml").write_text(HELLO.replace("needs: [greet]", "needs: [gret]"))

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


def test_a_purge_shows_asks_and_removes(project):
    for name in ("one", "two"):
        bunsui("run", "hello.yaml", "--name", name)
    nothing_said = bunsui("session", "purge")
    shown = bunsui("session", "purge", "--pipeline", "hello", "--keep", "1", "--dry-run")
    asked = bunsui("session", "purge", "one")
    done = bunsui("session", "purge", "--older-than", "0", "--keep", "1", "--yes", "--output", "json")
    left = data("session", "list")["sessions"]
    again = bunsui("run", "hello.yaml", "--name", "one")

    assert nothing_said.returncode == 2
    assert "one" in shown.stdout
    assert "1 session, " in shown.stdout
    assert (asked.returncode, "--yes" in asked.stderr) == (5, True)
    assert [(one["id"], one["removed"]) for one in json.loads(done.stdout)["sessions"]] == [("one", True)]
    assert [one["id"] for one in left] == ["two"]
    assert again.returncode == 0


def test_who_leaves_a_session_that_waits_is_told_its_place_why_and_that_its_start_is_not_known(project):
    queue = "concurrency: {max_sessions: 1}\noperations:"
    one = project / "one.yaml"
    one.write_text((project / "slow.yaml").read_text().replace("operations:", queue))
    assert bunsui("run", "one.yaml", "--detach", "--name", "first").returncode == 0

    waits = bunsui("run", "one.yaml", "--detach", "--name", "second")

    assert waits.stdout == "second\n"
    assert "It waits, 1 of 1 in the queue of slow, start not known yet (no session of slow has" in waits.stderr
    assert "bunsui session watch second" in waits.stderr
    assert [bunsui("session", "cancel", name, "--yes").returncode for name in ("second", "first")] == [0, 0]


def test_the_first_line_of_a_log_says_that_the_session_started(lived_in):
    first, *_ = bunsui("session", "logs", "one").stdout.splitlines()

    assert "session" in first
    assert "started by" in first


def test_a_try_that_is_to_come_is_told_with_its_time(project):
    retry = "    retry: {max_attempts: 2, interval: 1h, jitter: none}\n  after:"
    (project / "again.yaml").write_text((project / "failing.yaml").read_text().replace("  after:", retry))
    bunsui("run", "again.yaml", "--detach", "--name", "tries")
    until_operation("tries", "bad", "RETRYING")

    (bad,) = (one for one in data("session", "show", "tries")["operations"] if one["name"] == "bad")
    shown = bunsui("session", "show", "tries").stdout

    assert bad["next_try"] > bad["started"]
    assert "next in 59m" in shown or "next in 1h" in shown
    assert bunsui("session", "cancel", "tries", "--yes").returncode == 0


@pytest.mark.parametrize(("typed", "meant"), [("brokn", "broken"), ("@lst", "@last")])
def test_a_slip_in_a_session_s_name_is_answered_with_the_nearest(lived_in, typed, meant):
    shown = bunsui("session", "show", typed)

    assert (shown.returncode, f"Did you mean '{meant}'?" in shown.stderr) == (4, True)
