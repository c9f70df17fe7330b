"""Ends, cancels, resumes and restarts (diagrams 1.2, 2.1, 2.2): any number of watchers, each step once."""

from __future__ import annotations

import json

import pytest

from bunsui.errors import Conflict, IllegalTransition, NotFound, Refused
from bunsui.model.session import Session
from bunsui.model.status import ExecutionStatus, OperationStatus, SessionStatus
from bunsui.ports import Record
from bunsui.services.records.transitions import moved
from bunsui.services.surroundings import LocalFiles

_S, _E = SessionStatus, ExecutionStatus
OK = {"s": "ok", "o": {"rows": 1}}
FAILED = {"s": "failed", "e": {"Error": "ValueError", "Cause": "bad row"}}


def started(world, pipeline) -> Session:
    return world.sessions.start(pipeline, {"month": 1}, name="mine")


def failed(world, pipeline) -> Session:
    started(world, pipeline)
    world.machines.ran("mine-1", "a", OK)
    world.machines.ran("mine-1", "b", FAILED)
    world.machines.end("mine-1", _E.FAILED, "Bunsui.Failed", "b: ValueError")
    return world.sessions.refresh("mine")


@pytest.mark.parametrize(
    ("execution", "session"),
    [
        (_E.SUCCEEDED, _S.COMPLETED),
        (_E.FAILED, _S.FAILED),
        (_E.TIMED_OUT, _S.TIMED_OUT),
        (_E.ABORTED, _S.CANCELLED),
    ],
)
def test_the_end_of_an_execution_ends_its_session(world, pipeline, execution, session) -> None:
    started(world, pipeline)
    world.machines.end("mine-1", execution)
    ended = world.sessions.refresh("mine")
    assert (ended.status, ended.ended) == (session, "2026-01-02T00:00:00.000000Z")
    assert ended.executions[0].status == execution.value


def test_a_failed_session_says_why_and_keeps_its_checkpoint(world, pipeline) -> None:
    assert failed(world, pipeline).reason == "Bunsui.Failed: b: ValueError"
    stored = world.table.get("session#mine", "checkpoint").body["value"]
    assert stored["resume"] == {"a": OK}


def test_refreshing_again_changes_nothing(world, pipeline) -> None:
    once = failed(world, pipeline)
    before = dict(world.table.records), dict(world.objects.blobs)
    assert world.sessions.refresh("mine") == once
    assert (world.table.records, world.objects.blobs) == before


def test_of_two_watchers_one_writes_the_end_and_both_see_it(world, pipeline) -> None:
    started(world, pipeline)
    world.machines.end("mine-1", _E.SUCCEEDED)

    def other_first() -> None:
        world.table.before_write = lambda: None
        world.manager("bob").refresh("mine")

    world.table.before_write = other_first
    assert world.sessions.refresh("mine").status is _S.COMPLETED
    assert [line.message for line in world.sessions.logs("mine")][1:] == ["ended COMPLETED"]


def test_a_large_checkpoint_goes_to_the_object_store(world, pipeline) -> None:
    started(world, pipeline)
    world.machines.ran("mine-1", "a", {"s": "ok", "o": {"text": "x" * 9000}})
    world.machines.end("mine-1", _E.FAILED)
    world.sessions.refresh("mine")
    ref = world.table.get("session#mine", "checkpoint").body["ref"]
    assert json.loads(world.objects.get(ref))["resume"]["a"]["o"]["text"] == "x" * 9000


def test_a_resume_keeps_what_is_done_and_runs_as_the_next_execution(world, pipeline) -> None:
    failed(world, pipeline)
    resumed = world.sessions.resume("mine", why="mended the row")
    assert resumed.status is _S.RUNNING
    given = world.machines.describe("arn:mine-2").input
    assert given["resume"] == {"a": OK}
    assert given["generations"] == {}


def test_a_resumed_session_can_complete(world, pipeline) -> None:
    failed(world, pipeline)
    world.sessions.resume("mine")
    world.machines.ran("mine-2", "b", OK)
    world.machines.end("mine-2", _E.SUCCEEDED)
    view = world.sessions.status("mine")
    assert view.session.status is _S.COMPLETED
    assert [one.status for one in view.operations] == [OperationStatus.REUSED, OperationStatus.SUCCEEDED]


