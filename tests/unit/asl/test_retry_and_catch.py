"""Retry and Catch: which errors they take, how often, when, and what is caught."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest

ALL = ["States.ALL"]
DONE = {"Type": "Pass", "End": True}


def delays(run: Any) -> list[float]:
    scheduled = [event.time for event in run.of("TaskScheduled")]
    failed = [event.time for event in run.of("TaskFailed")]
    return [round(after - before, 6) for before, after in zip(failed, scheduled[1:], strict=False)]


def failing(asl: Any, *retriers: dict[str, Any], errors: tuple[str, ...] = ("E",) * 9, **more: Any) -> Any:
    machine = asl.definition("T", T=asl.task(Retry=list(retriers), **more), Caught=DONE)
    if "Catch" not in more:
        del machine["States"]["Caught"]
    from bunsui.asl.machine import parse

    return asl.World(parse(machine), {"T": [asl.Problem(error, "why") for error in errors]})


def test_a_retry_has_aws_defaults(asl: Any) -> None:
    run = failing(asl, {"ErrorEquals": ["E"]}).run()
    assert delays(run) == [1, 2, 4]
    assert (run.status, run.error, run.cause) == ("FAILED", "E", "why")


def test_the_next_attempt_follows_the_failure_without_an_event_of_its_own(asl: Any) -> None:
    run = failing(asl, {"ErrorEquals": ALL, "MaxAttempts": 1}, errors=("E",)).run()
    assert run.chain[4:7] == [(5, 4, "TaskFailed"), (6, 5, "TaskScheduled"), (7, 6, "TaskStarted")]
    assert run.status == "SUCCEEDED"


def test_backoff_is_bounded(asl: Any) -> None:
    retrier = {"ErrorEquals": ALL, "IntervalSeconds": 3, "BackoffRate": 10, "MaxDelaySeconds": 100, "MaxAttempts": 4}
    assert delays(failing(asl, retrier).run()) == [3, 30, 100, 100]


def test_full_jitter_shortens_delays_and_is_repeatable(asl: Any) -> None:
    retrier = {"ErrorEquals": ALL, "IntervalSeconds": 100, "BackoffRate": 1, "JitterStrategy": "FULL"}
    first, second = delays(failing(asl, retrier).run()), delays(failing(asl, retrier).run())
    assert first == second
    assert len({*first}) == 3
    assert all(0 <= delay <= 100 for delay in first)


def test_each_retrier_counts_for_itself(asl: Any) -> None:
    run = failing(
        asl,
        {"ErrorEquals": ["A"], "MaxAttempts": 2},
        {"ErrorEquals": ALL, "MaxAttempts": 1},
        errors=("A", "B", "A", "A"),
    ).run()
    assert len(run.calls) == 4
    assert run.error == "A"
    assert [call.retry for call in run.calls] == [0, 1, 2, 3]


def test_the_first_retrier_that_takes_the_error_decides(asl: Any) -> None:
    run = failing(asl, {"ErrorEquals": ["E"], "MaxAttempts": 0}, {"ErrorEquals": ALL}).run()
    assert len(run.calls) == 1


@pytest.mark.parametrize(
    ("matcher", "error", "taken"),
    [
        ("States.ALL", "Anything", True),
        ("States.ALL", "States.DataLimitExceeded", True),
        ("States.TaskFailed", "Anything", True),
        ("States.TaskFailed", "States.Timeout", False),
        ("States.TaskFailed", "States.HeartbeatTimeout", False),
        ("States.Timeout", "States.HeartbeatTimeout", True),
        ("States.HeartbeatTimeout", "States.Timeout", False),
        ("E", "F", False),
    ],
)
def test_which_matcher_takes_which_error(asl: Any, matcher: str, error: str, taken: bool) -> None:
    run = failing(asl, errors=(error,), Catch=[{"ErrorEquals": [matcher], "Next": "Caught"}]).run()
    assert (run.status == "SUCCEEDED") is taken


def test_a_catch_hands_on_error_and_cause(asl: Any) -> None:
    run = failing(asl, Catch=[{"ErrorEquals": ALL, "Next": "Caught"}]).run()
    assert run.output == {"Error": "E", "Cause": "why"}
    assert run.chain[4:7] == [(5, 4, "TaskFailed"), (6, 5, "TaskStateExited"), (7, 6, "PassStateEntered")]


def test_a_caught_time_out_has_an_empty_cause(world: Any, asl: Any) -> None:
    catch = [{"ErrorEquals": ["States.Timeout"], "Next": "Z"}]
    run = world({"T": asl.NEVER}, T=asl.task(TimeoutSeconds=3, Catch=catch), Z=DONE).run()
    assert run.output == {"Error": "States.Timeout", "Cause": ""}


def test_a_catch_has_output_and_assign(asl: Any) -> None:
    catcher = {
        "ErrorEquals": ALL,
        "Next": "Caught",
        "Output": {"was": "{% $states.input.x %}", "e": "{% $states.errorOutput.Error %}"},
        "Assign": {"seen": "{% $states.errorOutput.Cause %}"},
    }
    run = failing(asl, Catch=[catcher], errors=("E",)).run({"x": 4})
    assert run.output == {"was": 4, "e": "E"}
    assert run.of("TaskStateExited")[0].details["assignedVariables"] == {"seen": "why"}


def test_retry_comes_before_catch(asl: Any) -> None:
    run = failing(
        asl, {"ErrorEquals": ALL, "MaxAttempts": 2}, Catch=[{"ErrorEquals": ALL, "Next": "Caught"}]
    ).run()  # fmt: skip
    assert len(run.calls) == 3
    assert run.status == "SUCCEEDED"


def test_a_failing_expression_is_retried_and_caught(world: Any, asl: Any) -> None:
    run = world(
        {"T": {"n": 1}},
        T=asl.task(
            Output="{% $states.result.nope %}",
            Retry=[{"ErrorEquals": ["States.QueryEvaluationError"], "MaxAttempts": 1}],
            Catch=[{"ErrorEquals": ["States.QueryEvaluationError"], "Next": "Z"}],
        ),
        Z=DONE,
    ).run()
    assert run.types.count("EvaluationFailed") == 2
    assert run.output["Error"] == "States.QueryEvaluationError"
    assert "for the field 'Output' returned nothing (undefined)." in run.output["Cause"]


def test_a_failing_expression_in_a_catch_is_not_caught_by_its_own_state(asl: Any) -> None:
    catcher = {"ErrorEquals": ALL, "Next": "Caught", "Output": "{% $nope %}"}
    run = failing(asl, {"ErrorEquals": ["States.QueryEvaluationError"]}, Catch=[catcher]).run()
    assert run.error == "States.QueryEvaluationError"
    assert run.of("EvaluationFailed")[0].details["location"] == "Catch[0]/Output"


def test_the_attempt_is_in_the_context(world: Any, asl: Any) -> None:
    run = world(
        {"T": [asl.Problem("E"), asl.Problem("E"), {}]},
        T=asl.task(Arguments={"n": "{% $states.context.State.RetryCount %}"}, Retry=[{"ErrorEquals": ALL}]),
    ).run()
    assert [call.arguments["n"] for call in run.calls] == [0, 1, 2]
    assert all(a < b for a, b in pairwise(call.task for call in run.calls))
