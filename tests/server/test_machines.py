"""State machines through boto3."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from server.conftest import ROLE, make_machine

PASS = {"Hold": {"Type": "Pass", "Output": "first", "End": True}}


def definition(output: str) -> str:
    states = {"Hold": {"Type": "Pass", "Output": output, "End": True}}
    return json.dumps({"QueryLanguage": "JSONata", "StartAt": "Hold", "States": states}, indent=1)


def refused(call: Any, **given: Any) -> tuple[str, str]:
    with pytest.raises(ClientError) as caught:
        call(**given)
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]


def test_a_machine_is_described_as_it_was_given(states: Any) -> None:
    made = states.create_state_machine(name="as-given", definition=definition("one"), roleArn=ROLE)
    found = states.describe_state_machine(stateMachineArn=made["stateMachineArn"])
    assert found["definition"] == definition("one")
    assert (found["name"], found["type"], found["status"], found["roleArn"]) == ("as-given", "STANDARD", "ACTIVE", ROLE)
    assert found["creationDate"] == made["creationDate"]


def test_making_the_very_same_machine_again_is_no_error_and_another_is(states: Any) -> None:
    given = {"name": "twice", "roleArn": ROLE}
    first = states.create_state_machine(definition=definition("one"), **given)
    again = states.create_state_machine(definition=definition("one"), **given)
    assert again["creationDate"] == first["creationDate"]
    assert refused(states.create_state_machine, definition=definition("two"), **given) == (
        "StateMachineAlreadyExists",
        f"State Machine Already Exists: '{first['stateMachineArn']}'",
    )


def test_an_update_changes_what_is_given_and_tells_its_revision(states: Any) -> None:
    arn = make_machine(states, "changed", PASS)
    changed = states.update_state_machine(stateMachineArn=arn, definition=definition("second"))
    found = states.describe_state_machine(stateMachineArn=arn)
    assert found["definition"] == definition("second")
    assert found["revisionId"] == changed["revisionId"]
    assert refused(states.update_state_machine, stateMachineArn=arn)[0] == "MissingRequiredParameter"


def test_a_deleted_machine_is_gone_and_its_name_is_free(states: Any) -> None:
    arn = make_machine(states, "short-lived", PASS)
    states.delete_state_machine(stateMachineArn=arn)
    states.delete_state_machine(stateMachineArn=arn)
    code, message = refused(states.describe_state_machine, stateMachineArn=arn)
    assert (code, message) == ("StateMachineDoesNotExist", f"State Machine Does Not Exist: '{arn}'")
    assert make_machine(states, "short-lived", PASS) == arn


def test_a_machine_whose_executions_run_goes_when_they_have_ended(states: Any) -> None:
    arn = make_machine(states, "leaving", {"Hold": {"Type": "Wait", "Seconds": 600, "End": True}})
    run = states.start_execution(stateMachineArn=arn)["executionArn"]
    states.delete_state_machine(stateMachineArn=arn)
    assert states.describe_state_machine(stateMachineArn=arn)["status"] == "DELETING"
    assert refused(states.start_execution, stateMachineArn=arn)[0] == "StateMachineDeleting"
    states.stop_execution(executionArn=run)
    assert refused(states.describe_state_machine, stateMachineArn=arn)[0] == "StateMachineDoesNotExist"


def test_lists_come_in_pages(states: Any) -> None:
    for number in range(5):
        make_machine(states, f"page-{number}", PASS)
    pages = states.get_paginator("list_state_machines").paginate(PaginationConfig={"PageSize": 2})
    found = [machine["name"] for page in pages for machine in page["stateMachines"]]
    assert [name for name in found if name.startswith("page-")] == [f"page-{number}" for number in range(5)]
    assert len(found) == len(set(found))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{"StartAt": "A"}', "SCHEMA_VALIDATION_FAILED: These fields are required: [States] at /"),
        ("no machine", "INVALID_JSON_DESCRIPTION: Unrecognized token 'no': was expecting"),
        ("[]", "INVALID_JSON_DESCRIPTION"),
        ('{"StartAt": "A", "States": {"A": {"Type": "Never"}}}', "The field 'Type' should have one of these values"),
    ],
)
def test_a_bad_definition_is_refused_in_awss_words(states: Any, text: str, expected: str) -> None:
    code, message = refused(states.create_state_machine, name="bad", definition=text, roleArn=ROLE)
    assert code == "InvalidDefinition"
    assert message.startswith(f"Invalid State Machine Definition: '{expected}") or expected in message
    told = states.validate_state_machine_definition(definition=text)
    assert told["result"] == "FAIL"
    assert told["diagnostics"][0]["message"] in message


def test_an_express_machine_cannot_wait_for_a_token(states: Any) -> None:
    waits = {
        "Ask": {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke.waitForTaskToken", "End": True}
    }  # fmt: skip
    text = json.dumps({"QueryLanguage": "JSONata", "StartAt": "Ask", "States": waits})
    told = states.validate_state_machine_definition(definition=text, type="EXPRESS")
    assert told["diagnostics"][0] == {
        "severity": "ERROR",
        "code": "SCHEMA_VALIDATION_FAILED",
        "message": "Express state machine does not support '.waitForTaskToken' service integration ",
        "location": "/States/Ask/Resource",
    }
    assert states.validate_state_machine_definition(definition=text)["result"] == "OK"


@pytest.mark.parametrize("name", ["with space", "a/b", "a:b", "a*", "a\x01", '"', "café<"])
def test_a_name_that_aws_does_not_take_is_refused(states: Any, name: str) -> None:
    given = {"name": name, "definition": definition("one"), "roleArn": ROLE}
    assert refused(states.create_state_machine, **given) == ("InvalidName", f"Invalid Name: '{name}'")


@pytest.mark.parametrize(
    ("arn", "code", "message"),
    [
        ("nonsense", "InvalidArn", "Invalid Arn: 'Invalid ARN prefix: nonsense'"),
        (
            "arn:aws:states:local:000000000000:execution:m:run",
            "InvalidArn",
            "Invalid Arn: 'Resource type not valid in this context: execution'",
        ),
        (
            "arn:aws:states:us-east-1:111111111111:stateMachine:nobodys",
            "StateMachineDoesNotExist",
            "State Machine Does Not Exist: 'arn:aws:states:us-east-1:111111111111:stateMachine:nobodys'",
        ),
    ],
)
def test_an_arn_is_checked_by_awss_rules(states: Any, arn: str, code: str, message: str) -> None:
    assert refused(states.describe_state_machine, stateMachineArn=arn) == (code, message)


def test_constraints_of_parameters_are_told_in_awss_words(states: Any) -> None:
    assert refused(states.list_state_machines, maxResults=1001) == (
        "ValidationException",
        "1 validation error detected: Value '1001' at 'maxResults' failed to satisfy constraint: "
        "Member must have value less than or equal to 1000",
    )
    assert refused(states.create_state_machine, name="n" * 81, roleArn=ROLE) == (
        "ValidationException",
        f"2 validation errors detected: Value '{'n' * 81}' at 'name' failed to satisfy constraint: "
        "Member must have length less than or equal to 80; "
        "Value null at 'definition' failed to satisfy constraint: Member must not be null",
    )
    assert refused(states.list_state_machines, nextToken="made-up") == (
        "InvalidToken",
        "Invalid Token: 'Invalid token'",
    )


def test_tags_are_kept(states: Any) -> None:
    arn = make_machine(states, "tagged", PASS, tags=[{"key": "team", "value": "data"}])
    states.tag_resource(resourceArn=arn, tags=[{"key": "cost", "value": "low"}])
    states.untag_resource(resourceArn=arn, tagKeys=["team"])
    assert states.list_tags_for_resource(resourceArn=arn)["tags"] == [{"key": "cost", "value": "low"}]
