"""Parallel and inline Map: scopes, order, concurrency, failures and what these abort."""

from __future__ import annotations

from typing import Any

DONE = {"Type": "Pass", "End": True}
ALL = ["States.ALL"]


def branch(**states: Any) -> dict[str, Any]:
    return {"StartAt": next(iter(states)), "States": states}


def parallel(*branches: dict[str, Any], **more: Any) -> dict[str, Any]:
    end = {} if "Next" in more else {"End": True}
    return {"Type": "Parallel", "Branches": list(branches), **end, **more}


def mapped(processor: dict[str, Any], **more: Any) -> dict[str, Any]:
    end = {} if "Next" in more else {"End": True}
    return {"Type": "Map", "ItemProcessor": processor, **end, **more}


def test_branches_run_beside_each_other_and_results_keep_their_order(world: Any, asl: Any) -> None:
    run = world(
        {"A": asl.After(5, "a"), "B": asl.After(2, "b")},
        P=parallel(branch(A=asl.task()), branch(B=asl.task()), Output="{% $states.result %}"),
    ).start()
    begun = run.now
    assert [call.state for call in run.calls] == ["A", "B"]
    assert run.go().output == ["a", "b"]
    assert run.now - begun == 5
    assert run.types[1:3] == ["ParallelStateEntered", "ParallelStateStarted"]
    entered = run.of("TaskStateEntered")
    assert [event.previous_id for event in entered] == [3, 3]
    last = run.of("TaskStateExited")[-1].id
    assert [(e.type, e.previous_id) for e in run.events[-3:-1]] == [
        ("ParallelStateSucceeded", last),
        ("ParallelStateExited", last),
    ]


def test_arguments_are_the_input_of_all_branches(world: Any) -> None:
    run = world(P=parallel(branch(A=DONE), branch(B=DONE), Arguments={"n": "{% $states.input.n + 1 %}"})).run({"n": 1})
    assert run.output == [{"n": 2}, {"n": 2}]


def test_variables_end_with_their_branch(world: Any) -> None:
    inner = branch(
        A={"Type": "Pass", "Assign": {"y": "{% $x + 1 %}"}, "Next": "A2"},
        A2={**DONE, "Output": "{% $x + $y %}"},
    )
    run = world(
        Set={"Type": "Pass", "Assign": {"x": 1}, "Next": "P"},
        P=parallel(inner, branch(B={**DONE, "Output": "{% $exists($y) %}"}), Next="Z"),
        Z={**DONE, "Output": ["{% $states.input %}", "{% $exists($y) %}"]},
    ).run()
    assert run.output == [[3, False], False]


def test_a_failing_branch_aborts_its_siblings(world: Any, asl: Any) -> None:
    run = world(
        {"A": asl.After(1, asl.Problem("E", "why")), "B": asl.NEVER},
        P=parallel(branch(A=asl.task()), branch(B=asl.task()), branch(C={"Type": "Wait", "Seconds": 99, "End": True})),
    ).run()
    assert (run.status, run.error, run.cause) == ("FAILED", "E", "why")
    assert run.types[-5:] == [
        "TaskFailed", "TaskStateAborted", "WaitStateAborted", "ParallelStateFailed", "ExecutionFailed",
    ]  # fmt: skip
    failed = run.of("TaskFailed")[0].id
    assert run.of("ParallelStateFailed")[0].previous_id == failed
    assert run.of("ExecutionFailed")[0].previous_id == run.of("ParallelStateFailed")[0].id
    assert run.cancelled == [run.calls[1].task]


def test_a_parallel_catches_what_its_branches_do_not(world: Any, asl: Any) -> None:
    run = world(
        {"A": asl.Problem("E", "why"), "B": asl.After(9, 1)},
        P=parallel(branch(A=asl.task()), branch(B=asl.task()), Catch=[{"ErrorEquals": ["E"], "Next": "Z"}]),
        Z=parallel(branch(A2={**DONE, "Output": "{% $states.input.Error %}"})),
    ).run()
    assert run.output == ["E"]


def test_a_parallel_is_retried_whole(world: Any, asl: Any) -> None:
    run = world(
        {"A": [asl.Problem("E"), "a"], "B": ["b1", "b2"]},
        P=parallel(branch(A=asl.task()), branch(B=asl.task()), Retry=[{"ErrorEquals": ["E"]}]),
    ).run()
    assert run.output == ["a", "b2"]
    assert "ParallelStateFailed" not in run.types
    assert run.types.count("ParallelStateStarted") == 2


def test_a_map_gives_outputs_in_the_order_of_the_items(world: Any, asl: Any) -> None:
    run = world(
        {"T": lambda call: asl.After(10 - call.arguments["n"], call.arguments["n"])},
        M=mapped(branch(T=asl.task(Arguments={"n": "{% $states.input %}"})), Items=[1, 2, 3]),
    ).run()
    assert run.output == [1, 2, 3]
    assert run.of("MapStateStarted")[0].details == {"length": 3}


