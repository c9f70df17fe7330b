"""One end of a session: every step in order, each again after a kill, each tried again when it fails, none for ever."""

from __future__ import annotations

import pytest

from bunsui.model.session import Session
from bunsui.model.status import ExecutionStatus, SessionStatus
from bunsui.services.errors.views import Strategy
from bunsui.services.sessions.manager import SessionManager
from bunsui.services.sessions.partners import NoErrors, Partners

_S = SessionStatus
STEPS = ["archive", "analysis", "alert", "report"]


class Steps(NoErrors):
    """Partners that write down what they were asked. `breaks` says which raise what."""

    def __init__(self) -> None:
        self.done: list[str] = []
        self.breaks: dict[str, BaseException] = {}

    def step(self, name: str) -> None:
        if name in self.breaks:
            raise self.breaks[name]
        self.done.append(name)

    def handle(self, session: Session) -> None:
        self.step("analysis")

    def alert(self, session: Session, strategy: Strategy | None) -> None:
        self.step("alert")

    def partners(self) -> Partners:
        return Partners(
            errors=self,
            archive=lambda one: self.step("archive"),
            alert=self.alert,
            report=lambda one: self.step("report"),
        )


@pytest.fixture
def steps(world, pipeline) -> Steps:
    made = Steps()

    def compiled(pipeline):
        from bunsui.model.machine import CompiledMachine

        return CompiledMachine(pipeline.name, {}, "{}", pipeline.sha256, folder=pipeline.folder)

    world.sessions = SessionManager(world.ports, compiled, world.files, world.around, partners=made.partners())
    world.sessions.start(pipeline, {}, name="mine")
    return made


def end(world, status: ExecutionStatus = ExecutionStatus.FAILED) -> Session:
    world.machines.end("mine-1", status, "E", "broken")
    return world.sessions.refresh("mine")


@pytest.mark.parametrize("status", [ExecutionStatus.FAILED, ExecutionStatus.SUCCEEDED, ExecutionStatus.ABORTED])
def test_every_end_goes_through_every_step_in_order_once(world, steps, status) -> None:
    session = end(world, status)
    world.sessions.refresh("mine")
    assert steps.done == STEPS
    assert (session.ending, session.due) == ((), None)


@pytest.mark.parametrize("killed", STEPS)
def test_a_kill_in_any_step_is_healed_by_whoever_looks_next(world, steps, killed) -> None:
    steps.breaks[killed] = KeyboardInterrupt()
    with pytest.raises(KeyboardInterrupt):
        end(world)
    assert world.sessions.get("mine").status is _S.FAILED
    steps.breaks.clear()
    world.sessions.refresh("mine")
    assert steps.done[-len(STEPS) :] == STEPS


def test_the_open_steps_are_on_the_agenda_from_the_write_that_stores_the_end(world, steps) -> None:
    steps.breaks["archive"] = KeyboardInterrupt()
    with pytest.raises(KeyboardInterrupt):
        end(world)
    session = world.sessions.get("mine")
    assert session.ending == ("archive", "analysis", "answer", "report")
    assert world.table.get("session#mine", "session").indexes["due"][1].startswith(session.due)


def test_a_step_that_fails_is_tried_again_later_and_those_before_it_are_not(world, steps) -> None:
    steps.breaks["alert"] = ValueError("no network")
    assert end(world).ending == ("answer", "report")
    steps.breaks.clear()
    world.sessions.refresh("mine")
    assert steps.done == ["archive", "analysis"]  # its time has not come
    world.time.now += 11
    assert world.sessions.refresh("mine").ending == ()
    assert steps.done == STEPS


def test_a_step_that_fails_again_and_again_is_given_up_and_the_log_says_so(world, steps) -> None:
    steps.breaks["archive"] = ValueError("no room")
    end(world)
    for _ in range(6):
        world.time.now += 1000
        session = world.sessions.refresh("mine")
    assert (session.ending, steps.done) == ((), ["analysis", "alert", "report"])
    (line,) = [line for line in world.sessions.logs("mine") if line.level == "WARNING"]
    assert line.message == "archive given up after 5 tries: no room"


def test_a_session_that_begins_again_drops_what_was_open_of_its_former_end(world, steps) -> None:
    steps.breaks["report"] = ValueError("no room")
    assert end(world).ending == ("report",)
    world.sessions.resume("mine")
    session = world.sessions.get("mine")
    assert (session.status, session.ending, session.due) == (_S.RUNNING, (), None)
