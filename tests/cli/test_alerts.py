"""`bunsui alert`, alerts in `session show`, and those for whoever sits at the terminal."""

from __future__ import annotations

import io
import json
from dataclasses import replace

import pytest

from bunsui.cli import alerts
from bunsui.cli.output import Output
from bunsui.model.alert import Alert, AlertKind, AlertStatus, Message, Target
from bunsui.model.secret import Secret
from bunsui.text.alerts import lines as alert_lines
from bunsui.text.style import Style
from cli.program import bunsui, data
from virtual import letterbox

PLAIN = Style(False, True)
MESSAGE = Message("abc", AlertKind.FAILURE, "flights failed\x1b[2J", "mine", "flights", commands=(("bunsui x", "y"),))
TEN = "2026-01-01T10:00:00.000000Z"
ALERT = Alert(MESSAGE, Target(Secret("env:ALERT_URL")), TEN)


def test_alerts_are_listed_with_where_they_went_and_how_far_they_got(lived_in):
    (told,) = data("alert", "list", "broken")["alerts"]
    listed = bunsui("alert", "list")

    assert (told["kind"], told["session"], told["target"], told["status"]) == ("failure", "broken", "console", "sent")
    assert told["subject"] == "failing failed: bad: ValueError (bad data)"
    assert "failing failed: bad" in listed.stdout
    assert "kept in the record at" in listed.stdout
    assert bunsui("alert", "list", "one").stderr == "No alerts so far.\n"
    assert bunsui("alert", "list", "nobody").returncode == 4


def test_a_session_shows_what_was_told_of_it(lived_in):
    assert "alerts\n  failure  kept in the record at " in bunsui("session", "show", "broken").stdout
    (told,) = data("session", "show", "broken")["alerts"]
    assert told["status"] == "sent"
    assert "alerts" not in bunsui("session", "show", "one").stdout


def test_a_target_is_tried_at_once(home, monkeypatch):
    with letterbox.web() as web:
        monkeypatch.setenv("ALERT_URL", f"json://127.0.0.1:{web.port}/hunter2")
        ran = bunsui("alert", "test", "env:ALERT_URL")
    assert (ran.returncode, ran.stdout) == (0, "✔ env:ALERT_URL  sent to env:ALERT_URL\n")
    assert web.posted[0].body["title"] == "Bunsui can reach you here"


def test_one_target_that_fails_is_told_with_what_to_do_and_is_exit_6(home):
    ran = bunsui("alert", "test", "console", "env:NOT_SET", "slak://hunter2")
    assert ran.returncode == 6
    assert ran.stdout.startswith("✔ console  kept in the record\n✘ env:NOT_SET  env:NOT_SET is not set\n✘ slak://...")
    assert "export NOT_SET=" in ran.stderr
    assert "hunter2" not in ran.stdout + ran.stderr


def test_everybody_whom_a_pipeline_or_the_home_names_is_tried(project, home):
    (project / "told.yaml").write_text(
        "version: 1\nname: told\nnotify: {on_failure: [console, {secret: 'env:MINE'}]}\n"
        "operations:\n  a: {command: {run: [ls]}}\n"
    )
    home.mkdir(parents=True)
    (home / "alerts.toml").write_text('on_failure = [{secret = "env:OTHERS"}]\non_slow = [{secret = "env:OURS"}]\n')
    ran = bunsui("alert", "test", "--pipeline", "told.yaml", "--output", "json")
    assert [one["target"] for one in json.loads(ran.stdout)["targets"]] == ["console", "env:MINE", "env:OURS"]


def test_a_test_of_nothing_is_a_mistake(home):
    ran = bunsui("alert", "test")
    assert (ran.returncode, "name a TARGET" in ran.stderr) == (2, True)


def test_a_mistake_in_the_homes_file_is_told_where_one_looks(home):
    home.mkdir(parents=True)
    (home / "alerts.toml").write_text("on_failure = 3\n")
    assert "alerts.toml:1:1  on_failure: expected a list of addresses." in bunsui("alert", "list").stderr


