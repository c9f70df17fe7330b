"""How long is usual, and from when on a run is slow."""

from __future__ import annotations

import pytest

from bunsui.analysis.usual import usual


def test_a_few_runs_make_nothing_usual() -> None:
    assert usual([10, 11, 12, 13]) is None


def test_it_is_the_median_and_one_run_that_hung_changes_nothing() -> None:
    calm = usual([1000, 1010, 990, 1005, 995])
    odd = usual([1000, 1010, 990, 1005, 995, 80_000])
    assert calm is not None
    assert odd is not None
    assert calm.typical == 1000
    assert odd.limit == pytest.approx(calm.limit, rel=0.01)


def test_runs_that_differ_much_may_differ_more() -> None:
    steady, wild = usual([1000] * 9), usual([600, 700, 800, 900, 1000, 1100, 1200, 1300, 1400])
    assert steady is not None
    assert wild is not None
    assert (steady.limit, steady.count) == (1500, 9)
    assert wild.limit > 2000


def test_short_runs_are_not_slow_for_seconds() -> None:
    found = usual([0.1, 0.1, 0.2, 0.1, 0.1])
    assert found is not None
    assert found.limit == pytest.approx(60.1)
