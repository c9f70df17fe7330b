"""Memory that circles hold is looked for between keys."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Iterator

import pytest

from bunsui.tui.garbage import Garbage


class Circle:
    def __init__(self) -> None:
        self.itself = self
        self.much = [[number] for number in range(30_000)]


class Clock:
    time = 0.0

    def __call__(self) -> float:
        return self.time


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    yield
    gc.enable()
    gc.unfreeze()


def _lost() -> weakref.ref[Circle]:
    return weakref.ref(Circle())


def test_it_is_let_go_as_soon_as_nobody_types() -> None:
    clock = Clock()
    garbage = Garbage(clock)
    garbage.begin()
    gc.collect()
    lost = _lost()
    clock.time = 1.0
    garbage.pressed()
    garbage.look()
    assert lost() is not None
    clock.time = 1.2
    garbage.look()
    assert lost() is None


def test_what_lived_long_before_it_was_lost_is_let_go_within_a_minute_of_quiet() -> None:
    clock = Clock()
    garbage = Garbage(clock)
    garbage.begin()
    clock.time = 3.0
    garbage.look()
    kept = Circle()
    lost = weakref.ref(kept)
    gc.collect()
    del kept
    clock.time = 10.0
    garbage.look()
    assert lost() is not None
    clock.time = 64.0
    garbage.look()
    assert lost() is None


def test_whoever_types_without_a_pause_does_not_fill_the_memory() -> None:
    clock = Clock()
    garbage = Garbage(clock)
    garbage.begin()
    gc.collect()
    lost = [_lost() for _ in range(8)]
    garbage.pressed()
    garbage.look()
    assert [one() for one in lost] == [None] * 8