def test_what_completed_below_a_failure_runs_again_at_a_raised_generation(world, pipeline) -> None:
    started(world, pipeline)
    world.machines.ran("mine-1", "a", FAILED)
    world.machines.ran("mine-1", "b", OK)
    world.machines.end("mine-1", _E.FAILED)
    plan = world.sessions.plan_resume("mine")
    assert (plan.reused, plan.rerun, plan.raised) == ((), ("a", "b"), ("b",))
    assert world.sessions.resume("mine").generations == {"b": 1}


def test_a_restart_keeps_nothing_and_raises_every_generation(world, pipeline) -> None:
    failed(world, pipeline)
    world.sessions.restart("mine")
    given = world.machines.describe("arn:mine-2").input
    assert (given["resume"], given["generations"]) == ({}, {"a": 1, "b": 1})


def test_a_completed_session_can_be_restarted_but_not_resumed(world, pipeline) -> None:
    started(world, pipeline)
    world.machines.end("mine-1", _E.SUCCEEDED)
    with pytest.raises(Refused, match="nothing to resume"):
        world.sessions.resume("mine")
    assert world.sessions.restart("mine").status is _S.RUNNING


def test_a_running_session_is_neither_resumed_nor_restarted(world, pipeline) -> None:
    started(world, pipeline)
    for act in (world.sessions.resume, world.sessions.restart):
        with pytest.raises(Refused, match="is RUNNING"):
            act("mine")


def test_a_kill_between_the_intent_to_resume_and_its_start_is_healed_by_refresh(world, pipeline) -> None:
    failed(world, pipeline)
    world.machines.before_start = _killed
    with pytest.raises(KeyboardInterrupt):
        world.sessions.resume("mine")
    assert world.sessions.get("mine").status is _S.RECOVERING
    world.machines.before_start = lambda: None
    assert world.sessions.refresh("mine").status is _S.RUNNING
    assert world.machines.describe("arn:mine-2").input["resume"] == {"a": OK}


def test_of_two_who_resume_only_one_does(world, pipeline) -> None:
    failed(world, pipeline)

    def other_first() -> None:
        world.table.before_write = lambda: None
        world.manager("bob").resume("mine")

    world.table.before_write = other_first
    with pytest.raises(Conflict):
        world.sessions.resume("mine")
    assert list(world.machines.started) == ["arn:mine-1", "arn:mine-2"]


def test_a_plan_is_not_carried_out_after_somebody_else_recovered(world, pipeline) -> None:
    failed(world, pipeline)
    plan = world.sessions.plan_resume("mine")
    world.sessions.resume("mine")
    world.machines.end("mine-2", _E.FAILED)
    world.sessions.refresh("mine")
    with pytest.raises(Conflict):
        world.sessions.recover(plan)


def test_a_history_that_is_gone_is_replaced_by_the_stored_checkpoint(world, pipeline) -> None:
    failed(world, pipeline)
    del world.machines.started["arn:mine-1"]
    assert world.sessions.plan_resume("mine").reused == ("a",)


def test_cancelling_records_who_and_why(world, pipeline) -> None:
    started(world, pipeline)
    cancelled = world.sessions.cancel("mine", why="wrong month")
    assert (cancelled.status, cancelled.reason) == (_S.CANCELLED, "cancelled by ada: wrong month")


def test_an_ended_session_cannot_be_cancelled(world, pipeline) -> None:
    failed(world, pipeline)
    with pytest.raises(Refused, match=r"ended already \(FAILED\)"):
        world.sessions.cancel("mine")


def test_a_session_that_was_only_reserved_is_started_before_it_is_cancelled(world, pipeline) -> None:
    world.machines.before_start = _killed
    with pytest.raises(KeyboardInterrupt):
        started(world, pipeline)
    world.machines.before_start = lambda: None
    assert world.sessions.cancel("mine").status is _S.CANCELLED


