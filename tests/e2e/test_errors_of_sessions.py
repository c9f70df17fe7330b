"""Real failures, from the process that failed to what `bunsui session errors` says of them."""

from __future__ import annotations

import io
import json

import pytest

from bunsui.cli import boundary
from bunsui.cli.output import Output
from bunsui.definition import ConfigValidator
from bunsui.model.pipeline import Retry
from bunsui.model.status import SessionStatus
from bunsui.text import errors
from bunsui.workspace import open_workspace

_S = SessionStatus
BROKEN = """
version: 1
name: broken
operations:
  refused:
    command: {run: ["sh", "-c", "echo starting; echo 'psycopg2.OperationalError: Connection refused' >&2; exit 1"]}
  killed:
    command: {run: ["sh", "-c", "kill -9 $$"]}
  missing:
    command: {run: ["no-such-program-at-all"]}
  many:
    for_each: [0, 1, 2, 3]
    python: {call: "work:double"}
    with: {x: "{% $item %}"}
  after:
    needs: [refused]
    command: {run: ["true"]}
"""


def command(project, monkeypatch, *arguments: str) -> tuple[int, str]:
    """The program's exit code and its standard output, in this process."""
    monkeypatch.setenv("BUNSUI_HOME", str(project.settings.home))
    out = Output(io.StringIO(), io.StringIO(), {})
    monkeypatch.setattr(boundary.output, "of_process", lambda: out)
    code = boundary.run(list(arguments))
    return code, out.out.getvalue()  # type: ignore[attr-defined]


@pytest.fixture
def failed(project):
    for item in (1, 3):
        (project.folder / f"bad-{item}").touch()
    with open_workspace(project.settings) as opened:
        session = opened.run(project.write("broken.yaml", BROKEN), name="down")
        assert opened.sessions.wait(session.id, 60).status is _S.FAILED
        yield opened


def test_an_execution_that_failed_is_analysed_and_the_analysis_stored(failed) -> None:
    session = failed.sessions.refresh("down")
    found = {one.operation: one for one in failed.errors.strategy(session).analyses}
    assert {name: one.category.value for name, one in found.items()} == {
        "refused": "transient",
        "killed": "memory",
        "missing": "configuration",
        "many": "bad data",
    }
    assert (found["many"].alike, found["many"].items) == (2, (1, 3))
    assert next(iter(found)) == "refused"  # it holds something up


def test_the_evidence_lies_where_it_says_though_the_log_is_archived(failed) -> None:
    session = failed.sessions.refresh("down")
    for one in failed.errors.strategy(session).analyses:
        for line in one.evidence:
            if line.place != "cause":
                assert failed.sessions.log_line(line.place, line.line).message == line.text


def test_the_command_shows_what_failed_why_and_what_to_do(failed, project, monkeypatch) -> None:
    failed.close()
    code, text = command(project, monkeypatch, "session", "errors", "down")
    assert code == 0
    for part in (
        "refused  Bunsui.CommandFailed",
        "transient, may pass by itself",
        "Connection refused",
        "many[1] and 1",
    ):
        assert part in text
    assert "retry: {on: [Bunsui.CommandFailed], max_attempts:" in text
    assert "log of refused, attempt 1.0.0" in text
    assert "bunsui session recover down" in text


def test_the_command_as_json(failed, project, monkeypatch) -> None:
    failed.close()
    body = json.loads(command(project, monkeypatch, "session", "errors", "down", "--output", "json")[1])
    assert (body["status"], body["recoverable"], len(body["errors"])) == ("FAILED", False, 4)
    groups = json.loads(command(project, monkeypatch, "session", "errors", "--output", "json")[1])["groups"]
    assert {(group["count"], group["session"], group["succeeded_since"]) for group in groups} == {(1, "down", False)}


def test_the_suggested_rule_can_be_pasted_into_the_pipeline(project) -> None:
    odd = Retry(max_attempts=4, interval=5, max_delay=60, on=("States.Timeout", "Lambda.TooManyRequestsException"))
    for rule in (Retry(on=("KeyError",)), odd):
        text = f"version: 1\nname: n\noperations:\n  a:\n    command: {{run: [x]}}\n    {errors.retry_yaml(rule)}\n"
        result = ConfigValidator().validate(text.encode(), "n.yaml")
        assert [str(problem) for problem in result.problems] == []


def test_nothing_that_a_task_wrote_reaches_the_terminal_as_it_is(project, monkeypatch) -> None:
    run = "[sh, -c, 'printf \"\\\\033[2JError: \\\\033]0;x\\\\007 connection refused\\\\n\" >&2; exit 1']"
    path = project.pipeline(f"evil:\n  command: {{run: {run}}}", "evil")
    with open_workspace(project.settings) as opened:
        opened.sessions.wait(opened.run(path, name="evil").id, 60)
    shown = (
        command(project, monkeypatch, "session", "errors", "evil")[1]
        + command(project, monkeypatch, "session", "errors")[1]
    )
    assert "connection refused" in shown
    assert "\x1b" not in shown
    assert "\x07" not in shown


def test_one_kind_of_failure_is_found_in_every_session_that_failed_so(failed, project, monkeypatch) -> None:
    again = failed.run(str(project.folder / "broken.yaml"), name="again")
    failed.sessions.wait(again.id, 60)
    (kind,) = {one.fingerprint for one in failed.errors.of_session(again) if one.operation == "refused"}
    page = failed.errors.alike(kind)
    assert [one.session for one in page.failures] == ["again", "down"]
    assert (page.group.count, page.succeeded_since, page.next) == (2, False, None)
    failed.close()

    code, text = command(project, monkeypatch, "session", "errors", "--fingerprint", kind, "--output", "json")
    body = json.loads(text)
    assert code == 0
    assert (body["group"]["fingerprint"], body["group"]["succeeded_since"]) == (kind, False)
    assert [one["session"] for one in body["failures"]] == ["again", "down"]
    code, text = command(project, monkeypatch, "session", "errors", "--fingerprint", kind)
    assert text.index("again  ") < text.index("down  ")
    code, _ = command(project, monkeypatch, "session", "errors", "--fingerprint", "nothing")
    assert code == 4