@pytest.mark.parametrize(
    ("how", "said"),
    [
        (
            {"status": AlertStatus.SENT, "how": "sent to env:ALERT_URL", "sent": TEN},
            "sent to",
        ),
        ({"status": AlertStatus.GIVEN_UP, "attempts": 8, "error": "down\x1b"}, "given up after 8 tries: down\\e"),
        ({"attempts": 1, "error": "down", "due": TEN}, "(1 try): down"),
        ({"held": True, "due": TEN}, "held back until"),
        ({}, "on its way"),
    ],
)
def test_a_line_says_how_far_an_alert_got(how, said):
    (line,) = alert_lines(replace(ALERT, **how), None, PLAIN)
    assert line.startswith("  failure  ")
    assert said in line
    assert "env:ALERT_URL" in line


def test_a_list_of_alerts_hides_nothing_on_a_narrow_terminal():
    error = "the proxy answered that it is overloaded"
    rows = alerts.rows([replace(ALERT, attempts=2, error=error, due=TEN)], 80, PLAIN)
    assert max(map(len, rows)) <= 80
    told = " ".join(row.strip() for row in rows)
    assert "flights failed" in told
    assert "mine · env:ALERT_URL · tried again at" in told
    assert error in told


def test_why_an_alert_did_not_arrive_is_read_whole_on_a_narrow_terminal():
    error = "Failed to send JSON POST notification: the proxy answered that it is overloaded, error=503."
    rows = list(alert_lines(replace(ALERT, attempts=2, error=error, due=TEN), 80, PLAIN))
    assert max(map(len, rows)) <= 80
    assert " ".join(row.strip() for row in rows).endswith("overloaded, error=503.")


def test_whoever_sits_there_is_told_but_not_what_the_end_of_the_watched_session_says_anyway():
    out = Output(io.StringIO(), io.StringIO(), {})
    alerts.notices(out, [MESSAGE], watched="mine")
    assert out.err.getvalue() == ""
    alerts.notices(out, [MESSAGE])
    assert out.err.getvalue() == "alert: flights failed\\e[2J\n       bunsui x  y\n"


def alerts_of_doctor() -> list[tuple[str, str, str]]:
    checks = json.loads(bunsui("doctor", "--output", "json").stdout)["checks"]
    return [(one["status"], one["detail"], one["hint"]) for one in checks if one["name"] == "alerts"]


def test_the_doctor_names_line_and_column_of_what_is_wrong_with_the_file_of_alerts(home):
    home.mkdir(parents=True)
    file = home / "alerts.toml"
    file.write_text('# whom\n  on_failur = []\nslow_after = "soon"\n')
    assert alerts_of_doctor() == [
        ("error", f"{file}:2:3  unknown key 'on_failur'.", "Did you mean 'on_failure'?"),
        ("error", f"{file}:3:1  slow_after: expected a number of seconds.", "Write slow_after = 900."),
        ("error", f"{file} counts for nothing until that is mended", ""),
    ]
    file.write_text('on_failure = []\non_slow = [,"]\n')
    assert alerts_of_doctor()[0][1].startswith(f"{file}:2:12  this is no TOML")


def test_the_doctor_looks_up_secrets_and_who_may_read_open_addresses(home, monkeypatch):
    home.mkdir(parents=True)
    monkeypatch.delenv("NOPE", raising=False)
    file = home / "alerts.toml"
    file.write_text('on_failure = [{secret = "env:NOPE"}, "json://127.0.0.1/hunter2"]\n')
    file.chmod(0o644)
    (missing, readable) = alerts_of_doctor()
    assert missing[:2] == ("error", "alerts.toml: env:NOPE is not set; nobody there is told")
    assert readable[::2] == ("warning", f"chmod 600 {file}")
    assert "hunter2" not in str((missing, readable))

    file.chmod(0o600)
    monkeypatch.setenv("NOPE", "json://127.0.0.1/x")
    assert alerts_of_doctor() == [("ok", "alerts.toml names 2 addresses", "")]
