"""Automatic recovery (diagram 3.2) over whole sessions in virtual time: from the last checkpoint, by exactly one."""

from __future__ import annotations

import contextlib
from dataclasses import replace

import pytest

from bunsui.model.status import SessionStatus
from bunsui.services.errors.handler import ErrorHandler
from bunsui.services.sessions.manager import SessionManager
from bunsui.services.sessions.partners import Partners
from bunsui.services.wiring import Ports
from virtual.pipelines import op, pipeline

_S = SessionStatus
CHAIN = pipeline(op("a"), op("b", "a"), op("c", "b"), outputs={"n": "{% $c.n %}"})
POLICY = {"on": ["unknown"], "max_attempts": 3, "interval": 10, "backoff": 2}


def policed(**changes):
    return replace(CHAIN, policies={"recovery": {**POLICY, **changes}})


class Watched:
    """A manager with an error handler; `alerted` are the ends that somebody was told of."""

    def __init__(self, world) -> None:
        self.alerted: list[tuple[str, str]] = []
        self.around = world.sessions._around
        ports = Ports(world.table, world.objects, world.machines)
        self.errors = ErrorHandler(ports, world.files, "/home/ada", self.around.clock)
        partners = Partners(errors=self.errors, alert=self._alert)
        template = world.sessions
        self.sessions = SessionManager(
            ports, template._compile, world.files, self.around, template._recovering.reread, world._load, partners
        )

    def _alert(self, session, strategy) -> None:
        self.alerted.append((session.status.value, strategy.decision.why if strategy else ""))


@pytest.fixture
def watched(world):
    world.sessions = (made := Watched(world)).sessions
    made.world = world
    return made


def failed(world, made, *broken):
    world.broken |= set(broken or ("b",))
    return world.settle(world.start(made).id)


def calls(world) -> list[str]:
    return [call.operation for call in world.host.calls]


def test_a_session_that_failed_waits_and_goes_on_from_its_last_checkpoint(world, watched) -> None:
    session = failed(world, policed())
    assert (session.status, session.reason) == (
        _S.RETRYING,
        "resume by itself after 10 s (1 of 3): b failed (unknown)",
    )
    assert watched.alerted == []
    world.broken.clear()
    assert world.settle(session.id).status is _S.RETRYING
    world.host.now += 10
    assert world.settle(session.id).status is _S.RUNNING
    ended = world.settle(session.id)
    assert (ended.status, calls(world)) == (_S.COMPLETED, ["a", "b", "b", "c"])
    assert watched.alerted == [("COMPLETED", "")]


def test_what_was_done_is_recorded_as_the_policy_s(world, watched) -> None:
    session = failed(world, policed(interval=0))
    world.broken.clear()
    ended = world.settle(session.id)
    assert ended.status is _S.COMPLETED
    (one,) = world.sessions.recoveries(session.id)
    assert (one.who, one.action, one.worked) == ("automatic recovery", "resume", True)
    assert watched.errors.recoveries(ended) == {f"{session.id}-1#0": f"{session.id}-2"}
    messages = [line.message for line in world.sessions.logs(session.id)]
    assert f"resume by itself (1 of 3): b failed (unknown) (execution {session.id}-2)" in messages


def test_the_same_failure_after_two_resumes_stops_and_somebody_is_told_once(world, watched) -> None:
    session = failed(world, policed(interval=0))
    for _ in range(6):
        session = world.settle(session.id)
    assert session.status is _S.FAILED
    assert calls(world) == ["a", "b", "b", "b"]
    why = "b failed in the same way after 2 recoveries"
    assert watched.alerted == [("FAILED", why)]
    assert f"not recovered by itself: {why}" in [line.message for line in world.sessions.logs(session.id)]
    assert world.sessions.outcome(session.id).left == why


def test_nothing_was_left_to_a_person_of_what_worked_or_has_no_policy(world, watched) -> None:
    session = failed(world, policed(interval=0, max_attempts=1))
    world.settle(session.id)
    assert world.sessions.outcome(session.id).left
    world.broken.clear()
    world.sessions.resume(session.id)
    assert world.settle(session.id).status is _S.COMPLETED
    assert world.sessions.outcome(session.id).left == ""
    assert world.sessions.outcome(failed(world, CHAIN).id).left == ""


