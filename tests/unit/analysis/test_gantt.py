"""A run as a chart over time: stretches, the critical path, how many items ran."""

from __future__ import annotations

from bunsui.analysis.gantt import Doing, gantt
from bunsui.analysis.progress import Items, OperationView
from bunsui.analysis.run import Operation
from bunsui.analysis.work import Try
from bunsui.model.status import OperationStatus

_S = OperationStatus


def _one(
    name: str,
    started: float | None,
    ended: float | None = None,
    needs: tuple[str, ...] = (),
    tries: tuple[Try, ...] = (),
    status: OperationStatus = _S.SUCCEEDED,
    items: Items | None = None,
) -> Operation:
    return Operation(OperationView(name, "python", status, needs, started, ended, len(tries), items), tries)


def test_every_try_is_a_stretch_of_its_own_with_the_pause_between_them() -> None:
    tries = (Try("load", None, 1, 10.0, 11.0, "Timeout"), Try("load", None, 2, 15.0, 18.0))
    chart = gantt([_one("load", 10.0, 18.0, tries=tries)], 20.0)
    assert chart is not None
    told = [(one.doing, one.start, one.end) for one in chart.tracks[0].stretches]
    assert told == [(Doing.FAILED, 10.0, 11.0), (Doing.PAUSED, 11.0, 15.0), (Doing.RAN, 15.0, 18.0)]


def test_what_could_have_begun_and_did_not_was_held_up() -> None:
    chart = gantt([_one("a", 0.0, 2.0), _one("b", 5.0, 6.0, ("a",))], 6.0)
    assert chart is not None
    assert (chart.tracks[1].held, chart.tracks[1].seconds) == (3.0, 1.0)


def test_the_critical_path_is_marked_and_what_runs_takes_part_in_it_until_now() -> None:
    operations = [
        _one("a", 0.0, 1.0),
        _one("quick", 1.0, 2.0, ("a",)),
        _one("slow", 1.0, None, ("a",), status=_S.RUNNING),
    ]
    chart = gantt(operations, 9.0)
    assert chart is not None
    assert (chart.path, chart.live, chart.end) == (("a", "slow"), True, 9.0)
    assert [track.view.name for track in chart.tracks if track.critical] == ["a", "slow"]
    assert chart.longest == ("slow", 8.0 / 9.0)


def test_a_fan_out_is_one_stretch_with_how_many_items_ran() -> None:
    tries = (Try("each", 0, 1, 0.0, 4.0), Try("each", 1, 1, 1.0, 2.0), Try("each", 2, 1, 1.0, 3.0))
    chart = gantt([_one("each", 0.0, 4.0, tries=tries, items=Items(3, 3))], 5.0)
    assert chart is not None
    (track,) = chart.tracks
    assert [one.doing for one in track.stretches] == [Doing.RAN]
    assert track.busy == ((0.0, 1), (1.0, 3), (2.0, 2), (3.0, 1), (4.0, 0))


def test_what_is_nested_stands_below_what_it_is_in() -> None:
    names = [("sub", 1.0), ("other", 1.5), ("sub.first", 2.0), ("a", 0.0), ("sub.second", 3.0)]
    chart = gantt([_one(name, started, 9.0) for name, started in names], 9.0)
    assert chart is not None
    assert [track.view.name for track in chart.tracks] == ["a", "sub", "sub.first", "sub.second", "other"]


def test_there_is_no_chart_before_anything_began() -> None:
    assert gantt([_one("a", None, status=_S.PENDING)], 1.0) is None
