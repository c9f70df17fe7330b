"""Task: what is called, what is said in the history, and how time-outs and answers end it."""

from __future__ import annotations

from typing import Any

import pytest

from bunsui.asl.inputs import TaskFailed, TaskHeartbeat, TaskSubmitted, TaskSucceeded
from bunsui.asl.state import outstanding

CALLBACK = "arn:aws:states:::ecs:runTask.waitForTaskToken"


def test_a_service_task_in_the_history(world: Any, asl: Any) -> None:
    done = world({"T": {"Payload": 3}}, T=asl.task(Arguments={"FunctionName": "f"})).run({"x": 1})
    assert done.output == {"Payload": 3}
    assert done.chain == [
        (1, 0, "ExecutionStarted"),
        (2, 0, "TaskStateEntered"),
        (3, 2, "TaskScheduled"),
        (4, 3, "TaskStarted"),
        (5, 4, "TaskSucceeded"),
        (6, 5, "TaskStateExited"),
        (7, 6, "ExecutionSucceeded"),
    ]
    assert done.events[2].details == {
        "resource": "invoke",
        "resourceType": "lambda",
        "region": "local",
        "parameters": {"FunctionName": "f"},
    }


@pytest.mark.parametrize(
    ("resource", "type", "action"),
    [
        ("arn:aws:states:::states:startExecution.sync:2", "states", "startExecution.sync:2"),
        ("arn:aws:states:::aws-sdk:sqs:sendMessage.waitForTaskToken", "aws-sdk:sqs", "sendMessage.waitForTaskToken"),
        ("arn:aws-cn:states:::http:invoke", "http", "invoke"),
    ],
)  # fmt: skip
def test_integrations_are_named_as_aws_does(world: Any, asl: Any, resource: str, type: str, action: str) -> None:
    done = world(T=asl.task(Resource=resource)).run()
    assert (done.events[3].details["resourceType"], done.events[3].details["resource"]) == (type, action)


def test_a_function_arn_has_events_of_its_own(world: Any, asl: Any) -> None:
    arn = "arn:aws:lambda:us-east-1:111111111111:function:f"
    done = world(T=asl.task(Resource=arn, TimeoutSeconds=9)).run({"x": 1})
    assert done.types[2:5] == ["LambdaFunctionScheduled", "LambdaFunctionStarted", "LambdaFunctionSucceeded"]
    assert done.events[2].details["input"] == {"x": 1}
    assert done.events[2].details["timeoutInSeconds"] == 9


def test_an_activity_starts_when_a_worker_takes_it(world: Any, asl: Any) -> None:
    run = world({"T": asl.NEVER}, T=asl.task(Resource="arn:aws:states:us-east-1:1:activity:a")).start()
    (call,) = run.calls
    run.feed(TaskSubmitted(run.now, call.task, {}))
    run.feed(TaskSucceeded(run.now, call.task, 1))
    assert run.types[2:5] == ["ActivityScheduled", "ActivityStarted", "ActivitySucceeded"]


def test_a_token_is_known_to_the_arguments_and_to_the_call(world: Any, asl: Any) -> None:
    arguments = {"Token": "{% $states.context.Task.Token %}"}
    run = world({"T": asl.NEVER}, T=asl.task(Resource=CALLBACK, Arguments=arguments)).start()
    (call,) = run.calls
    assert call.token is not None
    assert len(call.token) == 43
    assert call.arguments == {"Token": call.token}
    run.feed(TaskSubmitted(run.now, call.task, {"Tasks": []}))
    run.feed(TaskSucceeded(run.now, call.task, {"rows": 2}))
    assert run.types[4:6] == ["TaskSubmitted", "TaskSucceeded"]
    assert run.output == {"rows": 2}


def test_a_call_is_accepted_once(world: Any, asl: Any) -> None:
    run = world({"T": asl.NEVER}, T=asl.task(Resource=CALLBACK)).start()
    (call,) = run.calls
    assert not call.submitted
    run.feed(TaskSubmitted(run.now, call.task, {}))
    assert run.feed(TaskSubmitted(run.now, call.task, {})).delta == {}
    assert run.types.count("TaskSubmitted") == 1
    assert [known.submitted for known in outstanding(run.state)] == [True]


