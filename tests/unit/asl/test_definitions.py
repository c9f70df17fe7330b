"""What makes a definition invalid: every problem at once, with its place."""

from __future__ import annotations

from typing import Any

import pytest

from bunsui.asl.machine import InvalidDefinition, parse

PASS = {"Type": "Pass", "End": True}


def problems(definition: Any) -> list[tuple[str, str]]:
    with pytest.raises(InvalidDefinition) as raised:
        parse(definition)
    return [(problem.location, problem.message) for problem in raised.value.problems]


def machine(**states: Any) -> dict[str, Any]:
    return {"QueryLanguage": "JSONata", "StartAt": next(iter(states)), "States": states}


def problem(**states: Any) -> tuple[str, str]:
    (only,) = problems(machine(**states))
    return only


def test_all_problems_are_found_at_once() -> None:
    found = problems(
        machine(
            A={"Type": "Pass", "Next": "Nowhere"},
            B={"Type": "Task", "End": True},
            C={"Type": "Wait", "End": True},
            D={"Type": "Choice", "Choices": []},
        )
    )
    assert ("/States/A/Next", "Missing 'Next' target: Nowhere") in found
    assert ("/States/B", "These fields are required: [Resource]") in found
    assert ("/States/C", "Exactly one of 'Seconds' and 'Timestamp' is required") in found
    assert ("/States/D/Choices", "Choices must be a non-empty array") in found
    assert ("/States/B", 'State "B" is not reachable.') in found


def test_the_text_is_the_one_of_create_state_machine() -> None:
    with pytest.raises(InvalidDefinition) as raised:
        parse({"QueryLanguage": "JSONata", "StartAt": "A"})
    assert str(raised.value) == (
        "Invalid State Machine Definition: 'SCHEMA_VALIDATION_FAILED: These fields are required: [States] at /'"
    )


def test_a_state_of_a_jsonpath_machine_may_be_jsonata() -> None:
    assert parse({"StartAt": "A", "States": {"A": PASS | {"QueryLanguage": "JSONata"}}}).scopes[""].start == "A"


def test_inner_states_have_the_language_of_the_machine_not_of_their_map() -> None:
    processor = {"StartAt": "B", "States": {"B": PASS | {"Output": 1}}}
    inner = {"Type": "Map", "QueryLanguage": "JSONata", "ItemProcessor": processor, "End": True}
    location, message = problems({"StartAt": "A", "States": {"A": inner}})[0]
    assert location == "/States/A/ItemProcessor/States/B"
    assert "only supported for the 'JSONata' QueryLanguage" in message


def test_a_jsonata_machine_has_no_jsonpath_state() -> None:
    message = "'QueryLanguage' can not be 'JSONPath' if set to 'JSONata' for whole state machine"
    assert problem(A=PASS | {"QueryLanguage": "JSONPath"}) == ("/States/A", message)


def test_readers_of_distributed_maps_are_refused_by_name() -> None:
    processor = {"ProcessorConfig": {"Mode": "DISTRIBUTED"}, "StartAt": "B", "States": {"B": PASS}}
    location, message = problem(A={"Type": "Map", "ItemReader": {}, "ItemProcessor": processor, "End": True})
    assert (location, message) == ("/States/A", "ItemReader does not run here yet")


@pytest.mark.parametrize(
    ("state", "place", "message"),
    [
        ({"Type": "Pass", "End": True, "Parameters": {}}, "", "'Parameters' is only supported for the 'JSONPath'"),
        ({"Type": "Pass", "End": True, "Seconds": 1}, "", "Field 'Seconds' is not supported"),
        ({"Type": "Pass", "End": True, "Next": "A"}, "", "Exactly one of 'Next' and 'End' is required"),
        ({"Type": "Nap"}, "/Type", "The field 'Type' should have one of these values"),
        ({"Type": "Wait", "Timestamp": "soon", "End": True}, "/Timestamp", "String does not match RFC3339 timestamp"),
        ({"Type": "Wait", "Seconds": -1, "End": True}, "/Seconds", "Seconds must be an integer from 0"),
        ({"Type": "Task", "Resource": "arn:aws:nope", "End": True}, "/Resource", "is not recognized"),
        ({"Type": "Map", "End": True}, "", "These fields are required: [ItemProcessor]"),
        ({"Type": "Parallel", "Branches": [], "End": True}, "/Branches", "Branches must be a non-empty array"),
        ({"Type": "Fail", "Error": 5}, "/Error", "Error must be a string"),
        ({"Type": "Pass", "End": True, "Assign": {"states": 1}}, "/Assign/states", "is not a name for a variable"),
        ({"Type": "Pass", "End": True, "Output": "{% 1 + %}"}, "/Output", "of '1 +'"),
        ({"Type": "Pass", "End": True, "Output": {"v": ["{% phone %}"]}}, "/Output/v[0]", "Reference to 'phone'"),
    ],
)  # fmt: skip
def test_a_problem_is_told_with_its_place(state: dict[str, Any], place: str, message: str) -> None:
    location, told = problem(A=state)
    assert location == f"/States/A{place}"
    assert message in told


@pytest.mark.parametrize(
    ("handlers", "place", "message"),
    [
        ({"Retry": [{}]}, "Retry[0]", "These fields are required: [ErrorEquals]"),
        ({"Retry": [{"ErrorEquals": []}]}, "Retry[0]/ErrorEquals", "non-empty array"),
        ({"Retry": [{"ErrorEquals": ["E"], "BackoffRate": 0.5}]}, "Retry[0]/BackoffRate", "a number from 1"),
        ({"Retry": [{"ErrorEquals": ["E"], "JitterStrategy": "SOME"}]}, "Retry[0]/JitterStrategy", "'FULL'"),
        ({"Retry": [{"ErrorEquals": ["States.ALL", "E"]}]}, "Retry[0]/ErrorEquals", "alone"),
        ({"Catch": [{"ErrorEquals": ["E"]}]}, "Catch[0]", "These fields are required: [Next]"),
        ({"Catch": [{"ErrorEquals": ["E"], "Next": "Q"}]}, "Catch[0]/Next", "Missing 'Next' target: Q"),
    ],
)
def test_handlers_are_checked(handlers: dict[str, Any], place: str, message: str) -> None:
    state = {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "End": True} | handlers
    location, told = problem(A=state)
    assert location == f"/States/A/{place}"
    assert message in told


def test_a_machine_needs_an_end() -> None:
    assert problem(A={"Type": "Pass", "Next": "A"}) == ("/", "Workflow has no terminal state")


def test_a_name_is_used_once_in_the_whole_definition() -> None:
    branch = {"StartAt": "A", "States": {"A": PASS}}
    found = problem(A={"Type": "Parallel", "Branches": [branch], "End": True})
    assert found == ("/States/A/Branches[0]/States/A", "Duplicate State name: A")


def test_a_state_has_a_name_of_at_most_80_characters() -> None:
    assert "at most 80" in problem(**{"x" * 81: PASS})[1]


@pytest.mark.parametrize("junk", [[], "text", None, 5])
def test_what_is_no_machine_is_told_so(junk: Any) -> None:
    assert problems({"QueryLanguage": "JSONata", "StartAt": "A", "States": junk})
    assert problems(machine(A=junk))


def test_the_time_limit_of_the_machine_is_checked() -> None:
    assert problems(machine(A=PASS) | {"TimeoutSeconds": 0})[0][0] == "/TimeoutSeconds"
