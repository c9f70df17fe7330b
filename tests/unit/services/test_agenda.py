"""What is due, when it is due next, and a sweep that does it."""

from __future__ import annotations

import pytest

from bunsui.ports import Record
from bunsui.services.agenda import Agenda, due_at


def due(world, name: str, after: float, sort: str = "alert#1") -> Record:
    record = Record(name, sort, {"name": name}, due_at(world.time.now + after, name))
    world.table.put(record)
    return record


@pytest.fixture
def done(world):
    names: list[str] = []
    world.agenda = Agenda(world.table, lambda: world.time.now, {"alert": lambda one: names.append(one.partition)})
    return names


def test_nothing_is_due_on_an_empty_agenda(world, done) -> None:
    assert (list(world.agenda.due()), world.agenda.next(), world.agenda.sweep()) == ([], None, None)


def test_what_is_due_is_done_the_oldest_first_and_what_is_not_waits(world, done) -> None:
    due(world, "second", -1)
    due(world, "first", -2)
    due(world, "later", 60)
    world.agenda.sweep()
    assert done == ["first", "second"]


def test_it_says_when_the_next_is_due(world, done) -> None:
    due(world, "later", 60)
    assert world.agenda.next() == world.time.now + 60
    assert world.agenda.sweep() == world.time.now + 60


def test_what_stays_due_is_not_done_again_at_once(world, done) -> None:
    due(world, "stays", -5)
    assert world.agenda.sweep() == world.time.now + 1.0


def test_one_that_fails_keeps_none_from_being_done(world) -> None:
    names: list[str] = []

    def do(record: Record) -> None:
        names.append(record.partition)
        raise ValueError(record.partition)

    agenda = Agenda(world.table, lambda: world.time.now, {"alert": do})
    due(world, "one", -2)
    due(world, "two", -1)
    agenda.sweep()
    assert names == ["one", "two"]


def test_a_record_of_a_kind_that_is_not_known_is_left(world, done) -> None:
    due(world, "unknown", -1, sort="other#1")
    world.agenda.sweep()
    assert done == []