def test_every_attempt_has_a_token_and_a_name_of_its_own(world: Any, asl: Any) -> None:
    retry = [{"ErrorEquals": ["States.ALL"], "MaxAttempts": 1}]
    run = world({"T": [asl.Problem("E"), {}]}, T=asl.task(Resource=CALLBACK, Retry=retry)).run()
    first, second = run.calls
    assert first.task != second.task
    assert first.token != second.token
    assert (first.retry, second.retry) == (0, 1)


def test_an_answer_to_a_task_that_is_over_does_nothing(world: Any, asl: Any) -> None:
    run = world(T=asl.task(Next="W"), W={"Type": "Wait", "Seconds": 9, "End": True}).start()
    (call,) = run.calls
    run.go(until=1)
    for late in (TaskSucceeded(run.now, call.task, 1), TaskFailed(run.now, "0-77", "E"), TaskHeartbeat(run.now, "x")):
        step = run.feed(late)
        assert (step.delta, step.events, step.effects) == ({}, (), ())


@pytest.mark.parametrize("seconds", [5, "{% $states.input.s %}"])
def test_a_time_out_has_no_cause(world: Any, asl: Any, seconds: Any) -> None:
    run = world({"T": asl.NEVER}, T=asl.task(TimeoutSeconds=seconds)).run({"s": 5})
    assert (run.status, run.error, run.state.cause) == ("FAILED", "States.Timeout", None)
    assert run.types[-2:] == ["TaskTimedOut", "ExecutionFailed"]
    assert run.of("TaskTimedOut")[0].details == {
        "error": "States.Timeout", "resource": "invoke", "resourceType": "lambda",
    }  # fmt: skip
    assert run.of("TaskScheduled")[0].details["timeoutInSeconds"] == 5
    assert run.cancelled == [run.calls[0].task]


def test_a_heartbeat_puts_off_the_missed_heartbeat_only(world: Any, asl: Any) -> None:
    run = world({"T": asl.NEVER}, T=asl.task(Resource=CALLBACK, TimeoutSeconds=60, HeartbeatSeconds=10)).start()
    (call,) = run.calls
    begun = run.now
    for _ in range(4):
        run.go(until=8)
        run.feed(TaskHeartbeat(run.now, call.task))
    run.go()
    assert run.error == "States.HeartbeatTimeout"
    assert run.now - begun == 42


def test_output_and_assign_see_the_result_and_the_variables(world: Any, asl: Any) -> None:
    run = world(
        {"T": lambda call: {"Payload": call.arguments["n"] + 1}},
        A={"Type": "Pass", "Assign": {"n": 5}, "Next": "T"},
        T=asl.task(
            Arguments={"n": "{% $n %}"},
            Output="{% $states.result.Payload * $n %}",
            Assign={"n": "{% $states.result.Payload %}"},
            Next="Z",
        ),
        Z={"Type": "Pass", "Output": ["{% $states.input %}", "{% $n %}"], "End": True},
    ).run()
    assert run.output == [30, 6]


def test_undefined_arguments_fail_before_anything_is_scheduled(world: Any, asl: Any) -> None:
    run = world(T=asl.task(Arguments={"a": "{% $nope %}"})).run()
    assert run.types == ["ExecutionStarted", "TaskStateEntered", "EvaluationFailed", "ExecutionFailed"]
    assert not run.calls


def test_stopping_cancels_tasks(world: Any, asl: Any) -> None:
    run = world({"T": asl.NEVER}, T=asl.task(TimeoutSeconds=99)).start().stop("Me", "because")
    assert (run.status, run.error, run.cause) == ("ABORTED", "Me", "because")
    assert run.chain[-2:] == [(5, 4, "TaskStateAborted"), (6, 0, "ExecutionAborted")]
    assert run.cancelled == [run.calls[0].task]
    assert run.stop().events == run.events
    assert run.steps[-1].delta == {}


def test_an_execution_that_lasts_too_long_is_timed_out(world: Any, asl: Any) -> None:
    run = world({"T": asl.NEVER}, timeout=30, T=asl.task()).run()
    assert (run.status, run.error) == ("TIMED_OUT", None)
    assert run.events[-1].details == {"error": "States.Timeout"}
    assert run.cancelled == [run.calls[0].task]
