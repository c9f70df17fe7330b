"""The sweeper of the engine's process: it looks again and again, stays for what is due, and ends after what it does."""

from __future__ import annotations

import threading
import time

from bunsui.local.sweeper import Sweeper

PATIENCE = 30.0


def until(condition, what: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, f"never: {what}"
        time.sleep(0.005)


def closed(sweeper: Sweeper) -> None:
    sweeper.close()
    until(lambda: sweeper.closed, "closed")


def test_it_is_idle_only_after_it_looked_and_found_nothing() -> None:
    gate = threading.Event()
    sweeper = Sweeper(lambda: gate.wait(PATIENCE) and None)
    assert not sweeper.idle
    gate.set()
    until(lambda: sweeper.idle, "idle")
    closed(sweeper)


def test_it_stays_for_what_is_due_and_not_for_what_is_due_next_month() -> None:
    for ahead, idle in ((60.0, False), (30 * 86_400.0, True)):
        looked = threading.Event()

        def sweep(ahead: float = ahead, looked: threading.Event = looked) -> float:
            looked.set()
            return time.time() + ahead

        sweeper = Sweeper(sweep)
        assert looked.wait(PATIENCE)
        until(lambda sweeper=sweeper, idle=idle: sweeper.idle is idle, f"idle is {idle}")
        closed(sweeper)


def test_it_looks_again_by_itself_and_goes_on_after_a_sweep_that_failed() -> None:
    count = []

    def sweep() -> None:
        count.append(1)
        if len(count) == 1:
            raise ValueError("once")

    sweeper = Sweeper(sweep)
    until(lambda: len(count) >= 2, "a second look")
    closed(sweeper)


def test_it_sweeps_when_the_time_has_come() -> None:
    times: list[float] = []
    at = time.time() + 0.3

    def sweep() -> float | None:
        times.append(time.time())
        return at if times[-1] < at else None

    sweeper = Sweeper(sweep)
    until(lambda: times[-1:] and times[-1] >= at, "the sweep at its time")
    closed(sweeper)
