"""What is given to a run: typed from text, complete, within the rules, or told with the nearest name."""

from __future__ import annotations

import pytest

from bunsui.definition import ConfigValidator, bind, parse_cli
from bunsui.errors import InvalidInput
from bunsui.model.json import Json
from bunsui.model.pipeline import Pipeline

TEXT = """
version: 1
name: p
params:
  month: {type: integer, minimum: 1, maximum: 12}
  note: {pattern: "[a-z ]*", max_length: 9, default: none}
  ratio: {type: number, default: 0.5}
  dry: {type: boolean, default: false}
  airports: {type: list, min_length: 1, default: [JFK]}
  options: {type: object, required: false}
  color: {choices: [red, green], default: red}
operations:
  a: {python: {call: a:b}}
"""
DEFAULTS: dict[str, Json] = {
    "note": "none", "ratio": 0.5, "dry": False, "airports": ["JFK"], "options": None, "color": "red",
}  # fmt: skip


@pytest.fixture(scope="module")
def pipeline() -> Pipeline:
    made = ConfigValidator().validate(TEXT.encode(), "p.yaml").pipeline
    assert made is not None
    return made


def test_what_is_not_given_has_its_default(pipeline: Pipeline) -> None:
    binding = bind(pipeline, {"month": 3})
    assert binding.params == {"month": 3, **DEFAULTS}
    assert binding.problems == ()


def test_values_of_any_type_are_taken(pipeline: Pipeline) -> None:
    given: dict[str, Json] = {"month": 12, "dry": True, "ratio": 1, "airports": ["LGA", 3], "options": {"a": {}}}
    assert bind(pipeline, given).params == {**DEFAULTS, **given}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("month=3", ("month", 3)),
        ("month=3.0", ("month", 3)),
        ("note=a = b", ("note", "a = b")),
        ("note=7", ("note", "7")),
        ("note=", ("note", "")),
        ("ratio=1e-3", ("ratio", 0.001)),
        ("dry=TRUE", ("dry", True)),
        ("dry=false", ("dry", False)),
        ('airports=["JFK", "LGA"]', ("airports", ["JFK", "LGA"])),
        ('options={"a": {"b": 1}}', ("options", {"a": {"b": 1}})),
    ],
)
def test_text_takes_the_type_of_its_parameter(pipeline: Pipeline, text: str, expected: tuple[str, Json]) -> None:
    name, value = parse_cli(text, pipeline.params)
    assert (name, value) == expected
    assert type(value) is type(expected[1])


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("month", "'month' is not of the form key=value", "Write -p key=value"),
        ("=3", "'=3' is not of the form key=value", "Write -p key=value"),
        ("mont=3", "there is no parameter 'mont'", "Did you mean 'month'?"),
        ("month=March", "parameter 'month': expected a whole number, not 'March'.", "Write -p month=VALUE"),
        ("month=3.5", "parameter 'month': expected a whole number, not 3.5.", "Write -p month=VALUE"),
        ("month=NaN", "parameter 'month': expected a whole number, not 'NaN'.", "Write -p month=VALUE"),
        ("dry=1", "parameter 'dry': expected true or false, not 1.", "Write -p dry=VALUE"),
        ("dry=yes", "parameter 'dry': expected true or false, not 'yes'.", "Write -p dry=VALUE"),
        (
            "airports=JFK",
            "parameter 'airports': expected a list, not 'JFK'. It is written as JSON.",
            "Write -p airports=VALUE",
        ),
    ],
)
def test_text_that_does_not_fit_is_refused(pipeline: Pipeline, text: str, message: str, hint: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        parse_cli(text, pipeline.params)
    assert (str(caught.value), caught.value.hint) == (message, hint)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, "p.yaml:5:3  parameter 'month': it is missing. Give it with -p month=VALUE."),
        ({"month": 0}, "p.yaml:5:3  parameter 'month': 0 is less than 1, the minimum. Give it with -p month=VALUE."),
        (
            {"month": True},
            "p.yaml:5:3  parameter 'month': expected a whole number, not true. Give it with -p month=VALUE.",
        ),
        (
            {"month": None},
            "p.yaml:5:3  parameter 'month': expected a whole number, not null. Give it with -p month=VALUE.",
        ),
        (
            {"month": 1, "note": "A"},
            "p.yaml:6:3  parameter 'note': 'A' does not match the pattern [a-z ]*. Give it with -p note=VALUE.",
        ),
        (
            {"month": 1, "note": "a" * 10},
            "p.yaml:6:3  parameter 'note': 10 characters are more than 9, the maximum. Give it with -p note=VALUE.",
        ),
        (
            {"month": 1, "airports": []},
            "p.yaml:9:3  parameter 'airports': 0 items are fewer than 1, the minimum. Give it with -p airports=VALUE.",
        ),
        (
            {"month": 1, "color": "blue"},
            "p.yaml:11:3  parameter 'color': expected 'red' or 'green', not 'blue'. Give it with -p color=VALUE.",
        ),
        ({"month": 1, "colour": "red"}, "p.yaml:1:1  pipeline 'p' has no parameter 'colour'. Did you mean 'color'?"),
    ],
)
def test_what_does_not_fit_is_one_problem(pipeline: Pipeline, given: dict[str, Json], expected: str) -> None:
    assert [str(problem) for problem in bind(pipeline, given).problems] == [expected]


def test_all_problems_are_told_at_once(pipeline: Pipeline) -> None:
    binding = bind(pipeline, {"dry": 3}, {"ratio": "much", "nobody": "1"})
    assert [problem.message.split(":")[0] for problem in binding.problems] == [
        "pipeline 'p' has no parameter 'nobody'.", "parameter 'month'", "parameter 'ratio'", "parameter 'dry'",
    ]  # fmt: skip


def test_text_that_was_typed_wins_over_values(pipeline: Pipeline) -> None:
    assert bind(pipeline, {"month": 3}, {"month": "4"}).params["month"] == 4
