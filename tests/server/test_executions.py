"""Executions through boto3."""

from __future__ import annotations

import json
from typing import Any

from server.conftest import ROLE, ended, make_function, make_machine
from server.test_machines import definition, refused

WAIT = {"Hold": {"Type": "Wait", "Seconds": 600, "End": True}}
ADD = {
    "Add": {"Type": "Pass", "Output": "{% {'sum': $sum($states.input.n)} %}", "Next": "Done"},
    "Done": {"Type": "Succeed"},
}


def test_an_execution_tells_its_input_its_output_and_its_history(states: Any) -> None:
    arn = make_machine(states, "sums", ADD)
    run = states.start_execution(stateMachineArn=arn, name="run.1", input='{"n": [1, 2, 3]}')
    found = ended(states, run["executionArn"])
    assert run["executionArn"] == arn.replace("stateMachine", "execution") + ":run.1"
    assert (found["status"], found["stateMachineArn"]) == ("SUCCEEDED", arn)
    assert (json.loads(found["input"]), json.loads(found["output"])) == ({"n": [1, 2, 3]}, {"sum": 6})
    assert found["redriveStatusReason"] == "Execution is SUCCEEDED and cannot be redriven"
    events = states.get_execution_history(executionArn=run["executionArn"])["events"]
    assert [event["type"] for event in events] == [
        "ExecutionStarted",
        "PassStateEntered",
        "PassStateExited",
        "SucceedStateEntered",
        "SucceedStateExited",
        "ExecutionSucceeded",
    ]
    assert events[0]["executionStartedEventDetails"]["roleArn"] == ROLE
    assert events[2]["stateExitedEventDetails"]["output"] == '{"sum":6}'


def test_a_history_comes_in_pages_from_either_end_and_without_data(states: Any) -> None:
    arn = make_machine(states, "pages", ADD)
    run = states.start_execution(stateMachineArn=arn, input='{"n": [1]}')["executionArn"]
    ended(states, run)
    pages = states.get_paginator("get_execution_history")
    for backwards, expected in ((False, [1, 2, 3, 4, 5, 6]), (True, [6, 5, 4, 3, 2, 1])):
        found = pages.paginate(executionArn=run, reverseOrder=backwards, PaginationConfig={"PageSize": 4})
        assert [event["id"] for page in found for event in page["events"]] == expected
    bare = states.get_execution_history(executionArn=run, includeExecutionData=False)["events"]
    assert "input" not in bare[1]["stateEnteredEventDetails"]
    token = states.get_execution_history(executionArn=run, maxResults=2)["nextToken"]
    again = refused(states.get_execution_history, executionArn=run, reverseOrder=True, nextToken=token)
    assert again[0] == "InvalidToken"


def test_a_start_with_the_same_name_and_input_is_the_same_while_it_runs(states: Any) -> None:
    arn = make_machine(states, "named", WAIT)
    given = {"stateMachineArn": arn, "name": "only"}
    run = states.start_execution(**given, input='{"a": 1}')
    assert states.start_execution(**given, input='{ "a": 1 }')["executionArn"] == run["executionArn"]
    taken = ("ExecutionAlreadyExists", f"Execution Already Exists: '{run['executionArn']}'")
    assert refused(states.start_execution, **given, input='{"a": 2}') == taken
    states.stop_execution(executionArn=run["executionArn"])
    assert refused(states.start_execution, **given, input='{"a": 1}') == taken


def test_a_stopped_execution_is_aborted_with_what_was_given(states: Any) -> None:
    run = states.start_execution(stateMachineArn=make_machine(states, "stopped", WAIT))["executionArn"]
    stopped = states.stop_execution(executionArn=run, error="Enough", cause="it rains")
    found = ended(states, run)
    assert (found["status"], found["error"], found["cause"]) == ("ABORTED", "Enough", "it rains")
    assert found["stopDate"] == stopped["stopDate"]
    assert found["redriveStatus"] == "REDRIVABLE"


def test_lists_of_executions_are_filtered_and_paged_newest_first(states: Any) -> None:
    arn = make_machine(states, "listed", WAIT)
    runs = [states.start_execution(stateMachineArn=arn, name=f"r{n}")["executionArn"] for n in range(5)]
    states.stop_execution(executionArn=runs[3])
    pages = states.get_paginator("list_executions").paginate(stateMachineArn=arn, PaginationConfig={"PageSize": 2})
    assert [run["name"] for page in pages for run in page["executions"]] == ["r4", "r3", "r2", "r1", "r0"]
    aborted = states.list_executions(stateMachineArn=arn, statusFilter="ABORTED")["executions"]
    assert [run["name"] for run in aborted] == ["r3"]
    assert refused(states.list_executions, stateMachineArn=arn, statusFilter="aborted") == (
        "ValidationException",
        "1 validation error detected: Value 'aborted' at 'statusFilter' failed to satisfy constraint: "
        "Member must satisfy enum value set: [SUCCEEDED, TIMED_OUT, PENDING_REDRIVE, ABORTED, FAILED, RUNNING]",
    )


