"""What MiniStack 1.5 lacks, each with a test that fails once upstream has mended it: then take out our mend.

The mends are in `tests/ministack` (mends.py, executions.py, walk.py, calls.py).
"""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Iterator
from typing import Any

import pytest

from bunsui.aws.clients import Clients
from bunsui.aws.deploy.stacks import Stacks
from bunsui.aws.errors import Declined
from ministack.functions import make_function
from ministack.server import MiniStack

_PATIENCE = 30


@pytest.fixture(scope="module")
def upstream(ministack: MiniStack) -> Iterator[Clients]:
    """As it is. `ministack` sets the surroundings."""
    with MiniStack(as_it_is=True) as running:
        yield running.clients()


def begin(clients: Clients, name: str, states: dict[str, Any]) -> str:
    definition = json.dumps({"QueryLanguage": "JSONata", "StartAt": next(iter(states)), "States": states})
    given = {"name": name, "definition": definition, "roleArn": "arn:aws:iam::000000000000:role/r"}
    arn = clients.ask("stepfunctions", "create_state_machine", **given, publish=True)["stateMachineVersionArn"]
    started = clients.ask("stepfunctions", "start_execution", stateMachineArn=arn, input="{}")
    return str(started["executionArn"])


def ended(clients: Clients, arn: str) -> Any:
    deadline = time.monotonic() + _PATIENCE
    while (found := clients.ask("stepfunctions", "describe_execution", executionArn=arn))["status"] == "RUNNING":
        assert time.monotonic() < deadline
        time.sleep(0.02)
    return found


def events(clients: Clients, arn: str) -> Any:
    return clients.ask("stepfunctions", "get_execution_history", executionArn=arn)["events"]


def branch(name: str, state: dict[str, Any], **after: dict[str, Any]) -> dict[str, Any]:
    return {"StartAt": name, "States": {name: state, **after}}


BOTH = {
    "P": {
        "Type": "Parallel",
        "Branches": [
            branch("a", {"Type": "Pass", "Output": {"a": 1}, "End": True}),
            branch("b", {"Type": "Pass", "Output": {"b": 2}, "End": True}),
        ],
        "Output": "{% $merge($states.result) %}",
        "End": True,
    }
}


def test_it_ignores_the_output_of_a_parallel(upstream: Clients) -> None:
    arn = begin(upstream, "both", BOTH)
    assert json.loads(ended(upstream, arn)["output"]) == [{"a": 1}, {"b": 2}]


def test_it_tells_nothing_of_what_happens_in_branches(upstream: Clients) -> None:
    arn = begin(upstream, "silent", BOTH)
    ended(upstream, arn)
    told = events(upstream, arn)
    assert not [event for event in told if event["type"].startswith(("Pass", "ParallelStateS"))]
    assert not [event for event in told if event.get("previousEventId")]


def test_it_knows_no_redrive(upstream: Clients) -> None:
    arn = begin(upstream, "failing", {"f": {"Type": "Fail", "Error": "Bad"}})
    assert "redriveStatus" not in ended(upstream, arn)
    with pytest.raises(Declined):
        upstream.ask("stepfunctions", "redrive_execution", "", ("InvalidAction",), executionArn=arn)


def test_a_failing_branch_lets_its_siblings_go_on(upstream: Clients) -> None:
    table = {"AttributeDefinitions": [{"AttributeName": "k", "AttributeType": "S"}], "BillingMode": "PAY_PER_REQUEST"}
    schema = [{"AttributeName": "k", "KeyType": "HASH"}]
    upstream.ask("dynamodb", "create_table", TableName="traces", KeySchema=schema, **table)
    write = {
        "Type": "Task",
        "Resource": "arn:aws:states:::aws-sdk:dynamodb:putItem",
        "Arguments": {"TableName": "traces", "Item": {"k": {"S": "went on"}}},
        "End": True,
    }
    states = {
        "P": {
            "Type": "Parallel",
            "Branches": [
                branch("f", {"Type": "Fail", "Error": "Bad"}),
                branch("w", {"Type": "Wait", "Seconds": 1, "Next": "write"}, write=write),
            ],
            "End": True,
        }
    }
    assert ended(upstream, begin(upstream, "siblings", states))["error"] == "Bad"
    assert "Item" in upstream.ask("dynamodb", "get_item", TableName="traces", Key={"k": {"S": "went on"}})


def test_a_version_runs_what_the_machine_became_since(upstream: Clients) -> None:
    first = {"p": {"Type": "Pass", "Output": 1, "End": True}}
    arn = begin(upstream, "versions", first)
    ended(upstream, arn)
    machine = arn.replace(":execution:", ":stateMachine:").rpartition(":")[0]
    second = json.dumps({"QueryLanguage": "JSONata", "StartAt": "f", "States": {"f": {"Type": "Fail"}}})
    upstream.ask("stepfunctions", "update_state_machine", stateMachineArn=machine, definition=second, publish=True)
    again = upstream.ask("stepfunctions", "start_execution", stateMachineArn=f"{machine}:1", input="{}")
    assert ended(upstream, again["executionArn"])["status"] == "FAILED"


def test_an_error_of_a_function_has_no_name_of_its_own(upstream: Clients) -> None:
    make_function(upstream, "failing", "def handler(event, context):\n    raise ValueError('no')\n")
    call = {
        "Type": "Task",
        "Resource": "arn:aws:states:::lambda:invoke",
        "Arguments": {"FunctionName": "failing", "Payload": {}},
        "End": True,
    }
    assert ended(upstream, begin(upstream, "calling", {"call": call}))["error"] == "Runtime.HandlerError"


