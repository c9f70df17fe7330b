"""Redrive: what runs again, what does not, and when it is refused."""

from __future__ import annotations

from typing import Any

import pytest

from bunsui.asl.advance import redrivable

DONE = {"Type": "Pass", "End": True}


def branch(**states: Any) -> dict[str, Any]:
    return {"StartAt": next(iter(states)), "States": states}


def test_a_failed_task_is_scheduled_again_with_its_input(world: Any, asl: Any) -> None:
    run = world({"B": [asl.Problem("E"), "b"]}, A={"Type": "Pass", "Output": 5, "Next": "B"}, B=asl.task()).run()
    assert run.status == "FAILED"
    run.redrive().go()
    assert run.output == "b"
    redriven = run.of("ExecutionRedriven")[0]
    assert redriven.details == {"redriveCount": 1}
    assert [event.type for event in run.events[redriven.id : redriven.id + 2]] == ["TaskScheduled", "TaskStarted"]
    assert run.types.count("TaskStateEntered") == 1
    assert run.types.count("PassStateEntered") == 1
    assert [call.redrive for call in run.calls] == [0, 1]
    assert run.calls[1].arguments == 5


def test_retry_counters_begin_anew(world: Any, asl: Any) -> None:
    retry = [{"ErrorEquals": ["E"], "MaxAttempts": 1}]
    run = world({"T": [asl.Problem("E")] * 4}, T=asl.task(Retry=retry)).run()
    run.redrive().go()
    assert [(call.redrive, call.retry) for call in run.calls] == [(0, 0), (0, 1), (1, 0), (1, 1)]
    run.redrive().go()
    assert run.status == "SUCCEEDED"
    assert run.state.redrive_count == 2


def test_only_failed_and_aborted_branches_run_again(world: Any, asl: Any) -> None:
    run = world(
        {"A": ["a"], "B": [asl.After(2, asl.Problem("E")), "b"], "C": [asl.NEVER, "c"]},
        P={
            "Type": "Parallel",
            "Branches": [branch(A=asl.task()), branch(B=asl.task()), branch(C=asl.task())],
            "Next": "Z",
        },
        Z=DONE,
    ).run()
    assert run.status == "FAILED"
    assert run.redrive().go().output == ["a", "b", "c"]
    assert [call.state for call in run.calls] == ["A", "B", "C", "B", "C"]
    assert run.types.count("ParallelStateEntered") == 1


def test_only_failed_and_aborted_items_run_again(world: Any, asl: Any) -> None:
    tries: list[int] = []

    def answer(call: Any) -> Any:
        tries.append(call.arguments)
        return asl.Problem("E") if call.arguments == 2 and tries.count(2) == 1 else call.arguments * 10

    items = {"Type": "Map", "Items": [1, 2, 3, 4], "MaxConcurrency": 1, "End": True}
    run = world({"T": answer}, M=items | {"ItemProcessor": branch(T=asl.task())}).run()
    assert tries == [1, 2]
    assert run.redrive().go().output == [10, 20, 30, 40]
    assert tries == [1, 2, 2, 3, 4]


def test_all_branches_run_again_after_too_much_data(world: Any, asl: Any) -> None:
    big = "x" * 200_000
    run = world(
        {"A": [big, "a"], "B": [big, "b"]},
        P={"Type": "Parallel", "Branches": [branch(A=asl.task()), branch(B=asl.task())], "End": True},
    ).run()
    assert run.error == "States.DataLimitExceeded"
    assert run.redrive().go().output == ["a", "b"]
    assert len(run.calls) == 4


def test_an_aborted_wait_begins_anew(world: Any) -> None:
    run = world(W={"Type": "Wait", "Seconds": 10, "End": True}).start()
    run.go(until=9).stop()
    run.redrive().go(until=9)
    assert run.status == "RUNNING"
    assert run.go(until=1).status == "SUCCEEDED"


def test_a_task_that_waited_for_its_retry_runs_at_once(world: Any, asl: Any) -> None:
    retry = [{"ErrorEquals": ["E"], "IntervalSeconds": 99}]
    run = world({"T": [asl.Problem("E"), "t"]}, T=asl.task(Retry=retry)).start().go(until=5).stop()
    assert run.redrive().go(until=1).output == "t"


def test_the_time_limit_of_the_execution_begins_anew(world: Any, asl: Any) -> None:
    run = world({"T": [asl.NEVER, asl.After(20, "t")]}, timeout=30, T=asl.task()).run()
    assert run.status == "TIMED_OUT"
    assert run.redrive().go().output == "t"


def test_a_fail_state_fails_again(world: Any) -> None:
    run = world(F={"Type": "Fail", "Error": "E"}).run()
    run.redrive()
    assert run.status == "FAILED"
    assert run.types.count("FailStateEntered") == 2


def test_a_state_whose_expression_failed_is_tried_again(world: Any) -> None:
    run = world(A={**DONE, "Output": "{% $states.context.Execution.RedriveCount > 0 ? 'now' : $nope %}"}).run()
    assert run.redrive().output == "now"


def test_what_succeeded_or_runs_is_not_redrivable(world: Any) -> None:
    done = world(A=DONE).run()
    assert redrivable(done.state) == (False, "Execution is SUCCEEDED and cannot be redriven")
    with pytest.raises(ValueError, match="SUCCEEDED"):
        done.redrive()
    running = world(W={"Type": "Wait", "Seconds": 9, "End": True}).start()
    assert not redrivable(running.state)[0]


def test_after_fourteen_days_it_is_too_late(world: Any) -> None:
    run = world(F={"Type": "Fail"}).run()
    day = 86_400
    assert redrivable(run.state, run.now + 13 * day) == (True, "")
    assert redrivable(run.state, run.now + 15 * day) == (False, "Execution exceeded the redrivable period of 14 days")