def test_waits_grow(world, watched) -> None:
    session = failed(world, policed())
    world.host.now += 10
    world.settle(session.id)
    assert "after 20 s" in world.settle(session.id).reason


def test_a_failure_that_the_policy_does_not_name_is_told_at_once(world, watched) -> None:
    session = failed(world, policed(on=["throttled"]))
    assert session.status is _S.FAILED
    assert watched.alerted == [("FAILED", "b failed (unknown): the policy leaves that to a person")]


def test_what_must_not_run_twice_is_not_run_twice_by_itself(world, watched) -> None:
    made = pipeline(op("a"), op("b", "a", idempotent=False), op("c", "b"))
    session = failed(world, replace(made, policies={"recovery": POLICY}))
    assert session.status is _S.FAILED
    (line,) = [line for line in world.sessions.logs(session.id) if line.level == "WARNING"]
    why = "b must not run twice (idempotent: false) and would run again"
    assert line.message == f"not recovered by itself: {why}"
    assert watched.alerted == [("FAILED", why)]


def test_a_session_that_waits_to_be_recovered_can_be_cancelled(world, watched) -> None:
    session = failed(world, policed())
    cancelled = world.sessions.cancel(session.id, why="enough")
    assert (cancelled.status, cancelled.reason) == (_S.CANCELLED, "cancelled by ada: enough")
    world.host.now += 100
    assert world.settle(session.id).status is _S.CANCELLED
    assert calls(world) == ["a", "b"]


def test_a_person_who_resumes_begins_the_count_anew(world, watched) -> None:
    session = failed(world, policed(interval=0, max_attempts=1))
    session = world.settle(session.id)
    assert session.status is _S.FAILED
    world.sessions.resume(session.id)
    for _ in range(4):
        session = world.settle(session.id)
    assert session.status is _S.FAILED
    assert [one.who for one in world.sessions.recoveries(session.id)] == [
        "automatic recovery",
        "ada",
        "automatic recovery",
    ]


def test_of_many_who_watch_exactly_one_recovers(world, watched) -> None:
    world.broken.add("b")
    session = world.start(policed(interval=0))
    world.host.drain()
    other = Watched(world)
    done = []

    def other_first() -> None:
        if not done and any("RETRYING" in str(one.body.get("status")) for one in world.table.records.values()):
            return
        if len(done) < 20:
            done.append(1)
            world.table.before_write = lambda: None
            other.sessions.refresh(session.id)
            world.table.before_write = other_first

    world.table.before_write = other_first
    watched.sessions.refresh(session.id)
    world.table.before_write = lambda: None
    world.broken.clear()
    assert world.settle(session.id).status is _S.COMPLETED
    assert calls(world) == ["a", "b", "b", "c"]
    assert len(world.sessions.recoveries(session.id)) == 1


@pytest.mark.parametrize("number", range(1, 16))
def test_a_kill_before_any_write_of_an_end_is_healed_by_whoever_looks_next(world, watched, number) -> None:
    """The write number `number` of the refresh that folds the end in never happens, nor anything after it."""
    world.broken.add("b")
    session = world.start(policed(interval=0))
    world.host.drain()
    count = iter(range(1, 1000))

    def killed() -> None:
        if next(count) == number:
            raise KeyboardInterrupt

    world.table.before_write = killed
    with contextlib.suppress(KeyboardInterrupt):
        world.sessions.refresh(session.id)
    world.table.before_write = lambda: None
    world.broken.clear()
    world.host.now += 60
    for _ in range(3):
        ended = world.settle(session.id)
    assert (ended.status, calls(world)) == (_S.COMPLETED, ["a", "b", "b", "c"])
    assert len(world.sessions.recoveries(session.id)) == 1
    assert watched.alerted == [("COMPLETED", "")]


def test_while_it_waits_the_operations_of_the_execution_before_are_shown(world, watched) -> None:
    session = failed(world, policed())
    view = world.sessions.status(session.id)
    assert view.session.status is _S.RETRYING
    assert {one.name: str(one.status) for one in view.operations}["b"] == "FAILED"