def test_an_input_that_is_no_json_is_refused_in_awss_words(states: Any) -> None:
    arn = make_machine(states, "inputs", ADD)
    start = states.start_execution
    words = "was expecting (JSON String, Number, Array, Object or token 'null', 'true' or 'false')"
    assert refused(start, stateMachineArn=arn, input="not some") == (
        "InvalidExecutionInput",
        f"Invalid State Machine Execution Input: 'Unrecognized token 'not': {words}'",
    )
    assert refused(start, stateMachineArn=arn, input="{'a': 1}") == (
        "InvalidExecutionInput",
        "Invalid State Machine Execution Input: 'Unexpected character (''' (code 39)): "
        "was expecting double-quote to start field name'",
    )
    assert refused(start, stateMachineArn=arn, input="")[1].endswith("'Invalid execution input.'")
    assert refused(start, stateMachineArn=arn, input=json.dumps("x" * 262_144)) == (
        "ValidationException",
        "1 validation error detected: Value at 'input' failed to satisfy constraint: "
        "Member must have length less than or equal to 262144",
    )
    assert refused(start, stateMachineArn=arn, input=json.dumps("é" * 140_000, ensure_ascii=False))[0] == (
        "ValidationException"
    )


def test_an_execution_keeps_the_definition_that_it_began_with(states: Any) -> None:
    arn = make_machine(states, "moving", WAIT)
    first = states.describe_state_machine(stateMachineArn=arn)["definition"]
    run = states.start_execution(stateMachineArn=arn)["executionArn"]
    states.update_state_machine(stateMachineArn=arn, definition=definition("second"))
    assert states.describe_state_machine_for_execution(executionArn=run)["definition"] == first
    later = states.start_execution(stateMachineArn=arn)["executionArn"]
    assert ended(states, later)["output"] == '"second"'
    states.stop_execution(executionArn=run)


def test_a_redrive_runs_what_failed_again_with_mended_code(states: Any, lambdas: Any) -> None:
    function = make_function(lambdas, "mended", "def handler(event, context):\n    raise ValueError('not yet')\n")
    machine = {
        "Once": {"Type": "Pass", "Output": {"kept": "{% $random() %}"}, "Next": "Work"},
        "Work": {"Type": "Task", "Resource": function, "End": True},
    }
    run = states.start_execution(stateMachineArn=make_machine(states, "redriven", machine))["executionArn"]
    failed = ended(states, run)
    assert (failed["status"], failed["error"], failed["redriveStatus"]) == ("FAILED", "ValueError", "REDRIVABLE")
    assert json.loads(failed["cause"])["errorMessage"] == "not yet"
    update_code(lambdas, "mended", "def handler(event, context):\n    return event\n")
    states.redrive_execution(executionArn=run)
    found = ended(states, run)
    assert (found["status"], found["redriveCount"]) == ("SUCCEEDED", 1)
    assert "redriveDate" in found
    types = [event["type"] for event in states.get_execution_history(executionArn=run)["events"]]
    assert types.count("PassStateEntered") == 1
    assert types.count("LambdaFunctionScheduled") == 2
    assert "ExecutionRedriven" in types
    assert refused(states.redrive_execution, executionArn=run) == (
        "ExecutionNotRedrivable",
        "Execution is SUCCEEDED and cannot be redriven",
    )


def update_code(lambdas: Any, name: str, source: str) -> None:
    from server.conftest import code_of

    lambdas.update_function_code(FunctionName=name, ZipFile=code_of({"app.py": source}))


def test_an_execution_that_is_not_there_is_told_by_its_arn(states: Any) -> None:
    arn = "arn:aws:states:local:000000000000:execution:none:such"
    for call in (states.describe_execution, states.get_execution_history, states.stop_execution):
        assert refused(call, executionArn=arn) == ("ExecutionDoesNotExist", f"Execution Does Not Exist: '{arn}'")
    assert refused(states.describe_execution, executionArn="made-up") == (
        "InvalidArn",
        "Invalid Arn: 'Invalid ARN prefix: made-up'",
    )


def test_an_express_machine_answers_with_its_end(states: Any) -> None:
    arn = make_machine(states, "quick", ADD, type="EXPRESS")
    found = states.start_sync_execution(stateMachineArn=arn, name="now", input='{"n": [4, 5]}')
    assert (found["status"], found["output"], found["name"]) == ("SUCCEEDED", '{"sum":9}', "now")
    assert ":express:quick:now:" in found["executionArn"]
    assert ":express:quick:" in states.start_execution(stateMachineArn=arn)["executionArn"]
    unsupported = ("StateMachineTypeNotSupported", "This operation is not supported by this type of state machine")
    assert refused(states.list_executions, stateMachineArn=arn) == unsupported
    standard = make_machine(states, "slow", ADD)
    assert refused(states.start_sync_execution, stateMachineArn=standard) == unsupported


def test_a_machine_may_start_another_by_its_arn(states: Any) -> None:
    inner = make_machine(states, "inner", ADD)
    call = {
        "Type": "Task",
        "Resource": "arn:aws:states:::states:startExecution.sync:2",
        "Arguments": {"StateMachineArn": inner, "Input": "{% $states.input %}"},
        "Output": "{% $states.result.Output %}",
        "End": True,
    }
    outer = make_machine(states, "outer", {"Call": call})
    run = states.start_execution(stateMachineArn=outer, input='{"n": [20, 1]}')["executionArn"]
    assert ended(states, run)["output"] == '{"sum":21}'
    assert len(states.list_executions(stateMachineArn=inner)["executions"]) == 1