def test_every_action_is_a_line_in_the_session_s_log(world, pipeline) -> None:
    failed(world, pipeline)
    world.sessions.resume("mine", why="again")
    world.sessions.cancel("mine")
    assert [line.message for line in world.sessions.logs("mine")] == [
        "started by ada (execution mine-1)",
        "resumed by ada: again (execution mine-2)",
        "cancelled by ada",
        "ended FAILED: Bunsui.Failed: b: ValueError",
        "ended CANCELLED: cancelled by ada",
    ]


def test_the_status_has_operations_progress_and_the_last_lines(world, pipeline) -> None:
    started(world, pipeline)
    world.machines.happen("mine-1", "TaskStateEntered", name="a")
    world.table.put(Record("session#mine", "progress#a", {"done": 2, "total": 4, "note": "half", "at": 5}))
    view = world.sessions.status("mine", lines=5)
    assert [(one.name, one.status) for one in view.operations] == [
        ("a", OperationStatus.RUNNING),
        ("b", OperationStatus.PENDING),
    ]
    assert (view.progress["a"].done, view.progress["a"].note) == (2.0, "half")
    assert [line.message for line in view.lines] == ["started by ada (execution mine-1)"]


def test_watching_shows_every_change_and_ends_with_the_session(world, pipeline) -> None:
    started(world, pipeline)
    world.time.during = [
        lambda: None,
        lambda: world.machines.ran("mine-1", "a", OK),
        lambda: world.machines.end("mine-1", _E.SUCCEEDED),
    ]
    seen = [(view.session.status, view.operations[0].status) for view in world.sessions.watch("mine")]
    assert seen == [
        (_S.RUNNING, OperationStatus.PENDING),
        (_S.RUNNING, OperationStatus.SUCCEEDED),
        (_S.COMPLETED, OperationStatus.SUCCEEDED),
    ]


def test_waiting_gives_up_at_its_timeout(world, pipeline) -> None:
    started(world, pipeline)
    with pytest.raises(TimeoutError, match="still RUNNING"):
        world.sessions.wait("mine", timeout=3)


def test_a_session_is_found_by_id_prefix_and_as_the_last_one(world, pipeline) -> None:
    for name in ("alpha-1", "alpha-2", "beta"):
        world.time.now += 1
        world.sessions.start(pipeline, {}, name=name)
    assert world.sessions.get("be").id == "beta"
    assert world.sessions.get("@last").id == "beta"
    assert world.sessions.get("alpha-1").id == "alpha-1"
    with pytest.raises(Refused, match="alpha-1, alpha-2"):
        world.sessions.get("alp")
    with pytest.raises(NotFound):
        world.sessions.get("gamma")
    with pytest.raises(NotFound):
        world.sessions.get("")


def test_an_id_that_is_also_a_prefix_is_the_id(world, pipeline) -> None:
    for name in ("alpha", "alpha-2"):
        world.sessions.start(pipeline, {}, name=name)
    assert world.sessions.get("alpha").id == "alpha"


def test_lists_are_pages_newest_first_by_status_and_pipeline(world, pipeline) -> None:
    for number in range(5):
        world.time.now += 1
        world.sessions.start(pipeline, {}, name=f"s{number}")
    world.machines.end("s3-1", _E.SUCCEEDED)
    world.sessions.refresh("s3")
    page = world.sessions.list(limit=2)
    assert [one.id for one in page.sessions] == ["s4", "s3"]
    assert [one.id for one in world.sessions.list(limit=2, after=page.next).sessions] == ["s2", "s1"]
    assert [one.id for one in world.sessions.list(status=_S.COMPLETED).sessions] == ["s3"]
    assert world.sessions.list(pipeline="other").sessions == ()


def test_a_transition_that_is_not_in_the_table_is_illegal(world, pipeline) -> None:
    session = started(world, pipeline)
    with pytest.raises(IllegalTransition, match="is RUNNING and cannot become CREATED"):
        moved(session, _S.CREATED)


def _killed() -> None:
    raise KeyboardInterrupt


def test_who_has_not_the_code_does_not_say_that_it_changed(world, pipeline) -> None:
    """As the controller on AWS, which recovers what was run from a folder of another machine."""
    session = failed(world, pipeline)
    world.files.digest = lambda folders: LocalFiles().digest(["/nowhere/functions"])
    resumed = world.sessions.resume(session.id)
    assert resumed.executions[1].code_sha256 == session.executions[0].code_sha256 != ""
