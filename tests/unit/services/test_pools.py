"""Sessions that wait for slots, hold them and free them: what is stored, who is next, what a crash leaves behind."""

from __future__ import annotations

import pytest

from bunsui.errors import BackendError, InvalidInput, NotFound, Refused
from bunsui.model.status import SessionStatus
from virtual.pipelines import op, pipeline
from virtual.pooled import Pooled, pooled

_S = SessionStatus


@pytest.fixture
def world() -> Pooled:
    return Pooled()


def status(world: Pooled, name: str) -> SessionStatus:
    return world.sessions.get(name).status


# entering


def test_a_session_takes_its_slots_before_it_starts(world) -> None:
    world.pools.set("warehouse", 4)
    session = world.begin(pooled(pool="warehouse", slots=3), name="one")
    assert (session.status, session.queue) == (_S.RUNNING, "warehouse")
    shown = world.pools.show("warehouse")
    assert (shown.pool.used, shown.pool.running, shown.pool.waiting) == (3, 1, 0)
    assert [(held.session, held.slots, held.owner) for held in shown.held] == [("one", 3, "ada")]


def test_one_too_many_is_queued_and_starts_when_another_ends(world) -> None:
    world.pools.set("warehouse", 1)
    made = pooled(pool="warehouse")
    world.begin(made, name="one")
    assert world.begin(made, name="two").status is _S.QUEUED
    assert world.sessions.get("two").executions[-1].arn == ""
    world.run()
    assert world.statuses() == {"one": "COMPLETED", "two": "COMPLETED"}
    assert world.pools.show("warehouse").pool.used == 0


def test_a_pipeline_without_concurrency_reads_and_writes_nothing_of_pools(world) -> None:
    world.begin(pipeline(op("a")), name="free")
    world.run()
    assert status(world, "free") is _S.COMPLETED
    assert [name for name in world.table.partitions if name.startswith("scope#")] == []
    assert "pools" not in world.sessions.__dict__


def test_max_sessions_needs_no_pool(world) -> None:
    made = pooled(max_sessions=2)
    found = [world.begin(made, name=f"s{n}").status for n in range(4)]
    assert found == [_S.RUNNING, _S.RUNNING, _S.QUEUED, _S.QUEUED]
    assert world.sessions.get("s2").queue == "pipeline/etl"
    world.run()
    assert world.counts() == {"COMPLETED": 4}


def test_a_limit_holds_over_all_pools_that_a_pipeline_ever_used(world) -> None:
    world.pools.set("old", 9)
    world.pools.set("new", 9)
    world.begin(pooled(pool="old", max_sessions=1), name="one")
    assert world.begin(pooled(pool="new", max_sessions=1), name="two").status is _S.QUEUED
    world.run()
    assert world.counts() == {"COMPLETED": 2}


def test_an_unknown_pool_is_not_found_and_nothing_is_stored(world) -> None:
    with pytest.raises(NotFound, match="there is no pool 'warehouse'") as caught:
        world.begin(pooled(pool="warehouse"), name="one")
    assert "bunsui pool set warehouse" in caught.value.hint
    assert world.statuses() == {}


def test_more_slots_than_the_pool_has_are_refused(world) -> None:
    world.pools.set("warehouse", 2)
    with pytest.raises(Refused, match="needs 3 slots and pool warehouse has 2"):
        world.begin(pooled(pool="warehouse", slots=3), name="one")
    assert world.statuses() == {}


# on_excess


def test_reject_is_failed_with_the_reason_and_refused(world) -> None:
    made = pooled(max_sessions=1, on_excess="reject")
    world.begin(made, name="one")
    with pytest.raises(Refused, match="session two was rejected: 1 of 1 sessions of etl are open"):
        world.begin(made, name="two")
    two = world.sessions.get("two")
    assert (two.status, two.reason) == (_S.FAILED, "rejected: 1 of 1 sessions of etl are open")
    world.run()
    assert status(world, "one") is _S.COMPLETED


def test_skip_is_cancelled_with_the_reason(world) -> None:
    made = pooled(max_sessions=1, on_excess="skip")
    world.begin(made, name="one")
    two = world.begin(made, name="two")
    assert (two.status, two.reason) == (_S.CANCELLED, "skipped: 1 of 1 sessions of etl are open")


def test_cancel_oldest_makes_room_for_the_newest(world) -> None:
    made = pooled(max_sessions=2, on_excess="cancel_oldest")
    for name in ("one", "two", "three"):
        world.begin(made, name=name)
        world.host.drain(world.host.now + 0.1)
    for run in world.ended():
        world.tell(run)
    assert world.statuses() == {"one": "CANCELLED", "two": "RUNNING", "three": "RUNNING"}
    assert "superseded by three (max_sessions: 2, on_excess: cancel_oldest)" in world.sessions.get("one").reason


