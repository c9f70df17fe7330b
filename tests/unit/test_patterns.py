"""Regular expressions of users: none can hang, wherever they are taken. Bounds are of CPU time."""

from __future__ import annotations

import resource
import subprocess
import sys
import textwrap

import pytest

from bunsui.patterns import BlockPattern, InvalidPattern, Pattern

CPU_SECONDS = 10
HOSTILE = [r"(a+)+$", r"(a|aa)+$", r"(.*a){25}b", r"(a?){60}a{60}", r"^(([a-z])+.)+[A-Z]([a-z])+$", r"(\w+\s?)+!$"]
LOGS = """
    from bunsui.services.logs.filter import LogFilter
    pattern = LogFilter(grep={0!r}).pattern()
    list(pattern.lines(b"\\n".join([b"a" * 200_000] * 20)))
"""
PARAMETERS = """
    from bunsui.definition import ConfigValidator
    import json
    text = "version: 1\\nname: n\\nparams: {{p: {{type: string, pattern: %s, default: %s}}}}\\n"
    text += "operations: {{o: {{wait: {{for: 1s}}}}}}\\n"
    result = ConfigValidator().validate((text % (json.dumps({0!r}), "a" * 100_000)).encode(), "n.yaml")
"""
RULES = """
    from bunsui.patterns import Pattern
    for _ in range(1000):
        Pattern({0!r}).found_in("a" * 200_000)
"""


@pytest.mark.parametrize("place", [LOGS, PARAMETERS, RULES], ids=["logs", "parameters", "rules"])
def test_no_expression_takes_longer_than_its_text_is_long(place: str) -> None:
    program = "".join(textwrap.dedent(place.format(pattern)) for pattern in HOSTILE)
    limit = lambda: resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))  # noqa: E731
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, preexec_fn=limit, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("pattern", ["[", "(?=a)", r"(a)\1", "a" * 2000, "(((((a{100}){100}){100}){100})"])
def test_what_cannot_be_matched_in_linear_time_is_refused(pattern: str) -> None:
    for kind in (Pattern, BlockPattern):
        with pytest.raises(InvalidPattern):
            kind(pattern)


@pytest.mark.parametrize(
    ("pattern", "lines"),
    [
        ("b", [1, 2]),
        ("^a", [0]),
        ("b$", [1]),
        (r"\Ab\z", [1]),
        (r"a\sb", []),
        ("a.b", []),
        ("[^x]{3}", [2]),
        ("", [0, 1, 2, 3]),
        ("^$", [3]),
        ("(?i)A", [0]),
        ("(?-i)b$", [1]),
        ("bé", [2]),
        ("a|^b", [0, 1, 2]),
        (r"a\nb", []),
    ],
)
def test_a_match_is_within_a_line(pattern: str, lines: list[int]) -> None:
    block = "a\nb\nbéc\n".encode()
    assert list(BlockPattern(pattern).lines(block)) == lines
    each = [number for number, line in enumerate(block.decode().split("\n")) if Pattern(pattern).found_in(line)]
    assert each == lines


def test_case_may_be_ignored() -> None:
    assert list(BlockPattern("abc$", ignore_case=True).lines(b"xABC\nabcx\nabc")) == [0, 2]
