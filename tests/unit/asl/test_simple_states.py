"""Pass, Choice, Wait, Succeed and Fail."""

from __future__ import annotations

from typing import Any

import pytest

PASS = {"Type": "Pass", "End": True}


def test_pass_hands_its_input_on(world: Any) -> None:
    done = world(A={"Type": "Pass", "Next": "B"}, B=PASS).run({"x": 1})
    assert done.output == {"x": 1}
    assert done.chain == [
        (1, 0, "ExecutionStarted"),
        (2, 0, "PassStateEntered"),
        (3, 2, "PassStateExited"),
        (4, 3, "PassStateEntered"),
        (5, 4, "PassStateExited"),
        (6, 5, "ExecutionSucceeded"),
    ]


def test_an_output_may_be_any_json(world: Any) -> None:
    for value in (None, True, 1.5, "text", [], [1, {"a": "{% 1 + 1 %}"}]):
        done = world(A={**PASS, "Output": value}).run()
        assert done.output == ([1, {"a": 2}] if isinstance(value, list) and value else value)


def test_all_of_an_assign_is_evaluated_before_any_takes_effect(world: Any) -> None:
    done = world(
        A={"Type": "Pass", "Assign": {"x": 1, "y": 2}, "Next": "B"},
        B={"Type": "Pass", "Assign": {"x": "{% $y %}", "y": "{% $x %}"}, "Next": "C"},
        C={**PASS, "Output": ["{% $x %}", "{% $y %}"]},
    ).run()
    assert done.output == [2, 1]
    assert done.of("PassStateExited")[0].details["assignedVariables"] == {"x": 1, "y": 2}


def test_the_first_rule_that_holds_decides(world: Any) -> None:
    choice = {
        "Type": "Choice",
        "Choices": [
            {"Condition": "{% $states.input.n > 2 %}", "Next": "Big", "Output": "big", "Assign": {"v": 1}},
            {"Condition": "{% $states.input.n > 1 %}", "Next": "Mid"},
        ],
        "Default": "Small",
        "Output": "small",
    }
    for n, expected in ((3, "big"), (2, {"n": 2}), (1, "small")):
        assert world(Pick=choice, Big=PASS, Mid=PASS, Small=PASS).run({"n": n}).output == expected


def test_a_choice_without_a_way_out_ends_the_execution(world: Any) -> None:
    rules = [{"Condition": False, "Next": "A"}]
    done = world(Pick={"Type": "Choice", "Choices": rules}, A=PASS).run()
    assert (done.status, done.error) == ("FAILED", "States.Runtime")
    assert "state 'Pick' (entered at the event id #2). Failed to transition out of the state." in done.cause


def test_a_condition_must_be_a_boolean(world: Any) -> None:
    rules = [{"Condition": "{% 'yes' %}", "Next": "A"}]
    done = world(Pick={"Type": "Choice", "Choices": rules, "Default": "A"}, A=PASS).run()
    assert done.error == "States.QueryEvaluationError"
    assert done.of("EvaluationFailed")[0].details["location"] == "Choices[0]/Condition"
    assert "Expected 'boolean', but was 'string' for value: \"yes\"" in done.cause


@pytest.mark.parametrize("seconds", [30, "{% $states.input.s %}"])
def test_wait_waits(world: Any, seconds: Any) -> None:
    waiting = world(W={"Type": "Wait", "Seconds": seconds, "End": True}).start({"s": 30})
    begun = waiting.now
    waiting.go()
    assert waiting.now - begun == 30
    assert waiting.types[1:3] == ["WaitStateEntered", "WaitStateExited"]


def test_wait_until_a_time(world: Any) -> None:
    done = world(W={"Type": "Wait", "Timestamp": "2023-11-15T00:00:00+01:00", "End": True}).run()
    assert done.now == 1_700_002_800.0


@pytest.mark.parametrize("wait", [{"Seconds": 0}, {"Timestamp": "2016-03-05T21:29:29.243167252Z"}])
def test_wait_for_what_is_past_does_not_wait(world: Any, wait: dict[str, Any]) -> None:
    done = world(W={"Type": "Wait", **wait, "End": True}).start({})
    assert done.status == "SUCCEEDED"


def test_a_timer_that_fires_early_does_nothing(world: Any) -> None:
    from bunsui.asl.inputs import TimerFired

    waiting = world(W={"Type": "Wait", "Seconds": 30, "End": True}).start()
    (timer,) = waiting.armed
    assert waiting.feed(TimerFired(waiting.now + 29, timer)).delta == {}
    assert waiting.feed(TimerFired(waiting.now + 30, "wait:0:99")).events == ()
    assert waiting.status == "RUNNING"


def test_seconds_must_be_a_whole_number(world: Any) -> None:
    done = world(W={"Type": "Wait", "Seconds": "{% -1 %}", "End": True}).run()
    assert done.error == "States.QueryEvaluationError"


def test_succeed_may_have_an_output(world: Any) -> None:
    done = world(S={"Type": "Succeed", "Output": "{% $states.input.a %}"}).run({"a": 7})
    assert done.output == 7
    assert done.types[-2] == "SucceedStateExited"


def test_fail_gives_the_error_and_cause_it_has(world: Any) -> None:
    done = world(F={"Type": "Fail", "Error": "{% 'E' & $states.input.n %}", "Cause": "why"}).run({"n": 1})
    assert (done.status, done.error, done.cause) == ("FAILED", "E1", "why")
    bare = world(F={"Type": "Fail"}).run()
    assert bare.events[-1].details == {}


def test_a_cause_holds_32768_characters(world: Any) -> None:
    done = world(F={"Type": "Fail", "Error": "E", "Cause": "c" * 40_000}).run()
    assert len(done.events[-1].details["cause"]) == 32_768


def test_a_failing_expression_is_an_event_of_its_own(world: Any) -> None:
    done = world(A={"Type": "Pass", "Next": "B"}, B={**PASS, "Output": {"x": ["{% $states.input + 1 %}"]}}).run({})
    failed = done.of("EvaluationFailed")[0]
    assert (failed.id, failed.previous_id) == (5, 3)  # it follows what the entry follows
    assert failed.details["location"] == "Output/x[0]"
    assert (
        "The JSONata expression '$states.input + 1' specified for the field 'Output/x[0]' threw an error" in done.cause
    )


def test_a_loop_without_waiting_is_parked_and_goes_on(world: Any) -> None:
    loop = world(
        limits=False,
        Zero={"Type": "Pass", "Output": 0, "Next": "Add"},
        Add={"Type": "Pass", "Output": "{% $states.input + 1 %}", "Next": "Enough"},
        Enough={
            "Type": "Choice",
            "Choices": [{"Condition": "{% $states.input >= 400 %}", "Next": "Done"}],
            "Default": "Add",
        },
        Done={"Type": "Succeed"},
    ).run()
    assert loop.output == 400
    assert len(loop.steps) > 3
