"""Causes and consequences: which failures of a history are told, of what, and in what order."""

from __future__ import annotations

import pytest

from bunsui.analysis.errors.grouping import alike
from bunsui.analysis.errors.roots import Failing, FailureReader, Nested
from bunsui.analysis.shape import Shape
from bunsui.model.history import HistoryEvent

A, B, C = Shape("a", "python"), Shape("b", "python", ("a",)), Shape("c", "python")


def event(id: int, type: str, previous: int | None = None, **details: object) -> HistoryEvent:
    return HistoryEvent(id, id - 1 if previous is None else previous, type, float(id), dict(details))  # type: ignore[arg-type]


def ran(first: int, name: str, record: dict[str, object], *, tries: int = 1, **call: object) -> list[HistoryEvent]:
    """An operation that failed `tries` times, or succeeded."""
    events = [event(first, "TaskStateEntered", name=name)]
    for _ in range(tries):
        events.append(event(events[-1].id + 1, "TaskScheduled", parameters=call))
        failed = record["s"] == "failed"
        details = {"error": "Broken", "cause": "it broke"} if failed else {}
        events.append(event(events[-1].id + 1, "TaskFailed" if failed else "TaskSucceeded", **details))
    return [*events, event(events[-1].id + 1, "TaskStateExited", name=name, output={name: record})]


FAILED: dict[str, object] = {"s": "failed", "e": {"Error": "Broken", "Cause": "it broke"}}
OK: dict[str, object] = {"s": "ok", "o": {}}
START = event(1, "ExecutionStarted", input={})


def roots(shapes: tuple[Shape, ...], *events: HistoryEvent) -> list[Failing | Nested]:
    reader = FailureReader("s-1", shapes)
    reader.feed(events)
    return list(reader.roots())


def names(found: list[Failing | Nested]) -> list[str]:
    return [one.operation for one in found]


def test_what_was_held_up_is_no_failure_of_its_own() -> None:
    held = event(20, "PassStateExited", 19, name="b.upstream", output={"b": {"s": "upstream_failed"}})
    found = roots(
        (A, B), START, *ran(2, "a", FAILED), held, event(21, "ExecutionFailed", error="Bunsui.OperationsFailed")
    )
    assert names(found) == ["a"]


def test_a_failure_knows_its_event_its_attempt_and_how_often_it_was_tried() -> None:
    found = roots((A,), START, *ran(2, "a", FAILED, tries=3), event(20, "ExecutionFailed"))
    assert isinstance(found[0], Failing)
    assert (found[0].event, found[0].attempt, found[0].attempts, found[0].error) == (8, "1.0.2", 3, "Broken")


def test_waiting_for_what_it_needs_is_no_try() -> None:
    joined = [
        event(2, "TaskStateEntered", name="a.await"),
        event(3, "TaskScheduled"),
        event(4, "TaskSucceeded"),
        event(5, "TaskStateExited", name="a.await", output={}),
    ]
    found = roots((A,), START, *joined, *ran(6, "a", FAILED), event(20, "ExecutionFailed"))
    assert [one.attempts for one in found if isinstance(one, Failing)] == [1]


def test_the_attempt_is_what_the_task_was_told() -> None:
    told = {"Payload": {"bunsui": {"operation": "p.a", "item": 4, "attempt": "3.1.2"}}}
    found = roots((A,), START, *ran(2, "a", FAILED, **told), event(20, "ExecutionFailed"))
    assert isinstance(found[0], Failing)
    assert found[0].log == ("p.a", 4, "3.1.2")


def test_what_holds_up_most_comes_first() -> None:
    held = event(20, "PassStateExited", 19, name="b.upstream", output={"b": {"s": "upstream_failed"}})
    events = [*ran(2, "c", FAILED), *ran(8, "a", FAILED), held, event(21, "ExecutionFailed")]
    assert names(roots((C, A, B), START, *events)) == ["a", "c"]


