"""Bad files, each with its exact problems beside it; good files, which have none.

After a deliberate change of words: python tests/unit/definition/test_corpus.py writes the expectations anew.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bunsui.definition import ConfigValidator, Found, Validation
from bunsui.model.problem import Severity

HERE = Path(__file__).parent
BAD = sorted((HERE / "bad").glob("*.yaml"))
VALID = sorted((HERE / "valid").glob("*.yaml"))
MACHINE = b'{"QueryLanguage": "JSONata", "StartAt": "A", "States": {"A": {"Type": "Succeed"}}}'


def resolve(kind: str, wanted: str, folder: str) -> Found | None:
    return Found(MACHINE, wanted, folder) if wanted == "machine.asl.json" else None


def validate(path: Path) -> Validation:
    return ConfigValidator(resolve).validate(path.read_bytes(), path.name)


def told(validation: Validation) -> str:
    lines = [f"{p} [warning]" if p.severity is Severity.WARNING else str(p) for p in validation.problems]
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize("path", BAD, ids=lambda path: path.stem)
def test_a_bad_file_has_exactly_these_problems(path: Path) -> None:
    validation = validate(path)
    assert validation.pipeline is None
    assert told(validation) == path.with_suffix(".txt").read_text(encoding="utf-8")


@pytest.mark.parametrize("path", BAD, ids=lambda path: path.stem)
def test_every_problem_says_what_to_write(path: Path) -> None:
    for problem in validate(path).problems:
        assert problem.hint or "expected" in problem.message


@pytest.mark.parametrize("path", VALID, ids=lambda path: path.stem)
def test_a_good_file_has_no_errors(path: Path) -> None:
    validation = validate(path)
    assert validation.errors == ()
    assert validation.pipeline is not None


@pytest.mark.parametrize("path", [path for path in BAD if "places" in path.stem], ids=lambda path: path.stem)
def test_a_problem_in_an_expression_points_at_the_name(path: Path) -> None:
    lines = path.read_bytes().decode().splitlines()
    found = 0
    for problem in validate(path).problems:
        if match := re.match(r"(\$\w+) is unknown", problem.message):
            assert lines[problem.place.line - 1][problem.place.column - 1 :].startswith(match[1])
            found += 1
    assert found >= 2


if __name__ == "__main__":
    for bad in BAD:
        bad.with_suffix(".txt").write_text(told(validate(bad)), encoding="utf-8")
