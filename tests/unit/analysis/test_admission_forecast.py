"""When a session that waits will probably start."""

from __future__ import annotations

from bunsui.analysis.admission import Lease, Pool, Request
from bunsui.analysis.admission_forecast import forecast

ONE = Pool("p", 1)


def request(session: str, asked: float, *, slots: int = 1, pipeline: str = "etl", limit: int | None = None) -> Request:
    return Request(session, pipeline, "ada", slots, asked, limit=limit)


def lease(session: str, admitted: float, *, slots: int = 1, pipeline: str = "etl") -> Lease:
    return Lease(session, pipeline, "ada", slots, admitted, admitted)


def test_each_starts_when_the_one_before_it_usually_ends() -> None:
    queue = [request("b", 2), request("a", 1)]
    assert forecast(ONE, [lease("now", 0)], queue, 10, {"etl": 60}) == {"a": 60, "b": 120}


def test_one_that_runs_a_little_longer_than_usual_is_about_to_end() -> None:
    assert forecast(ONE, [lease("now", 0)], [request("a", 1)], 62, {"etl": 60}) == {"a": 68}


def test_one_that_is_long_overdue_is_not_promised_to_end_soon() -> None:
    assert forecast(ONE, [lease("now", 0)], [request("a", 1)], 3600, {"etl": 60}) == {"a": 3600 + 3540}


def test_a_large_one_starts_when_enough_have_ended() -> None:
    held = [lease("x", 0), lease("y", 20)]
    assert forecast(Pool("p", 2), held, [request("a", 1, slots=2)], 30, {"etl": 60}) == {"a": 80}


def test_a_limit_is_waited_for_as_well() -> None:
    queue = [request("a", 1, limit=1), request("b", 2, pipeline="load")]
    found = forecast(Pool("p", 2), [lease("x", 0), lease("y", 0, pipeline="load")], queue, 5, {"etl": 60, "load": 30})
    assert found == {"a": 60, "b": 30}


def test_nothing_is_said_of_what_waits_for_a_pipeline_s_first_session() -> None:
    assert forecast(ONE, [lease("x", 0, pipeline="new")], [request("a", 1)], 5, {"etl": 60}) == {}
