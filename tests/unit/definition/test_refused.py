"""Files that cannot even be read, and files that would cost too much to read."""

from __future__ import annotations

import pytest

from bunsui.definition import ConfigValidator
from bunsui.definition.reading import MAX_PROBLEMS

TOO_LARGE = "p.yaml:1:1  the file is 10.0 MiB large; at most 1 MiB is read. Put data beside it, not into it."
HEAD = "version: 1\nname: p\noperations:\n"


def told(data: bytes) -> list[str]:
    validation = ConfigValidator().validate(data, "p.yaml")
    assert validation.pipeline is None
    return [str(problem) for problem in validation.problems]


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", "p.yaml:1:1  the file is empty. Begin with: bunsui init"),
        (b" \n\n", "p.yaml:1:1  the file is empty. Begin with: bunsui init"),
        (b"\xef\xbb\xbf", "p.yaml:1:1  the file is empty. Begin with: bunsui init"),
        (b"a: 1\nb: \xff\n", "p.yaml:2:4  the file is not UTF-8 from here on. Save it as UTF-8."),
        ("a: 1".encode("utf-16"), "p.yaml:1:1  the file is not UTF-8 from here on. Save it as UTF-8."),
        (b"a: 1\nb: \x00\n", "p.yaml:2:4  the character U+0000 is not allowed in YAML. Remove it."),
        (b"a: 1\nb: \x1b[31m\n", "p.yaml:2:4  the character U+001B is not allowed in YAML. Remove it."),
        (b"x" * (10 << 20), TOO_LARGE),
        (b"[" * 100_000, "p.yaml:1:42  this is nested more than 40 levels deep. Nest less."),
        (b"{a: " * 50_000, "p.yaml:1:162  this is nested more than 40 levels deep. Nest less."),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_one_problem(data: bytes, expected: str) -> None:
    assert told(data) == [expected]


def test_block_mappings_nested_too_deeply_are_refused() -> None:
    deep = "".join("  " * level + "a:\n" for level in range(200)).encode()
    assert told(deep) == ["p.yaml:41:81  this is nested more than 40 levels deep. Nest less."]


def test_an_alias_bomb_is_refused_before_it_explodes() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]" for i in range(1, 40)]
    assert "aliases written out" in told("\n".join(lines).encode())[0]


def test_thousands_of_problems_are_told_up_to_a_limit() -> None:
    lines = [f"  operation_{i}: {{pyhton: {{call: 'a:b'}}, needs: [nobody_{i}]}}" for i in range(3_000)]
    found = told((HEAD + "\n".join(lines)).encode())
    assert len(found) == MAX_PROBLEMS


def test_four_hundred_operations_are_valid() -> None:
    lines = []
    for i in range(400):
        lines += [
            f"  op{i}:",
            f"    needs: [{f'op{i - 1}' if i else ''}]",
            "    python: {call: 'pkg.mod:fn'}",
            "    with:",
        ]
        lines += [f'      previous: "{{% $op{i - 1}.rows[0] + $params.month %}}"' if i else "      previous: 0"]
        lines += ["    timeout: 10m", "    retry: {max_attempts: 3, interval: 2s}"]
    data = ("params: {month: {type: integer}}\n" + HEAD + "\n".join(lines)).encode()
    validation = ConfigValidator().validate(data, "p.yaml")
    assert validation.pipeline is not None
    assert len(validation.pipeline.operations) == 400


def test_a_long_circle_is_told_short() -> None:
    lines = [f"  op{i}: {{python: {{call: 'a:b'}}, needs: [op{(i + 1) % 300}]}}" for i in range(300)]
    (problem,) = told((HEAD + "\n".join(lines)).encode())
    assert "op0 -> op1 -> op2 -> op3 -> op4 -> op5 -> …" in problem
    assert "op299 -> op0 (each needs the next)" in problem


def test_a_deep_chain_needs_no_deep_stack() -> None:
    lines = [f"  op{i}: {{python: {{call: 'a:b'}}, needs: [op{i + 1}]}}" for i in range(3000)]
    lines.append("  op3000: {python: {call: 'a:b'}}")
    assert ConfigValidator().validate((HEAD + "\n".join(lines)).encode(), "p.yaml").errors == ()


def test_control_characters_of_a_file_never_reach_a_message() -> None:
    data = (HEAD + '  "a\\u001b[31m\\u202e": {"\\u0007": 1}\nx: "\\u001b]0;x\\u0007"\n').encode()
    assert all(line.isprintable() for line in told(data))