def test_cancel_oldest_cancels_those_that_wait_as_well(world) -> None:
    world.pools.set("warehouse", 1)
    world.begin(pooled("other", pool="warehouse"), name="other")
    made = pooled(pool="warehouse", max_sessions=1, on_excess="cancel_oldest")
    world.begin(made, name="one")
    world.host.drain(world.host.now + 0.1)
    assert world.begin(made, name="two").status is _S.QUEUED
    assert world.statuses() == {"other": "RUNNING", "one": "CANCELLED", "two": "QUEUED"}
    world.run()
    assert world.statuses() == {"other": "COMPLETED", "one": "CANCELLED", "two": "COMPLETED"}


# waiting


def test_wait_waits_through_the_queue(world) -> None:
    world.pools.set("warehouse", 1)
    made = pooled(pool="warehouse")
    world.begin(made, name="one")
    world.begin(made, name="two")
    world.host.drain(world.host.now + 5)
    for run in world.ended():
        world.tell(run)
    assert world.sessions.wait("two").status is _S.COMPLETED


def test_a_session_that_waits_is_cancelled_out_of_its_queue(world) -> None:
    world.pools.set("warehouse", 1)
    made = pooled(pool="warehouse")
    for name in ("one", "two", "three"):
        world.begin(made, name=name)
    cancelled = world.sessions.cancel("two", why="not needed")
    assert (cancelled.status, cancelled.reason) == (_S.CANCELLED, "cancelled by ada: not needed")
    assert cancelled.executions[-1].status == "ABORTED"
    world.run()
    assert world.statuses() == {"one": "COMPLETED", "two": "CANCELLED", "three": "COMPLETED"}


def test_cancelling_a_large_one_that_slots_are_kept_for_lets_the_small_ones_go(world) -> None:
    world.pools.set("warehouse", 2)
    world.slow.add("step0")
    world.begin(pooled(pool="warehouse"), name="running")
    world.begin(pooled("big", pool="warehouse", slots=2), name="large")
    world.host.drain(world.host.now + 120)
    assert world.begin(pooled(pool="warehouse"), name="small").status is _S.QUEUED
    world.sessions.cancel("large")
    assert status(world, "small") is _S.RUNNING


def test_a_session_that_was_cancelled_in_its_queue_can_be_resumed(world) -> None:
    world.pools.set("warehouse", 1)
    made = pooled(pool="warehouse")
    world.begin(made, name="one")
    world.begin(made, name="two")
    world.sessions.cancel("two")
    assert world.sessions.resume("two").status is _S.QUEUED
    world.run()
    assert world.counts() == {"COMPLETED": 2}


# recoveries


def test_a_recovery_needs_admission_again(world) -> None:
    world.pools.set("warehouse", 1)
    made = pooled(pool="warehouse", operations=2)
    world.broken.add("step1")
    world.begin(made, name="one")
    world.run()
    world.broken.clear()
    assert world.pools.show("warehouse").pool.used == 0
    world.begin(made, name="two")
    resumed = world.sessions.resume("one")
    assert resumed.status is _S.QUEUED
    world.run()
    assert world.counts() == {"COMPLETED": 2}


def test_a_recovery_waits_where_a_new_session_would_be_rejected(world) -> None:
    made = pooled(max_sessions=1, on_excess="reject", operations=2)
    world.broken.add("step1")
    world.begin(made, name="one")
    world.run()
    world.broken.clear()
    world.begin(made, name="two")
    assert world.sessions.resume("one").status is _S.QUEUED
    world.run()
    assert world.counts() == {"COMPLETED": 2}


# by hand


def test_a_drained_pool_admits_nobody_until_it_is_opened_again(world) -> None:
    world.pools.set("warehouse", 2)
    made = pooled(pool="warehouse")
    world.begin(made, name="one")
    world.pools.drain("warehouse")
    assert world.begin(made, name="two").status is _S.QUEUED
    world.run()
    assert world.statuses() == {"one": "COMPLETED", "two": "QUEUED"}
    assert world.sessions.status("two").place.why == "pool warehouse is drained: it admits nobody"
    world.pools.drain("warehouse", drained=False)
    assert status(world, "two") is _S.RUNNING


def test_more_slots_start_those_that_fit(world) -> None:
    world.pools.set("warehouse", 1)
    made = pooled(pool="warehouse")
    for n in range(4):
        world.begin(made, name=f"s{n}")
    world.pools.set("warehouse", 3)
    assert world.counts() == {"RUNNING": 3, "QUEUED": 1}
    shown = world.pools.set("warehouse", 1)
    assert (shown.slots, shown.used) == (1, 3)
    assert world.counts()["RUNNING"] == 3