def test_what_failed_below_a_failure_comes_last() -> None:
    events = [*ran(2, "b", FAILED), *ran(8, "a", FAILED), event(21, "ExecutionFailed")]
    assert names(roots((A, B), START, *events)) == ["a", "b"]


def test_what_succeeded_at_last_is_no_failure() -> None:
    again = [event(4, "TaskFailed", error="E"), event(5, "TaskScheduled"), event(6, "TaskSucceeded")]
    events = [event(2, "TaskStateEntered", name="a"), event(3, "TaskScheduled"), *again]
    exited = event(7, "TaskStateExited", name="a", output={"a": OK})
    assert roots((A,), START, *events, exited, event(8, "ExecutionSucceeded")) == []


def test_an_expression_that_ends_the_execution_is_told_of_its_operation() -> None:
    events = [event(2, "ChoiceStateEntered", name="a.gate"), event(3, "EvaluationFailed", state="a.gate", cause="no")]
    found = roots((A,), START, *events, event(4, "ExecutionFailed", error="States.QueryEvaluationError"))
    assert isinstance(found[0], Failing)
    assert (found[0].operation, found[0].error, found[0].event) == ("a", "States.QueryEvaluationError", 3)


def test_an_execution_whose_time_was_up_says_what_it_cut_off() -> None:
    events = [event(2, "TaskStateEntered", name="a"), event(3, "TaskScheduled"), event(4, "ExecutionTimedOut")]
    found = roots((A,), START, *events)
    assert isinstance(found[0], Failing)
    assert (found[0].operation, found[0].error) == ("", "States.Timeout")
    assert "cut off: a" in found[0].cause


def test_a_failed_nested_pipeline_leads_to_its_own_history() -> None:
    shape = Shape("n", "pipeline", inner=(A,))
    submitted = event(4, "TaskSubmitted", output={"ExecutionArn": "arn:child"})
    events = [event(2, "TaskStateEntered", name="n"), event(3, "TaskScheduled"), submitted]
    failed = [event(5, "TaskFailed", error="E"), event(6, "TaskStateExited", name="n", output={"n": FAILED})]
    (found,) = roots((shape,), START, *events, *failed, event(7, "ExecutionFailed"))
    assert isinstance(found, Nested)
    assert (found.arn, found.operation) == ("arn:child", "n")


def failing(item: int | None, cause: str, event: int = 1) -> Failing:
    return Failing("s-1", event, 1.0, "f", item, "", 1, "ValueError", cause)


def test_items_that_failed_alike_count_as_one() -> None:
    found = alike([failing(0, "row 1 is bad"), failing(3, "row 4 is bad"), failing(5, "no such column 'x'")])
    assert [(one.count, one.items) for one in found] == [(2, [0, 3]), (1, [5])]


def test_failures_of_two_executions_are_two() -> None:
    from dataclasses import replace

    one = failing(None, "same")
    assert len(alike([one, replace(one, execution="s-1-2")])) == 2


RAW = Shape("Stop", "fail", raw=True)


@pytest.mark.parametrize(
    ("end", "error", "cause"),
    [
        ({}, "error", "state 'Stop' failed by its own definition: it is a Fail state that names no error and no cause"),
        (
            {"error": "Data.Late"},
            "Data.Late",
            "state 'Stop' failed by its own definition: it is a Fail state that names no cause",
        ),
        ({"error": "Data.Late", "cause": "no orders yet"}, "Data.Late", "no orders yet"),
    ],
)
def test_a_fail_state_of_a_machine_of_the_user_s_own_says_what_the_end_says(
    end: dict[str, str], error: str, cause: str
) -> None:
    found = roots((RAW,), START, event(2, "FailStateEntered", name="Stop"), event(3, "ExecutionFailed", **end))
    assert [(one.operation, one.error, one.cause) for one in found if isinstance(one, Failing)] == [
        ("Stop", error, cause)
    ]
