"""TestState through boto3: one state, mocked or with the function itself."""

from __future__ import annotations

import json
from typing import Any

from server.conftest import ROLE, make_function
from server.test_machines import refused


def tried(states: Any, definition: dict[str, Any], given: Any, **more: Any) -> dict[str, Any]:
    found = states.test_state(definition=json.dumps(definition), input=json.dumps(given), **more)
    return {name: value for name, value in found.items() if name != "ResponseMetadata"}


def test_a_state_tells_what_came_of_each_of_its_fields(states: Any) -> None:
    state = {"Type": "Pass", "InputPath": "$.in", "Parameters": {"n.$": "$.n"}, "ResultPath": "$.out", "Next": "On"}
    found = tried(states, state, {"in": {"n": 1}}, inspectionLevel="DEBUG")
    assert (found["status"], found["nextState"]) == ("SUCCEEDED", "On")
    assert json.loads(found["output"]) == {"in": {"n": 1}, "out": {"n": 1}}
    inspected = {name: json.loads(value) for name, value in found["inspectionData"].items()}
    assert inspected == {
        "input": {"in": {"n": 1}},
        "afterInputPath": {"n": 1},
        "afterParameters": {"n": 1},
        "afterResultSelector": {"n": 1},
        "afterResultPath": {"in": {"n": 1}, "out": {"n": 1}},
    }
    assert "inspectionData" not in tried(states, state, {"in": {"n": 1}})


def test_a_task_without_a_mock_calls_its_function(states: Any, lambdas: Any) -> None:
    arn = make_function(lambdas, "tried", "def handler(event, context):\n    return [event['n'] * 2]\n")
    state = {"Type": "Task", "Resource": arn, "End": True}
    assert tried(states, state, {"n": 4}, roleArn=ROLE)["output"] == "[8]"
    failed = tried(states, state, {}, roleArn=ROLE)
    assert (failed["status"], failed["error"]) == ("FAILED", "KeyError")
    needed = "RoleArn must be specified when testing a Task state"
    assert refused(states.test_state, definition=json.dumps(state), input="{}") == ("ValidationException", needed)
    waits = {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke.waitForTaskToken", "End": True}
    assert refused(states.test_state, definition=json.dumps(waits), roleArn=ROLE)[0] == "ValidationException"


def test_a_mocked_error_is_retried_then_caught_then_fails(states: Any) -> None:
    state = {
        "QueryLanguage": "JSONata",
        "Type": "Task",
        "Resource": "arn:aws:states:::sqs:sendMessage",
        "Retry": [{"ErrorEquals": ["Busy"], "IntervalSeconds": 3, "MaxAttempts": 2}],
        "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Mend", "Output": "{% $states.errorOutput.Error %}"}],
        "End": True,
    }
    mock = {"errorOutput": {"error": "Busy", "cause": "too many"}}
    again = tried(states, state, 1, mock=mock, inspectionLevel="TRACE", stateConfiguration={"retrierRetryCount": 1})
    assert again["status"] == "RETRIABLE"
    assert again["inspectionData"]["errorDetails"] == {"retryIndex": 0, "retryBackoffIntervalSeconds": 6}
    caught = tried(states, state, 1, mock=mock, stateConfiguration={"retrierRetryCount": 2})
    assert (caught["status"], caught["nextState"], caught["output"]) == ("CAUGHT_ERROR", "Mend", '"Busy"')
    bare = {name: value for name, value in state.items() if name not in ("Retry", "Catch")}
    assert tried(states, bare, 1, mock=mock)["status"] == "FAILED"


def test_a_state_of_a_machine_is_tried_with_variables_and_a_context(states: Any) -> None:
    inner = {"Type": "Pass", "Output": "{% $total + $states.context.Execution.Input.n %}", "End": True}
    processor = {"StartAt": "Inner", "States": {"Inner": inner}}
    machine = {
        "QueryLanguage": "JSONata",
        "StartAt": "M",
        "States": {"M": {"Type": "Map", "ItemProcessor": processor, "End": True}},
    }
    context = json.dumps({"Execution": {"Input": {"n": 2}}})
    found = tried(states, machine, {}, stateName="Inner", variables='{"total": 40}', context=context)
    assert found["output"] == "42"


def test_what_cannot_be_tried_is_refused_in_awss_words(states: Any) -> None:
    def words(definition: dict[str, Any], **more: Any) -> str:
        return refused(states.test_state, definition=json.dumps(definition), input="{}", **more)[1]

    fails = {"Type": "Fail", "Error": "E"}
    inner = {"StartAt": "A", "States": {"A": fails}}
    maps = {"Type": "Map", "ItemProcessor": inner, "End": True}
    task = {"Type": "Task", "Resource": "arn:aws:states:::sns:publish", "End": True}
    assert words(fails, mock={"result": "1"}) == "State type 'Fail' is not supported when a mock is specified"
    assert words(maps).startswith("TestState API does not support Map or Parallel states.")
    assert words(maps, mock={"result": "{}"}) == "Mocked result must be an array."
    assert words(task, mock={"result": "{"}) == "Mocked result must be valid JSON"
    assert words(task, mock={"result": "1"}, context='{"Other": {}}') == (
        "Invalid Context object provided: Field 'Other' is not allowed"
    )
    assert "The field 'Type' should have one of these values" in words({"Type": "Never"})
