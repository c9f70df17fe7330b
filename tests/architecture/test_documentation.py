"""What the documentation says exists does exist. `docs/diagrams.md` has a test of its own."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bunsui.cli.help import GROUPS, ROOT

REPOSITORY = Path(__file__).parents[2]
PAGES = [
    *(REPOSITORY / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "examples/README.md")),
    *sorted((REPOSITORY / "docs").rglob("*.md")),
]
# A command as one types it: after a prompt, at the start of an indented or fenced line, or in backticks.
TYPED = re.compile(r"(?:^ *(?:\$ )?|`)(?:\.venv/bin/)?bunsui +(?P<words>[a-z]+(?: +[a-z]+)?)", re.MULTILINE)


def _name(path: Path) -> str:
    return str(path.relative_to(REPOSITORY))


def _known(words: str) -> bool:
    first, _, second = words.partition(" ")
    return first in ROOT and (first not in GROUPS or not second or second.strip() in GROUPS[first])


@pytest.mark.parametrize("page", PAGES, ids=_name)
def test_every_command_that_is_written_down_exists(page: Path) -> None:
    found = {match["words"] for match in TYPED.finditer(page.read_text(encoding="utf-8"))}
    assert {words for words in found if not _known(words)} == set()


@pytest.mark.parametrize("page", PAGES, ids=_name)
def test_every_link_to_a_file_leads_somewhere(page: Path) -> None:
    links = re.findall(r"\]\((?!https?:|#)([^)#]+)", page.read_text(encoding="utf-8"))
    assert [link for link in links if not (page.parent / link).exists()] == []


def test_the_index_of_decisions_lists_every_one() -> None:
    folder = REPOSITORY / "docs" / "adr"
    index = (folder / "README.md").read_text(encoding="utf-8")
    assert [path.name for path in folder.glob("0*.md") if path.name not in index] == []


def test_a_decision_fits_on_a_page() -> None:
    long = [p.name for p in (REPOSITORY / "docs" / "adr").glob("0*.md") if len(p.read_text().splitlines()) > 25]
    assert long == []


def test_the_guide_to_the_code_knows_every_package() -> None:
    guide = (REPOSITORY / "CONTRIBUTING.md").read_text(encoding="utf-8")
    source = REPOSITORY / "src" / "bunsui"
    there = {p.stem for p in source.iterdir() if p.suffix == ".py" or p.is_dir()} - {
        "__init__",
        "__main__",
        "__pycache__",
    }
    assert {name for name in there if f"| `{name}` |" not in guide} == set()


def test_every_target_of_make_is_in_its_help() -> None:
    makefile = (REPOSITORY / "Makefile").read_text(encoding="utf-8")
    phony = set(re.findall(r"^\.PHONY: (.*)$", makefile, re.MULTILINE)[0].split()) - {"help"}
    assert {target for target in phony if not re.search(rf"echo 'make {target} ", makefile)} == set()
