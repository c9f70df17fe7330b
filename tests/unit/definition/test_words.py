"""Nearest names, and lengths of time."""

from __future__ import annotations

import pytest

from bunsui.definition.durations import seconds
from bunsui.model.nearest import nearest

NAMES = ["extract", "transform", "load", "by_airport", "integer"]


@pytest.mark.parametrize(
    ("slip", "meant"),
    [
        ("tranform", "transform"),
        ("extrcat", "extract"),
        ("Load", "load"),
        ("laod", "load"),
        ("by-airport", "by_airport"),
        ("int", "integer"),
        ("publish", None),
        ("x", None),
        ("", None),
    ],
)
def test_the_nearest_name_is_what_a_slip_of_the_finger_makes(slip: str, meant: str | None) -> None:
    assert nearest(slip, NAMES) == meant


def test_of_two_equally_near_names_the_first_in_order_is_taken() -> None:
    assert nearest("loaf", ["load", "loan"]) == "load"


@pytest.mark.parametrize(
    ("text", "length"),
    [("10m", 600), ("2s", 2), ("1h30m", 5400), ("1w2d", 777_600), ("0s", 0), ("1d1h1m1s", 90_061)],
)
def test_a_duration_is_a_sum_of_parts(text: str, length: int) -> None:
    assert seconds(text) == length


@pytest.mark.parametrize("text", ["", "10", "m", "1.5h", "30m1h", "10 m", "-5s", "1h 30m", "٣m", "1m\n"])
def test_anything_else_is_none(text: str) -> None:
    assert seconds(text) is None
