"""The 256 KiB and 25,000 events, and how they are switched off."""

from __future__ import annotations

from typing import Any

import pytest

from bunsui.asl.advance import redrivable

KIB = 1024
DONE = {"Type": "Pass", "End": True}
TOO_LARGE = "returned a result with a size exceeding the maximum number of bytes service limit."


def text(bytes: int) -> str:
    return "x" * (bytes - 2)  # and two quotes


def test_a_task_result_over_256_kib_fails_the_task_and_is_caught(world: Any, asl: Any) -> None:
    catch = [{"ErrorEquals": ["States.ALL"], "Next": "Z"}]
    run = world({"T": text(256 * KIB + 1)}, T=asl.task(Catch=catch), Z=DONE).run()
    assert run.output == {"Error": "States.DataLimitExceeded", "Cause": f"The state/task 'lambda' {TOO_LARGE}"}
    assert "TaskFailed" in run.types


def test_exactly_256_kib_are_allowed(world: Any, asl: Any) -> None:
    assert len(world({"T": text(256 * KIB)}, T=asl.task()).run().output) == 256 * KIB - 2


def test_a_state_output_over_256_kib_ends_the_execution_uncaught(world: Any, asl: Any) -> None:
    catch = [{"ErrorEquals": ["States.ALL"], "Next": "Z"}]
    twice = ["{% $states.result %}", "{% $states.result %}"]
    run = world({"T": text(200 * KIB)}, T=asl.task(Output=twice, Catch=catch), Z=DONE).run()
    assert (run.status, run.error) == ("FAILED", "States.DataLimitExceeded")
    assert run.cause == f"The state/task 'T' {TOO_LARGE}"
    assert run.types[-2:] == ["TaskSucceeded", "ExecutionFailed"]


def test_bytes_are_counted_not_characters(world: Any) -> None:
    run = world(A={**DONE, "Output": "あ" * (100 * KIB)}).run()
    assert run.error == "States.DataLimitExceeded"


@pytest.mark.parametrize("field", ["Arguments", "Assign"])
def test_arguments_and_variables_are_bounded_too(world: Any, asl: Any, field: str) -> None:
    double = {"a": "{% $states.input %}", "b": "{% $states.input %}"}
    run = world(T=asl.task(**{field: double})).run(text(200 * KIB))
    assert run.error == "States.DataLimitExceeded"


def test_size_is_not_limited_when_limits_are_off(world: Any) -> None:
    run = world(limits=False, A={**DONE, "Output": text(300 * KIB)}).run()
    assert run.status == "SUCCEEDED"


def counting(world: Any, n: int, **more: Any) -> Any:
    """A machine with 4 events a round and 7 others."""
    return world(
        **more,
        Zero={"Type": "Pass", "Output": 0, "Next": "Add"},
        Add={"Type": "Pass", "Output": "{% $states.input + 1 %}", "Next": "Enough"},
        Enough={
            "Type": "Choice",
            "Choices": [{"Condition": "{% $states.input = " + str(n) + " %}", "Next": "Done"}],
            "Default": "Add",
        },
        Done={"Type": "Succeed"},
    )


def drive(run: Any) -> Any:
    """Without the world's checks after every step, which take long here."""
    from bunsui.asl.advance import advance
    from bunsui.asl.inputs import Started, TimerFired
    from bunsui.asl.state import timers

    arn = "arn:aws:states:local:000000000000:stateMachine:m:1"
    step = advance(run.machine, None, Started(0.0, arn, "n", arn, "m", {}, "s"))
    events = list(step.events)
    while step.state.status == "RUNNING":
        (timer,) = timers(step.state)
        step = advance(run.machine, step.state, TimerFired(timer.at, timer.timer))
        events += step.events
    return step.state, events


def test_event_25000_is_the_end(world: Any) -> None:
    state, events = drive(counting(world, 10_000))
    assert len(events) == 25_000
    assert events[-1].type == "ExecutionFailed"
    assert events[-1].details == {
        "error": "States.Runtime",
        "cause": "The execution reached the maximum number of history events (25000).",
    }
    assert redrivable(state) == (False, "Execution history event limit exceeded")


def test_the_history_has_no_end_when_limits_are_off(world: Any) -> None:
    state, events = drive(counting(world, 6_300, limits=False))
    assert state.status == "SUCCEEDED"
    assert len(events) > 25_000
