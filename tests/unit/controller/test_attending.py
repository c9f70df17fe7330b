"""What the controller does about an event: within its time, one bad session beside the others, failures told."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, cast

import pytest

from bunsui.controller.attending import Controller
from bunsui.errors import BackendError
from bunsui.model.session import Runtime, Session
from bunsui.model.status import SessionStatus
from bunsui.services.sessions.reconciling import Looked
from bunsui.services.wiring import rfc3339
from bunsui.workspace import Workspace

ENDED = {
    "source": "aws.states",
    "detail-type": "Step Functions Execution Status Change",
    "detail": {"executionArn": "arn:aws:states:eu-west-1:123456789012:execution:m:nightly-1", "status": "FAILED"},
}
SWEEP = {"detail-type": "Scheduled Event"}
START = 1_767_225_600.0


@dataclass
class Services:
    """A workspace whose services a test drives: one session, an agenda, a clock that moves when somebody sleeps."""

    now: float = START
    time: float = 300.0
    held: Session | None = None
    refreshed: list[float] = field(default_factory=list)
    failing: list[str] = field(default_factory=list)
    swept: list[float] = field(default_factory=list)
    nexts: list[float | None] = field(default_factory=list)
    recover: Callable[[Session], Session] = lambda session: replace(session, status=SessionStatus.RUNNING, due=None)

    @property
    def agenda(self) -> Services:
        return self

    reconciling = sessions = agenda

    def do_due(self, going: Callable[[], bool]) -> list[str]:
        self.swept.append(self.now)
        return self.failing if going() else []

    def next(self) -> float | None:
        return self.nexts.pop(0) if self.nexts else None

    def look(self, going: Callable[[], bool]) -> Looked:
        return Looked(2, ["session bad: ValueError: x"] if self.failing else [])

    def execution_ended(self, name: str) -> Session | None:
        assert name == "nightly-1"
        return self.held

    def refresh(self, id: str) -> None:
        assert self.held is not None
        self.refreshed.append(self.now)
        self.held = self.recover(self.held)

    def sleep(self, seconds: float) -> None:
        self.now += seconds
        self.time -= seconds

    def attend(self, event: object) -> Any:
        workspace = cast(Workspace, self)
        return Controller(workspace, lambda: self.time, lambda: self.now, self.sleep).attend(event)

    def session(self, id: str) -> Session | None:
        return self.held


@pytest.fixture
def services() -> Services:
    made = Services()
    made.held = Session(
        id="nightly",
        pipeline="flights",
        version=None,
        runtime=Runtime("", "", ""),
        definition_sha256="",
        params={},
        source="",
        owner="ada",
        created=rfc3339(START),
        context="aws",
        executions=(),
        status=SessionStatus.RETRYING,
        due=rfc3339(START + 30),
    )
    return made


def test_a_recovery_that_is_due_in_half_a_minute_is_begun_by_who_saw_the_end(services: Services) -> None:
    assert services.attend(ENDED)["status"] == "RUNNING"
    assert services.refreshed == [START + 30]


def test_a_recovery_that_is_due_later_is_left_to_the_sweep(services: Services) -> None:
    services.held = replace(cast(Session, services.held), due=rfc3339(START + 90))
    assert services.attend(ENDED)["status"] == "RETRYING"
    assert (services.refreshed, services.now) == ([], START)


def test_nobody_waits_longer_than_the_time_that_is_left(services: Services) -> None:
    services.time = 40.0
    services.attend(ENDED)
    assert (services.refreshed, services.now) == ([], START)


def test_what_stays_due_is_not_tried_in_a_circle(services: Services) -> None:
    services.recover = lambda session: session
    services.attend(ENDED)
    assert services.refreshed == [START + 30, START + 31]


def test_the_end_of_an_execution_of_no_session_is_no_concern(services: Services) -> None:
    services.held = None
    assert services.attend(ENDED)["did"] == "nothing"


def test_a_sweep_stays_for_what_is_due_before_the_next_one(services: Services) -> None:
    services.nexts = [START + 20, START + 50, START + 70]
    assert services.attend(SWEEP) == {"did": "swept", "looked at": 2}
    assert services.swept == [START, START + 20, START + 50]


def test_a_sweep_tells_what_failed_after_all_was_tried(services: Services) -> None:
    services.failing = ["alert#1 of x: ValueError: y"]
    services.nexts = [START + 20]
    with pytest.raises(BackendError, match=r"alert#1 of x: ValueError: y; session bad: ValueError: x"):
        services.attend(SWEEP)
    assert services.swept == [START, START + 20]


def test_an_event_that_is_none_of_ours_is_no_error(services: Services) -> None:
    assert services.attend({"source": "aws.s3"})["did"] == "nothing"