def test_slots_given_back_by_hand_go_to_the_next(world) -> None:
    world.pools.set("warehouse", 1)
    made = pooled(pool="warehouse")
    world.begin(made, name="one")
    world.begin(made, name="two")
    assert world.pools.holding("warehouse", "one").running
    assert world.pools.release("warehouse", "one").session == "one"
    assert world.counts() == {"RUNNING": 2}
    world.run()
    assert world.counts() == {"COMPLETED": 2}
    assert world.pools.show("warehouse").pool.used == 0
    with pytest.raises(NotFound, match="holds no slots"):
        world.pools.release("warehouse", "one")


def test_a_pool_s_name_and_slots_are_checked(world) -> None:
    with pytest.raises(InvalidInput):
        world.pools.set("No Name", 1)
    with pytest.raises(InvalidInput):
        world.pools.set("warehouse", 0)
    with pytest.raises(NotFound):
        world.pools.drain("nowhere")


# crashes and failures


def test_a_lease_whose_session_ended_unseen_is_freed_by_the_sweep(world) -> None:
    world.pools.set("warehouse", 1)
    made = pooled(pool="warehouse")
    world.begin(made, name="one")
    world.begin(made, name="two")
    world.host.drain()  # nobody is told that it ended
    assert status(world, "two") is _S.QUEUED
    world.host.now += 31
    world.sweep()
    assert world.statuses() == {"one": "COMPLETED", "two": "RUNNING"}


def test_a_lease_is_never_freed_because_time_passed(world) -> None:
    world.pools.set("warehouse", 1)
    world.slow.add("step0")
    made = pooled(pool="warehouse")
    world.begin(made, name="one")
    world.begin(made, name="two")
    for _ in range(5):
        world.host.drain(world.host.now + 600)
        world.sweep()
    assert world.statuses() == {"one": "RUNNING", "two": "QUEUED"}


def test_a_lease_whose_session_is_no_more_is_freed(world) -> None:
    world.pools.set("warehouse", 1)
    made = pooled(pool="warehouse")
    world.begin(made, name="one")
    world.begin(made, name="two")
    del world.table.partitions["session#one"]
    world.host.now += 31
    world.sweep()
    assert status(world, "two") is _S.RUNNING


def test_an_admitted_session_that_could_not_be_started_is_started_by_the_sweep(world) -> None:
    world.pools.set("warehouse", 1)
    made = pooled(pool="warehouse")
    world.begin(made, name="one")
    world.begin(made, name="two")
    world.host.drain()
    start = world.machines.start

    def down(*arguments: object) -> str:
        raise BackendError("the backend is down")

    world.machines.start = down
    world.sessions.refresh("one")
    assert world.pools.show("warehouse").pool.used == 1
    assert status(world, "two") is _S.QUEUED
    world.machines.start = start
    world.host.now += 11
    world.sweep()
    assert status(world, "two") is _S.RUNNING
    world.run()
    assert world.counts() == {"COMPLETED": 2}


def test_one_that_cannot_start_at_all_fails_and_lets_the_next_go(world) -> None:
    world.pools.set("warehouse", 1)
    made = pooled(pool="warehouse")
    for name in ("one", "two", "three"):
        world.begin(made, name=name)
    start = world.machines.start

    def refuses(machine: str, name: str, input: object) -> str:
        if name.startswith("two"):
            raise Refused("no such machine")
        return start(machine, name, input)

    world.machines.start = refuses
    world.run()
    assert world.statuses() == {"one": "COMPLETED", "two": "FAILED", "three": "COMPLETED"}
    assert world.pools.show("warehouse").pool.used == 0


def test_who_waits_too_long_is_told_of_once(world) -> None:
    told = []
    world.sessions._patience = type(world.sessions._patience)(
        lambda session: 900.0, lambda session, since, position: told.append((session.id, since, position))
    )
    world.pools.set("warehouse", 1)
    world.slow.add("step0")
    made = pooled(pool="warehouse")
    world.begin(made, name="one")
    world.begin(made, name="two")
    for _ in range(4):
        world.host.drain(world.host.now + 400)
        world.sweep()
    assert told == [("two", 0.0, 1)]


def test_a_slip_in_a_pool_s_name_is_answered_with_the_nearest(world) -> None:
    world.pools.set("warehouse", 1)
    with pytest.raises(NotFound) as caught:
        world.pools.drain("warehose")
    assert caught.value.hint == "Did you mean 'warehouse'?"


def test_one_that_waits_has_no_slots_to_give_back_and_that_is_said(world) -> None:
    world.pools.set("warehouse", 1)
    world.begin(pooled(pool="warehouse"), name="runs")
    world.begin(pooled(pool="warehouse"), name="waits")
    with pytest.raises(NotFound, match="it waits for them"):
        world.pools.release("warehouse", "waits")
