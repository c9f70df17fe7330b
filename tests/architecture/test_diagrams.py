"""docs/diagrams.md tells the truth: every message has a row, every function and every test named in it exists."""

from __future__ import annotations

import ast
import importlib
import re
from functools import cache
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]
PAGE = (REPOSITORY / "docs" / "diagrams.md").read_text(encoding="utf-8")
SECTION = re.compile(r"^## (\d\.\d) .+?\n(.*?)(?=^## |\Z)", re.MULTILINE | re.DOTALL)
MESSAGE = re.compile(r"^\s*([\w/]+)\s*(-{1,2}>>)\s*([\w/]+):\s*(.+?)\s*$", re.MULTILINE)
LATER = re.compile(r"not built yet \(issue [3-5]\)")
BACKENDS = ("local", "aws")

# How many messages each diagram has as it was asked for: none may get lost from the page.
ASKED_FOR = {
    "1.1": 15,
    "1.2": 10,
    "2.1": 13,
    "2.2": 16,
    "3.1": 12,
    "3.2": 10,
    "4.1": 15,
    "5.1": 8,
    "5.2": 10,
    "6.1": 10,
}


def _rows(section: str) -> list[list[str]]:
    lines = [line for line in section.splitlines() if line.startswith("| ") and not line.startswith("| message")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


SECTIONS: dict[str, str] = dict(SECTION.findall(PAGE))
ROWS = {number: _rows(body) for number, body in SECTIONS.items()}
ALL = [row for rows in ROWS.values() for row in rows]
FUNCTIONS = sorted({row[1].strip("`") for row in ALL if not LATER.fullmatch(row[1])})
TESTS = sorted({cell.strip("`") for row in ALL for cell in row[2:] if not LATER.fullmatch(cell)})


def test_every_diagram_is_there_with_all_its_messages() -> None:
    assert {number: len(MESSAGE.findall(body)) for number, body in SECTIONS.items()} == ASKED_FOR


@pytest.mark.parametrize("number", ASKED_FOR)
def test_every_message_has_a_row_in_its_order(number: str) -> None:
    messages = [" ".join(found[:3]) + ": " + found[3] for found in MESSAGE.findall(SECTIONS[number])]
    assert [row[0] for row in ROWS[number]] == messages


def test_every_row_says_who_carries_it_and_what_shows_it_on_each_backend() -> None:
    assert [row for row in ALL if len(row) != 2 + len(BACKENDS) or not all(row)] == []


def test_what_is_not_built_is_not_shown_and_what_is_built_is() -> None:
    local = [(bool(LATER.fullmatch(row[1])), bool(LATER.fullmatch(row[2]))) for row in ALL]
    assert {pair for pair in local if pair[0] != pair[1]} == set()


@pytest.mark.parametrize("name", FUNCTIONS)
def test_the_function_exists(name: str) -> None:
    module, _, path = name.partition(":")
    found: object = importlib.import_module(module)
    for part in path.split("."):
        found = getattr(found, part)
    assert callable(found)


@pytest.mark.parametrize("name", TESTS)
def test_the_test_exists(name: str) -> None:
    path, _, function = name.partition("::")
    assert function in _functions(REPOSITORY / path)


@cache
def _functions(path: Path) -> frozenset[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return frozenset(node.name for node in tree.body if isinstance(node, ast.FunctionDef))
