"""Contexts at the command line: which there are, which one counts, and what a production and a read-only one want."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from bunsui.cli import main
from cli.test_terminal import OnTerminal

CONTEXTS = """
[contexts.prod]
backend = "aws"
region = "eu-west-1"
environment = "prod"
production = true

[contexts.careful]
backend = "local"
production = true

[contexts.look]
backend = "local"
read_only = true
"""
WAITS = "version: 1\nname: waits\noperations:\n  one: {wait: {for: 1h}}\n"
Said = tuple[int, str, str]


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("bunsui.toml").write_text(CONTEXTS)
    Path("waits.yaml").write_text(WAITS)


@pytest.fixture
def bunsui(capfd: pytest.CaptureFixture[str]) -> Callable[..., Said]:
    def run(*arguments: str) -> Said:
        capfd.readouterr()
        code = main.run(list(arguments))
        return code, *capfd.readouterr()

    return run


def test_the_list_marks_the_current_context(bunsui: Callable[..., Said]) -> None:
    _, out, _ = bunsui("context", "list")
    assert [re.split(r"\s{2,}", line.strip()) for line in out.splitlines()] == [
        ["CONTEXT", "BACKEND", "ENVIRONMENT", "REGION", "PROFILE"],
        ["*", "local", "local"],
        ["aws", "aws", "dev"],
        ["prod", "aws", "prod", "eu-west-1", "production"],
        ["careful", "local", "production"],
        ["look", "local", "read-only"],
    ]


def test_what_is_chosen_counts_until_another_is_named(
    bunsui: Callable[..., Said], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert bunsui("context", "use", "look")[:2] == (0, "look  read-only\n")
    assert json.loads(bunsui("context", "show", "--output", "json")[1])["name"] == "look"
    assert json.loads(bunsui("context", "show", "--context", "prod", "--output", "json")[1])["name"] == "prod"
    monkeypatch.setenv("BUNSUI_CONTEXT", "careful")
    assert json.loads(bunsui("context", "show", "--output", "json")[1])["name"] == "careful"
    assert "BUNSUI_CONTEXT=careful counts more" in bunsui("context", "use", "local")[2]


def test_a_context_is_shown_with_its_file(bunsui: Callable[..., Said], tmp_path: Path) -> None:
    body = json.loads(bunsui("context", "show", "prod", "--output", "json")[1])
    assert (body["file"], body["region"], body["production"]) == (str(tmp_path / "bunsui.toml"), "eu-west-1", True)


def test_a_name_that_nothing_has_is_not_found(bunsui: Callable[..., Said], monkeypatch: pytest.MonkeyPatch) -> None:
    for arguments in (["context", "show", "prd"], ["context", "use", "prd"], ["session", "list", "--context", "prd"]):
        code, _, err = bunsui(*arguments)
        assert (code, "Did you mean 'prod'?" in err) == (4, True), arguments
    monkeypatch.setenv("BUNSUI_CONTEXT", "prd")
    assert bunsui("session", "list")[0] == 4
    assert bunsui("context", "list")[0] == 0


def test_problems_of_the_file_are_told_where_a_context_is_named_and_nowhere_else(bunsui: Callable[..., Said]) -> None:
    Path("bunsui.toml").write_text('[contexts.prod]\nbackend = "aws"\nproducton = true\n')
    code, _, err = bunsui("session", "list", "--context", "prod")
    assert code == 3
    assert "bunsui.toml:3:1  unknown key 'producton'. Did you mean 'production'?" in err
    assert bunsui("context", "list")[0] == 3
    assert bunsui("session", "list")[0] == 0


def test_a_read_only_home_refuses_a_run(bunsui: Callable[..., Said]) -> None:
    code, _, err = bunsui("run", "waits.yaml", "--context", "look", "--detach")
    assert (code, "the context look is read-only" in err) == (5, True)
    assert bunsui("session", "list", "--context", "look")[0] == 0


def test_in_production_a_run_begins_when_its_name_was_typed() -> None:
    run = OnTerminal("run", "waits.yaml", "--context", "careful", "--detach", "--name", "typed")
    run.until("Type its name to start a session: ")
    run.type("careful\n")
    assert run.end() == 0
    stop = OnTerminal("session", "cancel", "typed", "--context", "careful")
    stop.until("Type its name to cancel typed: ")
    stop.type("y\n")
    assert stop.end() == 5
    assert "careful is production: to cancel typed there takes its name" in stop.seen
    done = OnTerminal("session", "cancel", "typed", "--context", "careful", "--yes")
    assert done.end() == 0


@pytest.mark.parametrize("alone", [["--context", "prod"], ["--context=prod"], ["--backend", "aws"], []])
def test_a_context_alone_is_a_bare_bunsui_there(bunsui: Callable[..., Said], alone: list[str]) -> None:
    code, out, err = bunsui(*alone)
    assert (code, out, "Usage: bunsui COMMAND" in err) == (2, "", True)


def test_lists_of_all_contexts_say_of_each_row_where_it_is(bunsui: Callable[..., Said]) -> None:
    Path("bunsui.toml").write_text('[contexts.mine]\nbackend = "local"\n')
    assert bunsui("pool", "set", "shared", "--slots", "2")[0] == 0
    assert bunsui("pipeline", "register", "waits.yaml", "--yes")[0] == 0
    for noun, name in (("pool", "shared"), ("pipeline", "waits")):
        _, out, _ = bunsui(noun, "list", "--all-contexts")
        assert [line.split()[:2] for line in out.splitlines()[1:]] == [["local", name], ["mine", name]]
        body = json.loads(bunsui(noun, "list", "--all-contexts", "--output", "json")[1])
        assert [(one["context"], one[noun]["name"]) for one in body[f"{noun}s"]] == [("local", name), ("mine", name)]
    assert json.loads(bunsui("alert", "list", "--all-contexts", "--output", "json")[1])["alerts"] == []


def test_what_is_to_be_typed_next_is_in_the_same_context(bunsui: Callable[..., Said]) -> None:
    _, out, err = bunsui("run", "waits.yaml", "--context", "careful", "--yes", "--detach", "--name", "next")
    assert (out, "bunsui --context careful session watch next" in err) == ("next\n", True)
    assert bunsui("--context", "careful", "session", "cancel", "next", "--yes")[0] == 0
