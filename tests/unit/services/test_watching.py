"""How often a backend is asked by who watches and who waits: seldom and more seldom where that is counted."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bunsui.errors import Throttled
from bunsui.model.session import ExecutionRef, Session
from bunsui.model.status import SessionStatus
from bunsui.services.sessions.watching import Watching
from bunsui.services.views import SessionView
from bunsui.services.wiring import Pace, Surroundings

AWS = Pace(shortest=2.0, longest=10.0, first=0.5, slowest=5.0)


def session(status: SessionStatus) -> Session:
    return Session(
        id="one",
        pipeline="p",
        version=None,
        definition_sha256="",
        params={},
        source="",
        runtime=None,  # type: ignore[arg-type]  # nothing is run
        owner="ada",
        created="2026-01-01T00:00:00.000000Z",
        executions=(ExecutionRef("one-1", arn="arn"),),
        status=status,
    )


class Looking:
    """Shows the record alone."""

    def live(self, session: Session) -> None:
        return

    def view(self, session: Session, live: object) -> SessionView:
        return SessionView(session, ())


class Scene:
    """A session that runs for so many looks; `asked` are the moments of a clock that only sleeping moves."""

    def __init__(self, looks: int, pace: Pace, failures: int = 0) -> None:
        self.now, self.asked, self.looks, self.failures = 0.0, list[float](), looks, failures
        around = Surroundings(lambda: self.now, self.sleep, str, "ada", {}, "")
        self.watching = Watching(Looking(), self.refresh, around, pace)  # type: ignore[arg-type]  # its two methods

    def sleep(self, seconds: float) -> None:
        self.now += seconds

    def refresh(self, ref: str) -> Session:
        self.asked.append(round(self.now, 2))
        if self.failures:
            self.failures -= 1
            raise Throttled("too many")
        return session(SessionStatus.RUNNING if len(self.asked) < self.looks else SessionStatus.COMPLETED)

    def watch(self, interval: float = 0.05) -> Iterator[SessionView]:
        return self.watching.watch(session(SessionStatus.RUNNING), interval, lambda: True)


def test_who_watches_on_aws_asks_every_two_seconds_then_less_and_less() -> None:
    scene = Scene(8, AWS)
    assert [view.session.status for view in scene.watch()] == ["RUNNING", "COMPLETED"]
    assert scene.asked == [2.0, 5.0, 9.5, 16.25, 26.25, 36.25, 46.25, 56.25]


def test_who_watches_at_home_asks_as_often_as_the_face_wants() -> None:
    scene = Scene(6, Pace())
    list(scene.watch(interval=0.05))
    assert scene.asked == [0.01, 0.03, 0.05, 0.08, 0.13, 0.18]


def test_who_waits_on_aws_asks_soon_and_then_every_five_seconds() -> None:
    scene = Scene(9, AWS)
    assert scene.watching.wait(session(SessionStatus.RUNNING), None).status is SessionStatus.COMPLETED
    assert scene.asked == [0.5, 1.25, 2.38, 4.06, 6.59, 10.39, 15.39, 20.39, 25.39]


def test_who_went_away_is_noticed_within_a_second() -> None:
    scene = Scene(99, AWS)
    views = scene.watching.watch(session(SessionStatus.RUNNING), 0.05, lambda: scene.now < 3.5)
    assert len(list(views)) == 1
    assert scene.now <= 4.5


def test_a_backend_that_declines_for_a_while_ends_no_watch() -> None:
    scene = Scene(5, AWS, failures=3)
    assert [view.session.status for view in scene.watch()][-1] == "COMPLETED"


def test_one_that_declines_for_long_is_told() -> None:
    scene = Scene(99, AWS, failures=9)
    with pytest.raises(Throttled):
        list(scene.watch())


def test_a_wait_ends_at_its_time() -> None:
    scene = Scene(99, AWS)
    with pytest.raises(TimeoutError):
        scene.watching.wait(session(SessionStatus.RUNNING), 10.0)
