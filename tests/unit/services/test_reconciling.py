"""Running sessions of which no event came: a few at a time, the longest unseen first, none kept from its turn."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bunsui.errors import BackendError
from bunsui.model.status import ExecutionStatus, SessionStatus
from bunsui.ports import Answer, Record
from bunsui.services.sessions.reconciling import PARTITION, ROUND, Reconciling


@pytest.fixture
def reconciling(world) -> Reconciling:
    sessions = world.sessions
    return Reconciling(world.ports, lambda: world.time.now, sessions.refresh, sessions.execution_ended)


@pytest.fixture
def running(world, pipeline) -> list[str]:
    started = []
    for name in ("one", "two", "three", "four", "five"):
        world.time.now += 1
        started.append(world.sessions.start(pipeline, {}, name=name).id)
    return started


def described(world) -> list[str]:
    """Which executions are asked about from now on."""
    asked: list[str] = []
    describe = world.machines.describe

    def counted(arn):
        asked.append(arn)
        return describe(arn)

    world.machines.describe = counted
    return asked


def test_a_look_asks_about_so_many_and_the_next_goes_on_behind_them(world, reconciling, running) -> None:
    asked = described(world)
    assert [reconciling.look(2).sessions for _ in range(3)] == [2, 2, 1]
    assert asked == [f"arn:{name}-1" for name in ("five", "four", "three", "two", "one")]
    reconciling.look(2)
    assert asked[5:] == ["arn:five-1", "arn:four-1"]


def test_a_thousand_that_run_cost_no_more_than_thirty_requests_in_a_look(world, reconciling, running) -> None:
    session = world.table.get("session#one", "session")
    for number in range(1000):
        place = f"{session.body['created']}#s{number}"
        copied = replace(session, partition=f"session#s{number}", indexes={"status": ("RUNNING", place)}, revision=0)
        world.table.put(replace(copied, body={**session.body, "id": f"s{number}"}))
    asked = described(world)
    reconciling.look()
    assert len(asked) == 30


def test_an_end_that_no_event_told_of_is_found(world, reconciling, running) -> None:
    world.machines.end("three-1", ExecutionStatus.SUCCEEDED)
    reconciling.look()
    assert world.sessions.get("three").status is SessionStatus.COMPLETED


def test_one_that_fails_keeps_none_from_its_turn_and_is_told(world, reconciling, running) -> None:
    del world.machines.started["arn:four-1"]
    world.machines.end("one-1", ExecutionStatus.SUCCEEDED)
    looked = reconciling.look()
    assert (looked.sessions, len(looked.failed)) == (5, 1)
    assert "session four: NotFound" in looked.failed[0]
    assert world.sessions.get("one").status is SessionStatus.COMPLETED


def test_a_look_that_had_no_time_left_is_done_again(world, reconciling, running) -> None:
    left = iter([True, False])
    assert reconciling.look(going=lambda: next(left)).sessions == 1
    assert reconciling.look().sessions == 5


def test_how_old_the_oldest_look_may_be_is_known_after_a_round(world, reconciling, running) -> None:
    assert reconciling.looked_last() is None
    reconciling.look(3)
    assert (reconciling.looked_since(), reconciling.looked_last()) == (None, "2026-01-01T00:00:05.000000Z")
    world.time.now += 60
    reconciling.look(3)
    assert reconciling.looked_since() == "2026-01-01T00:00:05.000000Z"
    assert reconciling.looked_last() == "2026-01-01T00:01:05.000000Z"


def test_two_that_look_at_once_spoil_nothing(world, reconciling, running) -> None:
    def other() -> None:
        world.table.before_write = lambda: None
        there = world.table.get(PARTITION, ROUND)
        world.table.put(there or Record(PARTITION, ROUND, {}))

    world.table.before_write = other
    assert reconciling.look(2).failed == []


def test_the_end_of_an_execution_concerns_its_session_alone(world, reconciling, running) -> None:
    world.machines.end("two-1", ExecutionStatus.SUCCEEDED)
    session = reconciling.execution_ended("two-1")
    assert session is not None
    assert (session.id, session.status) == ("two", SessionStatus.COMPLETED)
    assert reconciling.execution_ended("tw-1") is None
    assert reconciling.execution_ended("b8e2f1c0-nested-of-somebody") is None


def test_a_task_that_stopped_fails_and_one_that_answered_is_left_alone(world, reconciling) -> None:
    world.machines.tokens = {"waits"}
    assert reconciling.task_stopped("waits", "ECS.SpotInterruption", "gone")
    assert world.machines.answers["waits"] == Answer(error="ECS.SpotInterruption", cause="gone")
    assert not reconciling.task_stopped("waits", "ECS.SpotInterruption", "gone")


def test_a_word_of_an_end_that_is_not_so_changes_nothing(world, reconciling, running) -> None:
    session = reconciling.execution_ended("two-1")
    assert session is not None
    assert session.status is SessionStatus.RUNNING


def test_a_backend_that_cannot_answer_is_an_error_and_no_answer(world, reconciling) -> None:
    def down(token: str, answer: Answer) -> None:
        raise BackendError("down")

    world.machines.answer = down
    with pytest.raises(BackendError):
        reconciling.task_stopped("waits", "ECS.SpotInterruption", "gone")
