"""Moments in JSON, tries in a log, and what a person is told to type."""

from __future__ import annotations

import pytest

from bunsui.cli.program import program
from bunsui.model.log import LogLine
from bunsui.services.views import Approval
from bunsui.text.body import plain
from bunsui.text.logs import Tries
from bunsui.text.style import Style
from cli.program import bunsui, data, until_operation


def test_moments_are_rfc_3339_in_json_and_tokens_are_not_there() -> None:
    approval = Approval("s", "ask", "Go?", 1767225600.25, "secret")
    assert plain(approval) == {
        "session": "s",
        "operation": "ask",
        "message": "Go?",
        "since": "2026-01-01T00:00:00.250000Z",
    }


def line(attempt: str, item: int | None = None) -> LogLine:
    return LogLine(1.0, "INFO", "s", "load", item, attempt, "stdout", "text")


def test_another_try_is_announced_in_a_log_and_the_first_is_not() -> None:
    tries, style = Tries(), Style(colour=False, unicode=False)
    told = [list(tries.begun_by(one, style)) for one in (line("1.0.0"), line("1.0.0"), line("1.0.1"), line("2.1.0"))]
    assert told[:2] == [[], []]
    assert [one.strip() for (one,) in told[2:]] == [
        "--- load, try 2 ---",
        "--- load, try 1 of execution 2 of redrive 1 ---",
    ]


def test_items_have_tries_of_their_own() -> None:
    tries, style = Tries(), Style(colour=False, unicode=False)
    assert [list(tries.begun_by(line("1.0.0", item), style)) for item in (0, 1, 0)] == [[], [], []]


@pytest.mark.parametrize(
    ("script", "path", "typed"),
    [
        ("/usr/bin/python3", "", "bunsui"),
        ("{here}/a b/bin/bunsui", "{here}/a b/bin", "bunsui"),
        ("{here}/a b/bin/bunsui", "/nowhere", "'a b/bin/bunsui'"),
        ("{here}/.venv/bin/bunsui", "/nowhere", ".venv/bin/bunsui"),
    ],
)
def test_what_is_to_be_typed_is_found_by_the_shell(tmp_path, monkeypatch, script, path, typed) -> None:
    for folder in ("a b/bin", ".venv/bin"):
        (tmp_path / folder).mkdir(parents=True)
        (tmp_path / folder / "bunsui").touch(mode=0o755)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.argv", [script.format(here=tmp_path)])
    monkeypatch.setenv("PATH", path.format(here=tmp_path))
    assert program() == typed


def test_a_list_shows_what_a_session_waits_for(project) -> None:
    bunsui("run", "asking.yaml", "--detach", "--name", "mine")
    until_operation("mine", "ask", "WAITING")
    while not data("session", "show", "mine")["approvals"]:  # it waits; its question is a moment later in the history
        pass
    assert "ask waits for approval: Publish it?" in bunsui("session", "list").stdout
    assert [one["operation"] for one in data("session", "list")["approvals"]] == ["ask"]
    bunsui("session", "cancel", "mine", "--yes")