def test_max_concurrency_bounds_what_runs_at_once(world: Any, asl: Any) -> None:
    run = world(
        {"T": asl.After(1)},
        M=mapped(branch(T=asl.task()), Items="{% [1..5] %}", MaxConcurrency="{% $states.input.n %}"),
    ).start({"n": 2})
    assert len(run.calls) == 2
    run.go()
    assert [event.time - asl.START for event in run.of("MapIterationStarted")] == [0, 0, 1, 1, 2]


def test_the_selector_sees_the_item_and_the_map_input(world: Any) -> None:
    selector = {
        "v": "{% $states.context.Map.Item.Value %}",
        "i": "{% $states.context.Map.Item.Index %}",
        "k": "{% $states.input.k %}",
    }
    inner = {**DONE, "Output": ["{% $states.input %}", "{% $states.context.Map.Item.Index %}"]}
    run = world(M=mapped(branch(A=inner), Items=["a", "b"], ItemSelector=selector)).run({"k": 0})
    assert run.output == [[{"v": "a", "i": 0, "k": 0}, 0], [{"v": "b", "i": 1, "k": 0}, 1]]


def test_maps_nest_and_each_state_sees_its_innermost_item(world: Any) -> None:
    inner = mapped(branch(B={**DONE, "Output": "{% $states.context.Map.Item.Index %}"}))
    run = world(M=mapped(branch(A=inner))).run([[7], [8, 9]])
    assert run.output == [[0], [0, 1]]


def test_an_empty_map_is_done_at_once(world: Any) -> None:
    run = world(M=mapped(branch(A=DONE))).run([])
    assert run.output == []
    assert run.types[2:5] == ["MapStateStarted", "MapStateSucceeded", "MapStateExited"]


def test_a_failing_iteration_fails_the_map(world: Any, asl: Any) -> None:
    run = world(
        {"T": lambda call: asl.Problem("E") if call.arguments == 2 else asl.NEVER},
        M=mapped(branch(T=asl.task()), Items=[1, 2, 3], MaxConcurrency=2),
    ).run()
    assert run.types[-6:] == [
        "TaskFailed", "MapIterationFailed", "TaskStateAborted", "MapIterationAborted", "MapStateFailed",
        "ExecutionFailed",
    ]  # fmt: skip
    assert run.of("MapIterationFailed")[0].details == {"name": "M", "index": 1}
    assert len(run.of("MapIterationStarted")) == 2


def test_a_caught_item_does_not_fail_the_map(world: Any, asl: Any) -> None:
    item = asl.task(Catch=[{"ErrorEquals": ALL, "Next": "Bad"}])
    run = world(
        {"T": lambda call: asl.Problem("E") if call.arguments == 2 else call.arguments},
        M=mapped(branch(T=item, Bad={**DONE, "Output": None}), Items=[1, 2, 3]),
    ).run()
    assert run.output == [1, None, 3]


def test_a_selector_that_fails_later_aborts_what_runs(world: Any, asl: Any) -> None:
    run = world(
        {"T": asl.After(1)},
        M=mapped(
            branch(T=asl.task()),
            Items=[1, 2, 0],
            MaxConcurrency=2,
            ItemSelector={"x": "{% $states.context.Map.Item.Value > 0 ? 1 : $error('zero') %}"},
        ),
    ).run()
    assert run.error == "States.QueryEvaluationError"
    assert run.of("EvaluationFailed")[0].details["location"] == "ItemSelector/x"
    assert not run.waiting


def test_a_fatal_error_in_a_branch_ends_the_execution(world: Any, asl: Any) -> None:
    run = world(
        {"B": asl.NEVER},
        P=parallel(
            branch(A={"Type": "Choice", "Choices": [{"Condition": False, "Next": "A2"}]}, A2=DONE),
            branch(B=asl.task()),
            Catch=[{"ErrorEquals": ALL, "Next": "Z"}],
        ),
        Z=DONE,
    ).run()
    assert (run.status, run.error) == ("FAILED", "States.Runtime")
    assert "ParallelStateFailed" not in run.types
    assert not run.waiting


def test_a_failure_inside_a_nested_group_is_caught_outside(world: Any, asl: Any) -> None:
    run = world(
        {"T": asl.Problem("E"), "U": asl.NEVER},
        P=parallel(
            branch(M=mapped(branch(T=asl.task()), Items=[1])), branch(U=asl.task()),
            Catch=[{"ErrorEquals": ["E"], "Next": "Z"}],
        ),
        Z={**DONE, "Output": "caught"},
    ).run()  # fmt: skip
    assert run.output == "caught"
    assert [t for t in run.types if t.endswith("StateFailed")] == ["MapStateFailed", "ParallelStateFailed"]


def test_many_items_are_worked_off_in_several_steps(world: Any, asl: Any) -> None:
    run = world({}, M=mapped(branch(T=asl.task(Output="{% $states.input %}")), Items="{% [1..300] %}")).run()
    assert run.output == list(range(1, 301))
