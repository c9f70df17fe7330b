"""What Bunsui assumes of Step Functions and only an account can show: docs/aws-unverified.md, its first table."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from bunsui.aws.names import Environment
from bunsui.aws.state_machines import StepFunctionsClient
from bunsui.errors import BunsuiError
from live.probing import TOKEN, WAITING, Probe, kinds, until

pytestmark = pytest.mark.aws_live
FAIL = {"Type": "Fail", "Error": "Bad"}
# Fails for want of a permission, whatever is there.
REFUSED = {
    "Type": "Task",
    "Resource": "arn:aws:states:::aws-sdk:dynamodb:getItem",
    "Arguments": {"TableName": "bunsui-probe-nothing", "Key": {"k": {"S": "k"}}},
    "End": True,
}


def branch(name: str, state: dict[str, Any]) -> dict[str, Any]:
    return {"StartAt": name, "States": {name: state}}


def test_events_of_an_abort_follow_nothing_and_name_open_tasks_first(probe: Probe) -> None:
    branches = [branch("w", {"Type": "Wait", "Seconds": 600, "End": True}), branch("t", WAITING)]
    arn = probe.begun({"P": {"Type": "Parallel", "Branches": branches, "End": True}})
    probe.until_event(arn, "TaskSubmitted")
    probe.sfn("stop_execution", executionArn=arn)
    events = probe.events(arn)
    assert kinds(events)[-2:] == ["TaskStateAborted", "ExecutionAborted"]
    assert events[-1]["previousEventId"] == 0


def test_a_failing_branch_aborts_its_siblings_the_innermost_first(probe: Probe) -> None:
    branches = [branch("t", WAITING), branch("f", FAIL)]
    arn = probe.begun({"P": {"Type": "Parallel", "Branches": branches, "End": True}})
    probe.ended(arn)
    assert kinds(probe.events(arn))[-3:] == ["TaskStateAborted", "ParallelStateFailed", "ExecutionFailed"]


def test_a_redrive_follows_the_last_event_and_enters_a_task_only_once(probe: Probe) -> None:
    arn = probe.begun({"t": REFUSED})
    probe.ended(arn)
    last = len(probe.events(arn))
    probe.sfn("redrive_execution", executionArn=arn)
    probe.until_event(arn, "ExecutionFailed", 2)
    events = probe.events(arn)
    assert (events[last]["type"], events[last]["previousEventId"]) == ("ExecutionRedriven", last)
    assert kinds(events).count("TaskStateEntered") == 1


def test_a_redrive_enters_a_fail_anew(probe: Probe) -> None:
    arn = probe.begun({"f": FAIL})
    probe.ended(arn)
    probe.sfn("redrive_execution", executionArn=arn)
    probe.until_event(arn, "ExecutionFailed", 2)
    assert kinds(probe.events(arn)).count("FailStateEntered") == 2


@pytest.mark.parametrize(
    ("caught", "name"), [("States.HeartbeatTimeout", True), ("States.Timeout", True), ("States.TaskFailed", False)]
)
def test_a_missed_heartbeat_is_a_timeout_and_no_task_failure(probe: Probe, caught: str, name: bool) -> None:
    catch = [{"ErrorEquals": [caught], "Output": "{% $states.errorOutput %}", "Next": "seen"}]
    states = {
        "t": {**WAITING, "HeartbeatSeconds": 1, "Catch": catch},
        "seen": {"Type": "Pass", "End": True},
    }
    done = probe.ended(probe.begun(states))
    error = json.loads(done["output"])["Error"] if "output" in done else done.get("error")
    assert (done["status"] == "SUCCEEDED", error) == (name, "States.HeartbeatTimeout")


def test_a_choice_that_matches_nothing_ends_the_execution_also_within_a_catch(probe: Probe) -> None:
    choice = {"Type": "Choice", "Choices": [{"Condition": "{% false %}", "Next": "n"}]}
    inner = {"StartAt": "c", "States": {"c": choice, "n": {"Type": "Succeed"}}}
    catch = [{"ErrorEquals": ["States.ALL"], "Next": "caught"}]
    outer = {"Type": "Parallel", "Branches": [inner], "Catch": catch, "End": True}
    done = probe.ended(probe.begun({"P": outer, "caught": {"Type": "Pass", "End": True}}))
    assert (done["status"], done.get("error")) == ("FAILED", "States.Runtime")


def test_causes_of_expressions_name_the_place_and_the_code(probe: Probe) -> None:
    done = probe.ended(probe.begun({"p": {"Type": "Pass", "Output": "{% 1 + 'a' %}", "End": True}}))
    assert done["error"] == "States.QueryEvaluationError"
    wording = (
        r"An error occurred while executing the state 'p' \(entered at the event id #2\)\. "
        r"The JSONata expression '.*' specified for the field 'Output' threw an error during evaluation\. T2002: "
    )
    assert re.match(wording, done["cause"]), done["cause"]


@pytest.mark.parametrize("number", [123456789012345, 0.1234567890123, 1e15])
def test_numbers_of_fifteen_digits_survive_as_text(probe: Probe, number: float) -> None:
    assert probe.result("$parse($string($states.input.n))", {"n": number}) == number


def test_a_list_of_one_stays_a_list_and_a_filter_gives_its_only_match_alone(probe: Probe) -> None:
    given = {"list": [{"x": 1}]}
    assert probe.result("$states.input.list", given) == [{"x": 1}]
    assert probe.result("$states.input.list[x=1]", given) == {"x": 1}


@pytest.mark.parametrize("endless", ["($f := function($n) { $f($n) + 1 }; $f(1))", "($t := 'x'; $pad('', 100000000))"])
def test_an_expression_that_costs_too_much_is_ended(probe: Probe, endless: str) -> None:
    arn = probe.begun({"p": {"Type": "Pass", "Output": f"{{% {endless} %}}", "End": True}})
    assert probe.ended(arn)["status"] == "FAILED"


def test_an_input_is_measured_in_bytes(probe: Probe) -> None:
    machine = probe.machine({"p": {"Type": "Pass", "End": True}})
    text = json.dumps({"t": "水" * 100_000}, ensure_ascii=False)
    with pytest.raises(BunsuiError):
        probe.sfn("start_execution", stateMachineArn=machine, input=text)


def test_event_25000_is_the_failure(probe: Probe) -> None:
    arn = probe.begun({"p": {"Type": "Pass", "Next": "q"}, "q": {"Type": "Pass", "Next": "p"}})
    assert probe.ended(arn)["status"] == "FAILED"
    events = probe.events(arn)
    assert (len(events), events[-1]["type"]) == (25_000, "ExecutionFailed")


def test_stopping_an_execution_stops_the_one_that_it_started(probe: Probe) -> None:
    inner = probe.machine({"w": {"Type": "Wait", "Seconds": 600, "End": True}})
    nested = {
        "Type": "Task",
        "Resource": "arn:aws:states:::states:startExecution.sync:2",
        "Arguments": {"StateMachineArn": inner, "Name": "inner"},
        "End": True,
    }
    arn = probe.begun({"n": nested})
    probe.until_event(arn, "TaskSubmitted")
    probe.sfn("stop_execution", executionArn=arn)
    child = inner.replace(":stateMachine:", ":execution:") + ":inner"
    assert probe.ended(child)["status"] == "ABORTED"


def test_full_jitter_is_spread_between_nothing_and_the_delay(probe: Probe) -> None:
    retry = {"ErrorEquals": ["States.ALL"], "IntervalSeconds": 4, "BackoffRate": 1.0, "MaxAttempts": 30}
    arn = probe.begun({"t": {**REFUSED, "Retry": [{**retry, "JitterStrategy": "FULL"}]}})
    probe.ended(arn)
    events = [one for one in probe.events(arn) if one["type"] in ("TaskFailed", "TaskScheduled")]
    times = [one["timestamp"].timestamp() for one in events]
    waits = [after - before for before, after in zip(times[1::2], times[2::2], strict=False)]
    assert max(waits) < 5
    assert min(waits) < 1
    assert 1 < sum(waits) / len(waits) < 3


def test_a_token_that_was_answered_is_known_no_more(probe: Probe) -> None:
    arn = probe.begun({"t": {**WAITING, "TimeoutSeconds": 2}})
    told = until(lambda: [one for one in probe.events(arn) if one["type"] == "TaskTimedOut"])
    assert told
    send = {
        "Type": "Task",
        "Resource": "arn:aws:states:::aws-sdk:sfn:sendTaskSuccess.waitForTaskToken",
        "Arguments": {"TaskToken": TOKEN, "Output": '"mine"'},
        "Assign": {"token": TOKEN},
        "Next": "again",
    }
    again = {
        "Type": "Task",
        "Resource": "arn:aws:states:::aws-sdk:sfn:sendTaskSuccess",
        "Arguments": {"TaskToken": "{% $token %}", "Output": "1"},
        "End": True,
    }
    assert probe.ended(probe.begun({"send": send, "again": again}))["error"] == "Sfn.TaskTimedOutException"


def test_a_callback_that_is_answered_at_once_was_submitted_first(probe: Probe) -> None:
    send = {
        "Type": "Task",
        "Resource": "arn:aws:states:::aws-sdk:sfn:sendTaskSuccess.waitForTaskToken",
        "Arguments": {"TaskToken": TOKEN, "Output": '"mine"'},
        "End": True,
    }
    arn = probe.begun({"send": send})
    assert probe.ended(arn)["status"] == "SUCCEEDED"
    told = kinds(probe.events(arn))
    assert told.index("TaskSubmitted") < told.index("TaskSucceeded")


def test_an_execution_that_ended_is_stopped_without_a_word(probe: Probe) -> None:
    arn = probe.begun({"p": {"Type": "Pass", "End": True}})
    probe.ended(arn)
    StepFunctionsClient(probe.clients, Environment("probe", "", "")).stop(arn, "Probe", "")