def test_what_a_branch_assigns_is_seen_outside_of_it(upstream: Clients) -> None:
    states = {
        "P": {
            "Type": "Parallel",
            "Branches": [branch("a", {"Type": "Pass", "Assign": {"x": 1}, "End": True})],
            "Next": "after",
        },
        "after": {"Type": "Pass", "Output": "{% $x %}", "End": True},
    }
    assert ended(upstream, begin(upstream, "leaking", states))["output"] == "1"


def test_nobody_misses_a_heartbeat(upstream: Clients) -> None:
    call = {
        "Type": "Task",
        "Resource": "arn:aws:states:::aws-sdk:sts:getCallerIdentity.waitForTaskToken",
        "HeartbeatSeconds": 1,
        "TimeoutSeconds": 2,
        "End": True,
    }
    assert ended(upstream, begin(upstream, "beating", {"call": call}))["error"] == "States.Timeout"


def test_a_failure_without_an_error_is_given_one(upstream: Clients) -> None:
    assert ended(upstream, begin(upstream, "nameless", {"f": {"Type": "Fail"}}))["error"] == "States.Fail"


def test_an_event_that_a_function_could_not_do_is_lost(upstream: Clients) -> None:
    make_function(upstream, "unable", "def handler(event, context):\n    raise ValueError('no')\n")
    queue = upstream.ask("sqs", "create_queue", QueueName="lost")["QueueUrl"]
    arn = "arn:aws:{}:us-east-1:000000000000:{}"
    letters = {"TargetArn": arn.format("sqs", "lost")}
    upstream.ask("lambda", "update_function_configuration", FunctionName="unable", DeadLetterConfig=letters)
    upstream.ask("lambda", "put_function_event_invoke_config", FunctionName="unable", MaximumRetryAttempts=0)
    upstream.ask("events", "put_rule", Name="ours", EventPattern=json.dumps({"source": ["ours"]}))
    target = {"Id": "unable", "Arn": arn.format("lambda", "function:unable")}
    upstream.ask("events", "put_targets", Rule="ours", Targets=[target])
    upstream.ask("events", "put_events", Entries=[{"Source": "ours", "DetailType": "any", "Detail": "{}"}])
    given = {"logGroupName": "/aws/lambda/unable"}
    with contextlib.suppress(Declined):  # it is there already
        upstream.ask("logs", "create_log_group", "", ("ResourceAlreadyExistsException",), **given)
    deadline = time.monotonic() + _PATIENCE
    while not any("END" in one["message"] for one in upstream.ask("logs", "filter_log_events", **given)["events"]):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert "Messages" not in upstream.ask("sqs", "receive_message", QueueUrl=queue, WaitTimeSeconds=1)


@pytest.mark.parametrize(
    "kind", ["StepFunctions::StateMachineVersion", "StepFunctions::StateMachineAlias", "Events::Connection"]
)
def test_stacks_know_no_versions_aliases_and_connections(upstream: Clients, kind: str) -> None:
    template = json.dumps({"Resources": {"One": {"Type": f"AWS::{kind}", "Properties": {}}}})
    name = kind.replace("::", "-")
    given = {"StackName": name, "ChangeSetName": "c", "ChangeSetType": "CREATE", "TemplateBody": template}
    with pytest.raises(Declined) as no:
        upstream.ask("cloudformation", "create_change_set", name, ("ValidationError",), **given)
    assert kind in no.value.answer.message


def test_versions_of_a_machine_outlive_its_stack(upstream: Clients) -> None:
    definition = json.dumps({"StartAt": "p", "States": {"p": {"Type": "Pass", "End": True}}})
    machine = {
        "StateMachineName": "gone",
        "DefinitionString": definition,
        "RoleArn": "arn:aws:iam::000000000000:role/r",
    }
    template = {"Resources": {"One": {"Type": "AWS::StepFunctions::StateMachine", "Properties": machine}}}
    upstream.ask("cloudformation", "create_stack", StackName="gone", TemplateBody=json.dumps(template))
    settle(upstream, "gone")
    arn = "arn:aws:states:us-east-1:000000000000:stateMachine:gone"
    version = upstream.ask("stepfunctions", "publish_state_machine_version", stateMachineArn=arn)
    upstream.ask("cloudformation", "delete_stack", StackName="gone")
    settle(upstream, "gone")
    kept = version["stateMachineVersionArn"]
    assert upstream.ask("stepfunctions", "describe_state_machine", stateMachineArn=kept)["definition"] == definition


def test_a_function_that_was_removed_while_it_ran_makes_a_log_group(upstream: Clients) -> None:
    make_function(upstream, "leaving", "import time\n\ndef handler(event, context):\n    time.sleep(0.5)\n")
    upstream.ask("lambda", "invoke", FunctionName="leaving", InvocationType="Event")
    upstream.ask("lambda", "delete_function", FunctionName="leaving")
    deadline = time.monotonic() + _PATIENCE
    while not upstream.ask("logs", "describe_log_groups", logGroupNamePrefix="/aws/lambda/leaving")["logGroups"]:
        assert time.monotonic() < deadline
        time.sleep(0.05)


def settle(clients: Clients, name: str) -> None:
    """Until CloudFormation has done it."""
    deadline = time.monotonic() + _PATIENCE
    stacks = Stacks(clients)
    while (found := stacks.find(name)) is not None and found.is_busy:
        assert time.monotonic() < deadline
        time.sleep(0.05)
