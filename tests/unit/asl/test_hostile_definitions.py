"""Whatever JSON is given as a definition, it is a machine or told to be none."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bunsui.asl.machine import InvalidDefinition, parse

PASS = {"Type": "Pass", "End": True, "Assign": {"x": "{% 1 %}"}, "Output": ["{% $x %}"]}
WHOLE: dict[str, Any] = {
    "QueryLanguage": "JSONata",
    "StartAt": "T",
    "TimeoutSeconds": 9,
    "States": {
        "T": {
            "Type": "Task",
            "Resource": "arn:aws:states:::lambda:invoke",
            "Arguments": {"a": ["{% $states.input %}"]},
            "TimeoutSeconds": 5,
            "Retry": [{"ErrorEquals": ["E"], "IntervalSeconds": 1, "MaxAttempts": 2, "BackoffRate": 1.5}],
            "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "C", "Output": "{% 1 %}", "Assign": {"y": 1}}],
            "Next": "C",
        },
        "C": {"Type": "Choice", "Choices": [{"Condition": "{% true %}", "Next": "P"}], "Default": "M"},
        "P": {"Type": "Parallel", "Branches": [{"StartAt": "P1", "States": {"P1": PASS}}], "Next": "M"},
        "M": {
            "Type": "Map",
            "Items": [1],
            "MaxConcurrency": 2,
            "ItemProcessor": {"ProcessorConfig": {"Mode": "INLINE"}, "StartAt": "M1", "States": {"M1": PASS}},
            "Next": "W",
        },
        "W": {"Type": "Wait", "Seconds": 1, "Next": "F"},
        "F": {"Type": "Fail", "Error": "E", "Cause": "{% 'c' %}"},
    },
}
IN_PATHS: dict[str, Any] = {
    "StartAt": "T",
    "States": {
        "T": {
            "Type": "Task",
            "Resource": "arn:aws:states:::lambda:invoke",
            "InputPath": "$.a",
            "Parameters": {"a.$": "States.Array($.a, $$.Execution.Id)", "b": [{"c.$": "$.x"}]},
            "ResultSelector": {"r.$": "$"},
            "ResultPath": "$.r.s",
            "TimeoutSecondsPath": "$.t",
            "Retry": [{"ErrorEquals": ["E"], "MaxAttempts": 2}],
            "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "C", "ResultPath": "$.e", "Assign": {"y.$": "$.Error"}}],
            "Assign": {"x.$": "$.r"},
            "Next": "C",
        },
        "C": {
            "Type": "Choice",
            "Choices": [
                {"Variable": "$.n", "NumericEqualsPath": "$.m", "Next": "M"},
                {"And": [{"Not": {"Variable": "$.s", "StringMatches": "a*"}}, {"Variable": "$.t", "IsPresent": True}],
                 "Next": "W"},
            ],
            "Default": "W",
            "OutputPath": "$.o",
        },
        "M": {
            "Type": "Map",
            "ItemsPath": "$.l[*]",
            "ItemSelector": {"v.$": "$$.Map.Item.Value"},
            "MaxConcurrencyPath": "$.c",
            "ToleratedFailureCount": 1,
            "ItemProcessor": {
                "ProcessorConfig": {"Mode": "DISTRIBUTED"},
                "StartAt": "M1",
                "States": {"M1": {"Type": "Pass", "Result": 1, "End": True}},
            },
            "Next": "W",
        },
        "W": {"Type": "Wait", "SecondsPath": "$.s", "Next": "F"},
        "F": {"Type": "Fail", "ErrorPath": "$.e", "CausePath": "States.Format('{}', $.c)"},
    },
}  # fmt: skip
junk = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5)
    | st.sampled_from(["{% ( %}", "{% $x %}", "{%%}", "T", "M1", "States.ALL", "Type", "Next", "$", "$.a[*]", "$$.b",
                       "States.UUID()"]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=5), inner, max_size=2),
    max_leaves=4,
)  # fmt: skip


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(place for key, member in inner for place in places(member, (*path, key)))]


PLACES = places(WHOLE)[1:]
PLACES_IN_PATHS = places(IN_PATHS)[1:]
ADDED = ["Next", "Items", "x", "Type", "QueryLanguage", "ResultPath", "Variable", "MaxAttempts"]


def damaged(whole: dict[str, Any], place: tuple[Any, ...], value: Any, added: Any) -> dict[str, Any]:
    definition = copy.deepcopy(whole)
    owner = definition
    for key in place[:-1]:
        owner = owner[key]
    owner[place[-1]] = copy.deepcopy(value)
    if added and isinstance(owner, dict):
        owner[added] = copy.deepcopy(value)
    return definition


@settings(max_examples=500)
@given(place=st.sampled_from(PLACES), value=junk, added=st.none() | st.sampled_from(ADDED))
def test_a_damaged_definition_is_a_machine_or_has_problems(place: tuple[Any, ...], value: Any, added: Any) -> None:
    problems = told(damaged(WHOLE, place, value, added))
    assert problems is None or problems
    assert all(problem.message and problem.location for problem in problems or ())


GIVEN = {"a": 1, "t": 2, "n": 1, "m": 1, "s": 1, "o": {"l": [1, 2]}, "l": [1], "e": "E", "c": 1}


@settings(max_examples=200)
@given(place=st.sampled_from(PLACES_IN_PATHS), value=junk, added=st.none() | st.sampled_from(ADDED))
def test_a_damaged_machine_in_paths_runs_to_some_end(asl: Any, place: tuple[Any, ...], value: Any, added: Any) -> None:
    definition = damaged(IN_PATHS, place, value, added)
    if told(definition) is None:
        assert asl.World(parse(definition)).run(GIVEN).status in ("SUCCEEDED", "FAILED", "TIMED_OUT")


def told(definition: dict[str, Any]) -> Any:
    """Its problems; None of a machine."""
    try:
        parse(definition)
    except InvalidDefinition as invalid:
        return invalid.problems
    return None


def test_the_whole_definition_is_a_machine() -> None:
    assert set(parse(WHOLE).scopes) == {"", "/P/0", "/M"}


@pytest.mark.parametrize("text", ["(" * 3000, "{" * 3000, "$merge([" * 3000, "[" * 3000, "'" * 3001, "$a.{'b':" * 2000])
def test_an_expression_nested_too_deeply_is_a_problem(text: str) -> None:
    with pytest.raises(InvalidDefinition):
        parse({"QueryLanguage": "JSONata", "StartAt": "A", "States": {"A": {**PASS, "Output": "{% " + text + " %}"}}})


def test_a_definition_nested_too_deeply_is_a_problem() -> None:
    deep: Any = []
    for _ in range(20_000):
        deep = [deep]
    with pytest.raises(InvalidDefinition, match="nested too deeply"):
        parse({"QueryLanguage": "JSONata", "StartAt": "A", "States": {"A": {**PASS, "Output": deep}}})
