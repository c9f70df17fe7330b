"""The functions that Step Functions adds to JSONata."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from bunsui.expressions import BUILT_IN, EvaluationError, Expression, Undefined


def value(text: str, **variables: Any) -> Any:
    return Expression(text).evaluate(None, variables)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("$partition([0,1,2,3], 1)", [[0], [1], [2], [3]]),
        ("$partition([0,1,2,3], 3)", [[0, 1, 2], [3]]),
        ("$partition([0,1], 5)", [[0, 1]]),
        ("$partition([0,1,2], 2.9)", [[0, 1], [2]]),
        ("$partition([], 2)", []),
        ("$partition([[1,2]], 2)", [[[1, 2]]]),
        ("$range(0, 9, 3)", [0, 3, 6, 9]),
        ("$range(9, 0, -3)", [9, 6, 3, 0]),
        ("$range(5, 1, 1)", []),
        ("$range(1, 1, 1)", [1]),
        ("$hash('abc', 'MD5')", "900150983cd24fb0d6963f7d28e17f72"),
        ("$hash('abc', 'SHA-1')", "a9993e364706816aba3e25717850c26c9cd0d89d"),
        ("$hash('', 'SHA-256')", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        ("$length($hash('é', 'SHA-384'))", 96),
        ("$length($hash({'a': 1}, 'SHA-512'))", 128),
        ("$parse('[1, 2, \"HelloWorld\"]')", [1, 2, "HelloWorld"]),
        ("$parse('true')", True),
        ("$parse('-0')", 0),
        ('$parse(\'{"a": {"b": 1.5}}\').a.b', 1.5),
        ("'[1]' ~> $parse", [1]),
        ("$map(['1', '2'], $parse)", [1, 2]),
        ("$random(5) = $random(5)", True),
    ],
)
def test_a_function_gives_what_step_functions_gives(text: str, expected: object) -> None:
    assert value(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "$partition([1], 0)",
        "$partition($nobody, 2)",
        "$partition([1])",
        "$range(0, 1, 0)",
        "$range(0, 1)",
        "$range(0, 1000, 1)",
        "$range('a', 1, 1)",
        "$hash('abc', 'CRC32')",
        "$hash('abc')",
        "$hash($nobody, 'MD5')",
        "$parse('{')",
        "$parse('NaN')",
        "$parse('1e999')",
        "$parse(1)",
        "$parse($nobody)",
        "$random('a')",
        "$random(1, 2)",
        "$uuid(1)",
        "$nobody()",
    ],
)
def test_a_wrong_argument_is_an_error_of_the_expression(text: str) -> None:
    with pytest.raises(EvaluationError):
        value(text)


def test_random_is_from_zero_to_below_one() -> None:
    numbers = [Expression("$random()").evaluate(seed=seed) for seed in range(200)]
    assert all(isinstance(number, int | float) and 0 <= number < 1 for number in numbers)
    assert len(set(map(str, numbers))) == 200


def test_a_uuid_is_one_of_version_4() -> None:
    for seed in range(50):
        made = uuid.UUID(str(Expression("$uuid()").evaluate(seed=seed)))
        assert (made.version, made.variant) == (4, uuid.RFC_4122)


def test_two_uuids_of_one_expression_differ() -> None:
    assert value("($a := $uuid(); $b := $uuid(); $a = $b)") is False


def test_every_name_in_the_list_is_a_function() -> None:
    for name in sorted(BUILT_IN):
        # partition and the like are known only where they are called: being handed on counts as a call
        text = f"$type(${name})"
        try:
            assert value(text) == "function", name
        except Undefined:
            pytest.fail(f"${name} does not exist")
