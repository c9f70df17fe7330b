"""The context object, and the repeatable chance in expressions."""

from __future__ import annotations

from typing import Any

from bunsui.asl.lambda_result import invoke_result


def test_the_context_object(world: Any, asl: Any) -> None:
    run = world(A={"Type": "Pass", "Output": "{% $states.context %}", "End": True}).run({"in": 1})
    assert run.output == {
        "Execution": {
            "Id": "arn:aws:states:local:000000000000:execution:machine:run-1",
            "Input": {"in": 1},
            "Name": "run-1",
            "RoleArn": "arn:aws:iam::000000000000:role/bunsui",
            "StartTime": "2023-11-14T22:13:20.000Z",
            "RedriveCount": 0,
        },
        "StateMachine": {"Id": "arn:aws:states:local:000000000000:stateMachine:machine:1", "Name": "machine"},
        "State": {"Name": "A", "EnteredTime": "2023-11-14T22:13:20.000Z"},
    }


def test_states_as_a_whole_can_be_read(world: Any) -> None:
    run = world(A={"Type": "Pass", "Output": "{% $keys($states) %}", "End": True}).run()
    assert run.output == ["input", "context"]


def test_the_clock_is_the_clock_of_the_input(world: Any) -> None:
    run = world(A={"Type": "Pass", "Output": "{% $millis() %}", "End": True}).run()
    assert run.output == 1_700_000_000_000


def test_chance_differs_between_expressions_and_is_the_same_again(world: Any) -> None:
    draws = ["{% $uuid() %}", "{% $uuid() %}", "{% $random() %}"]

    def drawn() -> Any:
        first = {"Type": "Pass", "Output": draws, "Next": "B"}
        second = {"Type": "Pass", "Output": {"a": "{% $states.input %}", "b": draws}, "End": True}
        return world(A=first, B=second).run().output

    once = drawn()
    assert once == drawn()
    assert len({*once["a"], *once["b"]}) == 6


def test_the_answer_of_lambda_invoke_is_shaped_as_by_aws() -> None:
    result = invoke_result({"status": "completed"}, at=0.0, request="r")
    assert sorted(result) == ["ExecutedVersion", "Payload", "SdkHttpMetadata", "SdkResponseMetadata", "StatusCode"]
    assert result["SdkHttpMetadata"]["HttpHeaders"]["Content-Length"] == "23"  # type: ignore[index,call-overload]
    assert result == invoke_result({"status": "completed"}, at=0.0, request="r")
