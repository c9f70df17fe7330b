"""Statuses of operations follow from a history alone."""

from __future__ import annotations

import pytest

from bunsui.analysis.progress import Items, OperationView, Tracker, progress
from bunsui.analysis.shape import Shape
from bunsui.analysis.timeline import timeline
from bunsui.model.status import OperationStatus as S

A, B, C = Shape("a", "python"), Shape("b", "python", ("a",)), Shape("c", "python", ("b",))


def statuses(story, *shapes: Shape) -> dict[str, S]:
    return {view.name: view.status for view in progress(story.events, shapes)}


def view(story, *shapes: Shape) -> OperationView:
    return progress(story.events, shapes)[0]


def test_nothing_seen_is_pending(story) -> None:
    story.start()
    assert statuses(story, A, B) == {"a": S.PENDING, "b": S.PENDING}


def test_an_entered_task_is_running_with_its_start(story) -> None:
    story.start()
    story.enter("a")
    story.add("TaskScheduled")
    seen = view(story, A)
    assert (seen.status, seen.started, seen.ended, seen.attempts) == (S.RUNNING, 2.0, None, 1)


def test_a_record_ends_an_operation(story) -> None:
    story.start()
    story.ok("a", rows=3)
    seen = view(story, A)
    assert (seen.status, seen.output, seen.started, seen.ended) == (S.SUCCEEDED, {"rows": 3}, 2.0, 6.0)


def test_a_failure_that_waits_for_its_retry_is_retrying_and_says_why(story) -> None:
    story.start()
    story.enter("a")
    story.add("TaskScheduled")
    story.add("TaskFailed", error="Throttled", cause="slow down")
    seen = view(story, A)
    assert (seen.status, seen.error, seen.cause, seen.attempts) == (S.RETRYING, "Throttled", "slow down", 1)


def test_a_second_try_is_running_again_and_counted(story) -> None:
    story.start()
    story.enter("a")
    story.add("TaskScheduled")
    story.add("TaskTimedOut")
    story.add("TaskScheduled")
    seen = view(story, A)
    assert (seen.status, seen.attempts, seen.error) == (S.RUNNING, 2, None)


def test_a_caught_failure_marks_what_is_downstream(story) -> None:
    story.start()
    story.fail("a")
    story.enter("b.upstream", "Pass")
    story.leave("b.upstream", "Pass", a={"s": "failed"}, b={"s": "upstream_failed"})
    assert statuses(story, A, B) == {"a": S.FAILED, "b": S.UPSTREAM_FAILED}
    assert view(story, A).cause == "it broke"


def test_another_branch_s_record_in_a_merged_bag_does_not_end_this_operation(story) -> None:
    story.start()
    story.enter("b")
    story.enter("a.gather", previous=1)
    story.leave("a.gather", a={"s": "ok"}, b={"s": "ok"})
    assert statuses(story, A, B)["b"] is S.RUNNING


def test_an_output_is_kept_as_it_first_appeared(story) -> None:
    story.start()
    story.ok("a", rows=3)
    story.enter("a.publish")
    story.leave("a.publish", a={"s": "ok"})
    assert (view(story, A).output, view(story, A).ended) == ({"rows": 3}, 6.0)


def test_an_operation_at_its_gate_or_join_is_pending(story) -> None:
    story.start()
    story.enter("b.gate", "Choice")
    story.leave("b.gate", "Choice", a={"s": "ok"})
    story.enter("b.await")
    story.add("TaskScheduled")
    assert statuses(story, A, B)["b"] is S.PENDING


def test_records_of_an_earlier_execution_are_reused_and_skipped_stays_skipped(story) -> None:
    story.start(resume={"a": {"s": "ok", "o": {"n": 1}}, "b": {"s": "skipped"}})
    assert statuses(story, A, B, C) == {"a": S.REUSED, "b": S.SKIPPED, "c": S.PENDING}


def test_a_reused_record_that_passes_its_gate_stays_reused(story) -> None:
    story.start(resume={"a": {"s": "ok", "o": {"n": 1}}})
    story.enter("a.gate", "Choice")
    story.leave("a.gate", "Choice", a={"s": "ok", "o": {"n": 1}})
    assert view(story, A).status is S.REUSED


@pytest.mark.parametrize(("kind", "waiting"), [("approval", "approval"), ("wait", "time")])
def test_what_waits_for_a_person_or_for_time_is_waiting(story, kind: str, waiting: str) -> None:
    story.start()
    story.enter("a")
    seen = view(story, Shape("a", kind))
    assert (seen.status, seen.waiting) == (S.WAITING, waiting)


