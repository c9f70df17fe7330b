"""A history that several look at is asked for once in a while, and is whole when that matters."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from bunsui.model.history import Execution, HistoryEvent
from bunsui.model.session import ExecutionRef, Runtime, Session
from bunsui.model.status import ExecutionStatus, SessionStatus
from bunsui.services.sessions.histories import LiveExecution
from bunsui.services.sessions.looking import Looking
from bunsui.services.sessions.remembering import Remembering


class Machines:
    """A history that grows; `asked` is after which event each request wanted to know."""

    def __init__(self, events: int) -> None:
        self.events, self.asked = events, list[int]()

    def describe(self, arn: str) -> Execution:
        return Execution(arn, "one", "", ExecutionStatus.RUNNING, datetime.now(UTC))

    def history(self, arn: str, after: int = 0) -> Iterator[HistoryEvent]:
        self.asked.append(after)
        return iter([HistoryEvent(id, id - 1, "TaskStateEntered", 0.0, {}) for id in range(after + 1, self.events + 1)])


def session(status: SessionStatus) -> Session:
    ref = ExecutionRef("one-1", arn="arn")
    return Session("one", "p", None, "", {}, "", Runtime("", "", ""), "ada", "2026", status=status, executions=(ref,))


class Files:
    """Nobody says how far he is."""

    def progress(self, id: str) -> dict[str, Any]:
        return {}


class Scene:
    def __init__(self, holds: float, events: int = 3) -> None:
        self.now, self.machines = 0.0, Machines(events)
        self.seen = Remembering(self.machines, lambda: self.now, holds)  # type: ignore[arg-type]  # its two methods

    def ids(self, after: int = 0, arn: str = "arn") -> list[int]:
        return [event.id for event in self.seen.history(arn, after)]


def test_everybody_who_looks_within_two_seconds_shares_one_request() -> None:
    scene = Scene(2.0)
    assert (scene.ids(), scene.ids(after=2), scene.ids()) == ([1, 2, 3], [3], [1, 2, 3])
    assert scene.machines.asked == [0]


def test_after_that_only_what_is_new_is_asked_for() -> None:
    scene = Scene(2.0)
    scene.ids()
    scene.now, scene.machines.events = 2.0, 5
    assert scene.ids(after=1) == [2, 3, 4, 5]
    assert scene.machines.asked == [0, 3]


def test_an_end_is_seen_at_once() -> None:
    scene = Scene(2.0)
    scene.ids()
    scene.machines.events = 4
    scene.seen.expire()
    assert scene.ids(after=3) == [4]


def test_a_session_that_has_ended_is_looked_at_with_all_of_its_history() -> None:
    scene = Scene(2.0)
    looking = Looking(scene.seen, Files(), lambda session: None)  # type: ignore[arg-type]  # what is asked of it
    live = LiveExecution(scene.seen, "arn", ())
    looking.view(session(SessionStatus.RUNNING), live)
    scene.machines.events = 5
    looking.view(session(SessionStatus.RUNNING), live)
    assert scene.machines.asked == [0]
    looking.view(session(SessionStatus.COMPLETED), live)
    assert scene.machines.asked == [0, 3]


def test_where_requests_are_not_counted_each_asks() -> None:
    scene = Scene(0.0)
    assert (scene.ids(), scene.ids(after=3)) == ([1, 2, 3], [])
    assert scene.machines.asked == [0, 3]


def test_only_the_executions_that_were_looked_at_last_are_kept() -> None:
    scene = Scene(2.0)
    for number in range(20):
        scene.ids(arn=f"arn{number}")
    scene.ids(arn="arn19")
    scene.ids(arn="arn0")
    assert len(scene.machines.asked) == 21


def test_of_a_history_that_is_too_long_nothing_is_kept() -> None:
    scene = Scene(2.0, events=60_000)
    assert len(scene.ids()) == 60_000
    assert scene.ids(after=59_998) == [59_999, 60_000]
    assert scene.machines.asked == [0, 0]
