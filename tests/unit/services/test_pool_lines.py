"""Queues as people see them: who stands where and when each will start; what was rejected counts for nothing."""

from __future__ import annotations

import pytest

from bunsui.errors import Refused
from bunsui.model.status import SessionStatus
from bunsui.services.records.recoveries import RecoveryFiles
from bunsui.services.reports.pipelines import PipelineReports
from bunsui.services.sessions.partners import Partners
from bunsui.services.wiring import Ports
from virtual.pipelines import op, pipeline
from virtual.pooled import Pooled, pooled

_S = SessionStatus


@pytest.fixture
def world() -> Pooled:
    return Pooled()


def test_who_waits_sees_its_position_why_and_when_it_probably_starts(world) -> None:
    world.pools.set("warehouse", 1)
    made = pooled(pool="warehouse")
    world.begin(made, name="first")
    world.run()  # what a session usually takes is known from now on
    for name in ("a", "b", "c"):
        world.begin(made, name=name)
    view = world.sessions.status("c")
    assert (view.place.position, view.place.waiting, view.place.pool) == (2, 2, "warehouse")
    assert view.place.why == "1 of 1 slots of pool warehouse are taken"
    assert view.place.starts == pytest.approx(world.host.now + 2)
    page = world.sessions.list(limit=10)
    assert {name: place.position for name, place in page.places.items()} == {"b": 1, "c": 2}


def test_a_pipeline_that_is_new_to_a_pool_is_known_by_its_sessions_before(world) -> None:
    world.pools.set("warehouse", 1)
    world.begin(pooled(), name="before")
    world.run()
    world.begin(pooled(pool="warehouse"), name="runs")
    place = world.sessions.status(world.begin(pooled(pool="warehouse"), name="waits").id).place
    assert (place.starts, place.unknown) == (pytest.approx(world.host.now + 1), ())


def test_when_nothing_is_known_of_a_pipeline_the_place_says_so(world) -> None:
    world.pools.set("warehouse", 1)
    world.begin(pooled("load", pool="warehouse"), name="runs")
    waits = world.begin(pooled("etl", pool="warehouse"), name="waits")
    place = world.sessions.status(waits.id).place
    assert (place.starts, place.unknown) == (None, ("load",))
    world.pools.drain("warehouse")
    assert world.sessions.pools.places([waits])["waits"].unknown == ()


def test_one_that_displaces_the_oldest_says_so_while_it_waits(world) -> None:
    made = pooled(max_sessions=1, on_excess="cancel_oldest")
    world.begin(made, name="one")
    world.machines.stop = lambda *_: ()  # it takes its time
    place = world.sessions.pools.place(world.begin(made, name="two"))
    assert (place.why, place.unknown) == ("the oldest session of its pipeline is cancelled for it", ())


def test_sessions_that_were_rejected_count_for_nothing_that_is_learnt_of_their_pipeline(world) -> None:
    made = pooled(max_sessions=1, on_excess="reject")
    world.begin(made, name="good")
    for number in range(25):  # more than are looked back at
        with pytest.raises(Refused, match="rejected"):
            world.begin(made, name=f"rejected-{number}")
    world.run()
    ports = Ports(world.table, world.objects, world.machines)
    assert set(RecoveryFiles(world.table, world.objects).usual_seconds("etl")) == {"step0"}
    trend = PipelineReports(ports, Partners().errors, lambda: 0.0).read("etl")
    assert ([one.id for one in trend.sessions], trend.success_rate) == (["good"], 1.0)


def test_a_list_by_status_and_pipeline_is_full_though_others_are_newer(world) -> None:
    for number in range(4):
        world.begin(pipeline(op("a"), name="etl"), name=f"old-{number}")
    for number in range(9):
        world.begin(pipeline(op("a"), name="other"), name=f"new-{number}")
    world.run()
    page = world.sessions.list(status=_S.COMPLETED, pipeline="etl", limit=3)
    assert [one.id for one in page.sessions] == ["old-3", "old-2", "old-1"]
    rest = world.sessions.list(status=_S.COMPLETED, pipeline="etl", limit=3, after=page.next)
    assert ([one.id for one in rest.sessions], rest.next) == (["old-0"], None)


def test_watching_shows_the_place_and_goes_on_through_the_queue(world) -> None:
    world.pools.set("warehouse", 1)
    made = pooled(pool="warehouse")
    world.begin(made, name="one")
    world.begin(made, name="two")
    seen = []
    for view in world.sessions.watch("two"):
        seen.append((view.session.status.value, view.place.position if view.place else None))
    assert seen[0] == ("QUEUED", 1)
    assert seen[-1] == ("COMPLETED", None)