def test_when_an_execution_fails_uncaught_the_culprit_failed_the_rest_was_cut_off(story) -> None:
    story.start()
    story.enter("a")
    story.enter("d", previous=1)
    story.add("TaskScheduled", previous=2)
    story.add("TaskFailed", error="Boom")
    story.add("ExecutionFailed", error="Boom")
    assert statuses(story, A, B, C, Shape("d", "python")) == {
        "a": S.FAILED,
        "b": S.UPSTREAM_FAILED,
        "c": S.UPSTREAM_FAILED,
        "d": S.CANCELLED,
    }


def test_what_waits_for_another_try_when_an_execution_is_stopped_is_cancelled(story) -> None:
    story.start()
    story.enter("a")
    story.add("TaskScheduled", previous=2)
    story.add("TaskFailed", error="Boom")
    story.add("ExecutionAborted")
    assert statuses(story, A, B)["a"] is S.CANCELLED


def test_a_stopped_execution_cancels_what_had_not_ended(story) -> None:
    story.start()
    story.ok("a")
    story.enter("b")
    story.add("ExecutionAborted")
    assert statuses(story, A, B, C) == {"a": S.SUCCEEDED, "b": S.CANCELLED, "c": S.CANCELLED}


def test_a_redriven_execution_runs_its_failed_operation_again(story) -> None:
    story.start()
    story.enter("a")
    story.add("TaskScheduled")
    story.add("TaskFailed", error="Boom")
    story.add("ExecutionFailed")
    story.add("ExecutionRedriven")
    assert statuses(story, A, B) == {"a": S.RUNNING, "b": S.PENDING}


def fan_out(story) -> None:
    story.start()
    story.enter("a", "Map")
    story.add("MapStateStarted", length=3)
    for index in range(3):
        story.add("MapIterationStarted", previous=3, name="a", index=index)
        story.enter("a.item")
        story.add("TaskScheduled")


def test_items_of_a_fan_out_are_counted(story) -> None:
    fan_out(story)
    story.add("TaskSucceeded", previous=6)
    story.leave("a.item")
    story.add("MapIterationSucceeded", name="a", index=0)
    story.add("TaskFailed", previous=9, error="Boom")
    story.leave("a.item", **{"Bunsui.Failed": {"Error": "Boom"}})
    story.enter("a.item.failed", "Pass")
    story.leave("a.item.failed", "Pass", **{"Bunsui.Failed": {"Error": "Boom"}})
    story.add("MapIterationSucceeded", name="a", index=1)
    shape = Shape("a", "python", fan_out=True)
    assert view(story, shape).items == Items(total=3, done=1, failed=1, running=1, now=(2,))
    assert view(story, shape).status is S.RUNNING


def test_the_map_that_wakes_consumers_is_no_fan_out(story) -> None:
    fan_out(story)
    story.enter("a.wake", "Map")
    story.add("MapStateStarted", length=1)
    story.add("MapIterationStarted", name="a.wake", index=0)
    assert view(story, Shape("a", "python", fan_out=True)).items == Items(total=3, running=3, now=(0, 1, 2))


def test_a_fan_out_counts_the_attempts_of_the_item_tried_most(story) -> None:
    fan_out(story)
    story.add("TaskFailed", previous=9, error="Boom")
    story.add("TaskScheduled")
    assert view(story, Shape("a", "python", fan_out=True)).attempts == 2


def test_a_tracker_fed_in_pieces_says_what_one_fed_at_once_says(story) -> None:
    fan_out(story)
    story.add("TaskSucceeded", previous=6)
    shape = Shape("a", "python", fan_out=True)
    tracker = Tracker([shape])
    for event in story.events:
        tracker.feed([event])
    tracker.feed(story.events)  # seen already: nothing counts twice
    assert tracker.views() == progress(story.events, [shape])


def test_every_state_of_a_raw_machine_is_an_operation(story) -> None:
    story.start()
    story.enter("First", "Pass")
    story.leave("First", "Pass")
    story.enter("Choose", "Choice")
    story.leave("Choose", "Choice")
    story.enter("Broken", "Fail")
    story.add("ExecutionFailed", error="No")
    shapes = [
        Shape(name, kind, raw=True)
        for name, kind in (("First", "pass"), ("Choose", "choice"), ("Broken", "fail"), ("Other", "task"))
    ]
    assert statuses(story, *shapes) == {
        "First": S.SUCCEEDED,
        "Choose": S.SUCCEEDED,
        "Broken": S.FAILED,
        "Other": S.CANCELLED,
    }


def test_a_timeline_has_every_try_with_its_end_and_error(story) -> None:
    story.start()
    story.enter("a")
    story.add("TaskScheduled")
    story.add("TaskFailed", error="Boom")
    story.add("TaskScheduled")
    story.add("TaskSucceeded")
    tries = [(one.operation, one.number, one.started, one.ended, one.error) for one in timeline(story.events, [A])]
    assert tries == [("a", 1, 3.0, 4.0, "Boom"), ("a", 2, 5.0, 6.0, None)]
