"""The queue of the engine's thread: nothing is lost, and what comes wakes it."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator

import pytest

from bunsui.local.arrivals import Arrivals

LONG = 30.0  # seconds: whoever waits so long was not woken


class Line:
    """An ear at a socket: what is said there is put, a word a packet."""

    def __init__(self, arrivals: Arrivals[str]) -> None:
        self.far, self.near = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.arrivals = arrivals
        self.open = True

    def fileno(self) -> int:
        return self.near.fileno() if self.open else -1

    def hear(self) -> None:
        self.arrivals.put(self.near.recv(100).decode())

    def close(self) -> None:
        self.far.close()
        self.near.close()


@pytest.fixture
def arrivals() -> Iterator[Arrivals[str]]:
    made: Arrivals[str] = Arrivals()
    yield made
    made.close()


@pytest.fixture
def line(arrivals: Arrivals[str]) -> Iterator[Line]:
    made = Line(arrivals)
    arrivals.listen(made)
    yield made
    made.close()


def test_without_an_ear_it_is_a_queue(arrivals: Arrivals[str]) -> None:
    arrivals.put("a")
    arrivals.put("b")
    assert arrivals.take(LONG, 10) == ["a", "b"]
    assert arrivals.take(0.0, 10) == []
    assert arrivals.take(0.001, 10) == []


def test_what_is_said_is_taken_with_what_was_put(arrivals: Arrivals[str], line: Line) -> None:
    line.far.send(b"said")
    arrivals.put("put")
    assert sorted(arrivals.take(LONG, 10)) == ["put", "said"]
    assert arrivals.take(0.0, 10) == []


def test_no_more_is_taken_than_was_asked_for(arrivals: Arrivals[str], line: Line) -> None:
    for word in "abc":
        arrivals.put(word)
    assert arrivals.take(LONG, 2) == ["a", "b"]
    assert arrivals.take(LONG, 2) == ["c"]


@pytest.mark.parametrize("say", [False, True])
def test_whoever_waits_is_woken(arrivals: Arrivals[str], line: Line, say: bool) -> None:
    speaker = threading.Timer(0.02, lambda: line.far.send(b"x") if say else arrivals.put("x"))
    speaker.start()
    assert arrivals.take(LONG, 10) == ["x"]
    speaker.join()


def test_a_line_that_was_cut_is_not_waited_for_and_a_new_one_is(arrivals: Arrivals[str], line: Line) -> None:
    line.open = False
    line.far.send(b"unheard")
    assert arrivals.take(0.001, 10) == []
    line.close()
    again = Line(arrivals)
    line.near, line.far, line.open = again.near, again.far, True
    line.far.send(b"heard")
    assert arrivals.take(LONG, 10) == ["heard"]


def test_nothing_is_lost_between_many_threads_and_the_line(arrivals: Arrivals[str], line: Line) -> None:
    names = [f"{thread}-{number}" for thread in range(4) for number in range(500)]

    def put(thread: int) -> None:
        for number in range(500):
            if thread:
                arrivals.put(f"{thread}-{number}")
            else:
                line.far.send(f"{thread}-{number}".encode())

    threads = [threading.Thread(target=put, args=(thread,)) for thread in range(4)]
    for thread in threads:
        thread.start()
    taken: list[str] = []
    while len(taken) < len(names):
        more = arrivals.take(LONG, 7)
        assert more
        taken += more
    assert sorted(taken) == sorted(names)
    for thread in threads:
        thread.join()


def test_putting_after_the_end_harms_nobody(arrivals: Arrivals[str], line: Line) -> None:
    arrivals.close()
    arrivals.put("late")
