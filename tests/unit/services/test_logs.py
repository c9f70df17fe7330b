"""One merged log: in time order, filtered, and followed without loss or repeat."""

from __future__ import annotations

import json

import pytest

from bunsui.model.log import attempt_prefix, chunk_key
from bunsui.services.logs.lines import decode
from bunsui.services.logs.reader import LogFilter, LogReader


def put(
    world, operation: str, number: int, *lines: tuple[float, str], level="INFO", item=None, attempt="1.0.0"
) -> None:
    bodies = [
        {"time": time, "level": level, "session": "s", "operation": operation, "item": item, "attempt": attempt,
         "stream": "stdout", "message": message}
        for time, message in lines
    ]  # fmt: skip
    key = chunk_key(attempt_prefix("s", operation, item, attempt), number)
    world.objects.put(key, b"".join(json.dumps(body).encode() + b"\n" for body in bodies))


def messages(world, **wanted: object) -> list[str]:
    return [line.message for line in LogReader(world.objects).read("s", LogFilter(**wanted))]


@pytest.fixture
def full(world):
    put(world, "a", 1, (1, "a one"), (4, "a four"))
    put(world, "a", 2, (6, "a six"))
    put(world, "b", 1, (2, "b two"), (5, "b FIVE"), level="ERROR", item=3)
    put(world, "b.inner", 1, (3, "inner three"), attempt="1.0.1")
    put(world, "bb", 1, (7, "bb seven"))
    world.objects.put("logs/s/manifest.json", b"{}")
    return world


def test_lines_of_all_operations_come_in_time_order(full) -> None:
    assert messages(full) == ["a one", "b two", "inner three", "a four", "b FIVE", "a six", "bb seven"]


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ({"operation": "a"}, ["a one", "a four", "a six"]),
        ({"operation": "b"}, ["b two", "inner three", "b FIVE"]),
        ({"operation": "b[3]"}, ["b two", "b FIVE"]),
        ({"operation": "b[4]"}, []),
        ({"attempt": "1.0.1"}, ["inner three"]),
        ({"level": "warning"}, ["b two", "b FIVE"]),
        ({"since": 5}, ["b FIVE", "a six", "bb seven"]),
        ({"tail": 2}, ["a six", "bb seven"]),
        ({"tail": 0}, []),
        ({"grep": "five"}, ["b FIVE"]),
        ({"grep": "Five"}, []),
        ({"grep": "(a+)+$"}, []),
        ({"grep": "^[ab] (f|s).*x$"}, ["a six"]),
        ({"grep": r"\Aa s"}, ["a six"]),
        ({"grep": r"\S+ FIVE"}, ["b FIVE"]),
        ({"operation": "a", "grep": "s", "tail": 1}, ["a six"]),
    ],
)
def test_filters(full, wanted, found) -> None:
    assert messages(full, **wanted) == found


def test_following_neither_loses_nor_repeats_a_line_across_chunks_and_new_attempts(world) -> None:
    put(world, "a", 1, (1, "one"))
    steps = [
        lambda: put(world, "a", 2, (2, "two")),
        lambda: (put(world, "a", 3, (4, "four")), put(world, "b", 1, (3, "three"))),
        lambda: None,
        lambda: put(world, "a", 1, (5, "after a retry"), attempt="1.0.1"),
    ]
    world.time.during = list(steps)
    lines = LogReader(world.objects).follow("s", LogFilter(), lambda: not world.time.during, world.time.sleep)
    assert [line.message for line in lines] == ["one", "two", "three", "four", "after a retry"]


def test_lines_written_just_before_the_end_are_still_followed(world) -> None:
    def ended() -> bool:
        put(world, "a", 1, (1, "last words"))
        return True

    lines = LogReader(world.objects).follow("s", LogFilter(), ended, world.time.sleep)
    assert [line.message for line in lines] == ["last words"]


def test_a_followed_tail_begins_with_the_last_lines_and_then_shows_all(world) -> None:
    put(world, "a", 1, (1, "one"), (2, "two"))
    world.time.during = [lambda: put(world, "a", 2, (3, "three"), (4, "four"))]
    wanted = LogFilter(tail=1)
    lines = LogReader(world.objects).follow("s", wanted, lambda: not world.time.during, world.time.sleep)
    assert [line.message for line in lines] == ["two", "three", "four"]


def test_times_may_be_texts() -> None:
    assert decode(b'{"time": "1970-01-01T00:00:01.500000Z", "message": "m"}', "s").time == 1.5


@pytest.mark.parametrize("text", [b"not json", b"[1]", b'{"message": "no time"}', b"\xff\xfe", b'{"time": "x"}'])
def test_a_line_that_cannot_be_read_is_shown_rather_than_hidden(text: bytes) -> None:
    assert decode(text, "s").message == text.decode(errors="replace")
