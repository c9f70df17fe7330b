"""The archive of a session's log: nothing lost, nothing repeated, whoever archives, reads or is killed meanwhile."""

from __future__ import annotations

import contextlib
import functools
import gzip
import json
import random
from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bunsui.errors import BackendError, NotFound
from bunsui.model.log import archive_key, attempt_prefix, chunk_key
from bunsui.model.session import ExecutionRef, Runtime, Session
from bunsui.services.logs import blocks as log_blocks
from bunsui.services.logs.archive import LogArchive
from bunsui.services.logs.reader import LogFilter, LogReader, Position, around

SESSION = Session("s", "p", None, "", {}, "", Runtime("", "", ""), "ada", "", executions=(ExecutionRef("s-1"),))


class Writer:
    """Writes chunks, as the supervisor does: numbered, whole, never changed. Line n of all is at second n."""

    def __init__(self, objects) -> None:
        self.objects = objects
        self.count = 0
        self.numbers: dict[str, int] = {}

    def chunk(self, operation="a", attempt="1.0.0", lines=3, item=None, level="INFO", text="line") -> str:
        prefix = attempt_prefix("s", operation, item, attempt)
        self.numbers[prefix] = self.numbers.get(prefix, 0) + 1
        key = chunk_key(prefix, self.numbers[prefix])
        self.objects.put(key, b"".join(self.line(operation, attempt, item, level, text) for _ in range(lines)))
        return key

    def line(self, operation, attempt, item, level, text) -> bytes:
        self.count += 1
        body = {"time": float(self.count), "level": level, "session": "s", "operation": operation, "item": item}
        return (
            json.dumps({**body, "attempt": attempt, "stream": "log", "message": f"{text} {self.count}"}).encode()
            + b"\n"
        )

    @property
    def all(self) -> list[int]:
        return list(range(1, self.count + 1))


@pytest.fixture
def writer(world) -> Writer:
    return Writer(world.objects)


def numbers(world, **wanted: object) -> list[int]:
    return [_number(line.message) for line in LogReader(world.objects).read("s", LogFilter(**wanted))]


def _number(message: str) -> int:
    return int(message.rsplit(" ", 1)[1])


def archive(world, **more: object) -> None:
    LogArchive(world.objects, **more).archive(SESSION)


def chunks(world) -> list[str]:
    return [key for key in world.objects.blobs if key.endswith(".jsonl")]


def test_an_archived_log_is_one_file_and_reads_as_before(world, writer) -> None:
    for operation in "abab":
        writer.chunk(operation)
    before = list(LogReader(world.objects).read("s", LogFilter()))
    archive(world)
    assert list(world.objects.blobs) == ["logs/s/archive/000001.log.gz"]
    assert list(LogReader(world.objects).read("s", LogFilter())) == before


def test_any_tool_can_read_an_archive(world, writer) -> None:
    writer.chunk()
    archive(world)
    index, *messages = gzip.decompress(world.objects.blobs[archive_key("s", 1)]).decode().splitlines()
    assert json.loads(index)["blocks"][0]["operations"] == ["a"]
    assert messages[0] == "line 1"


@pytest.mark.parametrize(
    "wanted",
    [
        {"operation": "b"},
        {"attempt": "1.0.1"},
        {"level": "error"},
        {"since": 7.0},
        {"grep": "line [1-3]$"},
        {"grep": "LINE"},
        {"tail": 4},
        {"tail": 2, "operation": "a", "grep": "1"},
        {"operation": "b", "level": "warning", "since": 5.0},
    ],
)
def test_filters_find_the_same_in_chunks_in_archives_and_in_both(world, writer, monkeypatch, wanted) -> None:
    monkeypatch.setattr(log_blocks, "BLOCK", 20)  # many blocks
    for operation, attempt, level in [("a", "1.0.0", "INFO"), ("b", "1.0.0", "ERROR"), ("b.c", "1.0.1", "WARNING")] * 2:
        writer.chunk(operation, attempt, level=level)
    found = numbers(world, **wanted)
    archive(world, most=300)
    assert numbers(world, **wanted) == found
    late = writer.chunk("b", level="ERROR")
    of_late = numbers(world, **wanted)
    archive(world)
    assert late not in world.objects.blobs
    assert numbers(world, **wanted) == of_late


def test_a_large_log_goes_into_several_files_in_the_right_order(world, writer) -> None:
    for _ in range(10):
        writer.chunk("a")
        writer.chunk("b", item=3)
    archive(world, most=1000)
    assert len(world.objects.blobs) > 3
    assert numbers(world) == writer.all


def test_lines_that_are_no_json_keep_their_text_and_their_place(world, writer) -> None:
    key = chunk_key(attempt_prefix("s", "a", None, "1.0.0"), 1)
    body = (
        writer.line("a", "1.0.0", None, "INFO", "good")
        + b"torn {\n"
        + b"\0" * 8
        + b"\n"
        + b'{"time":5,"message":"a\\nb"}\n'
    )
    world.objects.put(key, body + b'{"time":6,"message":"half \\ud800","item":[1]}')
    before = list(LogReader(world.objects).placed("s", LogFilter()))
    assert [placed.number for placed in before] == [1, 2, 4, 5]
    archive(world)
    assert list(LogReader(world.objects).placed("s", LogFilter())) == before
    assert [line.message for line in LogReader(world.objects).read("s", LogFilter(grep="a.b"))] == ["a\nb"]


def test_a_place_is_found_before_and_after(world, writer) -> None:
    writer.chunk("b")
    key = writer.chunk("a")
    before = LogReader(world.objects).line(key, 2)
    archive(world)
    assert key not in world.objects.blobs
    assert LogReader(world.objects).line(key, 2) == before
    with pytest.raises(NotFound):
        LogReader(world.objects).line(key, 9)


def test_executions_that_came_later_are_left_alone(world, writer) -> None:
    writer.chunk(attempt="1.0.2")
    later = [writer.chunk(attempt="1.1.0"), writer.chunk(attempt="2.0.0")]
    archive(world)
    assert chunks(world) == later
    both = replace(SESSION, executions=(ExecutionRef("s-1"), ExecutionRef("s-2", redrives=1)))
    LogArchive(world.objects).archive(both)
    assert chunks(world) == []
    assert numbers(world) == writer.all


def test_the_sessions_own_lines_stay_since_their_keys_say_that_they_were_written(world, writer) -> None:
    writer.chunk()
    own = writer.chunk("")
    archive(world)
    assert chunks(world) == [own]
    assert numbers(world) == writer.all


class Dies(Exception):
    pass


class Deadly:
    """The object store of somebody who is killed before his n-th write."""

    def __init__(self, objects, lives: int) -> None:
        self._objects, self._lives = objects, lives
        self.get, self.list = objects.get, objects.list

    def put_if_absent(self, key: str, body: bytes) -> bool:
        return self._alive() and self._objects.put_if_absent(key, body)

    def delete(self, key: str) -> None:
        self._alive()
        self._objects.delete(key)

    def _alive(self) -> bool:
        self._lives -= 1
        if self._lives < 0:
            raise Dies
        return True


@pytest.mark.parametrize("lives", range(6))
def test_a_kill_at_any_write_loses_and_repeats_nothing(world, writer, lives) -> None:
    for operation in "abcd":
        writer.chunk(operation)
    with pytest.raises(Dies):
        LogArchive(Deadly(world.objects, lives), most=700).archive(SESSION)
    assert numbers(world) == writer.all
    archive(world)
    assert numbers(world) == writer.all
    assert chunks(world) == []


@given(st.integers(0, 10**9))
def test_writers_followers_and_archivers_in_any_order_lose_and_repeat_nothing(seed: int) -> None:
    place = Place(seed)
    followed = list(place.follow(reconnects=bool(seed % 2)))
    assert sorted(followed) == place.writer.all
    assert sorted(place.read()) == place.writer.all
    LogArchive(place.objects).archive(SESSION)
    assert sorted(place.read()) == place.writer.all
    assert not [key for key in place.objects.blobs if key.endswith(".jsonl")]


class Place:
    """A store in which something else may happen before every call: a chunk is written, somebody archives, or dies."""

    def __init__(self, seed: int) -> None:
        self.dice = random.Random(seed)
        self.objects = Blobs()
        self.writer = Writer(self.objects)
        self.left = self.dice.randrange(2, 30)  # of what happens until the session ended

    def happen(self, depth: int) -> None:
        if depth > 2 or not self.left or self.dice.random() < 0.6:
            return
        self.left -= 1
        if self.dice.random() < 0.6:
            self.writer.chunk(self.dice.choice("abc"), lines=self.dice.randrange(1, 4))
            return
        busy = Busy(self, depth + 1, Dies if self.dice.random() < 0.5 else None)
        with contextlib.suppress(Dies):
            LogArchive(busy, most=self.dice.choice([1, 300, 10_000])).archive(SESSION)

    def follow(self, *, reconnects: bool) -> Iterator[int]:
        reader, position = LogReader(Busy(self, 0, BackendError)), Position()
        while True:
            lines = reader.follow("s", LogFilter(), lambda: not self.left, lambda _: self.happen(0), position)
            for line in lines:
                yield _number(line.message)
                if reconnects and self.dice.random() < 0.2:
                    break
            else:
                return

    def read(self) -> list[int]:
        return [_number(line.message) for line in LogReader(self.objects).read("s", LogFilter())]


class Blobs:
    """Lists as it goes: what is stored or removed meanwhile is seen or not."""

    def __init__(self) -> None:
        self.blobs: dict[str, bytes] = {}

    def put(self, key: str, body: bytes) -> None:
        self.blobs[key] = body

    def put_if_absent(self, key: str, body: bytes) -> bool:
        return self.blobs.setdefault(key, body) is body

    def get(self, key: str, offset: int = 0, size: int | None = None) -> bytes:
        if key not in self.blobs:
            raise NotFound(key)
        return self.blobs[key][offset : None if size is None else offset + size]

    def list(self, prefix: str, after: str = "") -> Iterator[str]:
        while found := [key for key in self.blobs if key.startswith(prefix) and key > after]:
            yield (after := min(found))

    def delete(self, key: str) -> None:
        self.blobs.pop(key, None)


class Busy:
    """The store as one of many has it. Now and then it fails, if it has a failure."""

    def __init__(self, place: Place, depth: int, failure: type[Exception] | None) -> None:
        self._place, self._depth, self._failure = place, depth, failure

    def __getattr__(self, name: str):
        return functools.partial(self._call, getattr(self._place.objects, name))

    def _call(self, method, *arguments):
        self._place.happen(self._depth)
        if self._failure and self._place.dice.random() < 0.05:
            raise self._failure("down")
        return method(*arguments)

    def list(self, prefix: str, after: str = "") -> Iterator[str]:
        for key in self._place.objects.list(prefix, after):
            yield key
            self._place.happen(self._depth)


def test_an_error_brings_its_neighbours_of_the_same_attempt(world, writer) -> None:
    writer.chunk("a", lines=5)
    writer.chunk("b", lines=1)
    writer.chunk("a", lines=1, level="ERROR")
    writer.chunk("b", lines=5)
    writer.chunk("a", lines=5)
    placed = LogReader(world.objects).placed("s", LogFilter())
    assert [_number(each.line.message) for each in around(placed, 2, ())] == [4, 5, 7, 13, 14]


def test_only_chunks_of_tasks_make_an_archive_due(world, writer) -> None:
    world.objects.put(chunk_key(attempt_prefix("s", "", None, "1.0.0"), 1), b"{}\n")
    assert not LogArchive(world.objects).is_due(SESSION)
    writer.chunk()
    assert LogArchive(world.objects).is_due(SESSION)
    archive(world)
    assert not LogArchive(world.objects).is_due(SESSION)
