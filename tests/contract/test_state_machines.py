"""The port StateMachines: the same claims for every adapter, the local engine's and, over the wire, Step Functions'.

Only states that need nobody to run a task: what tasks do is in `tests/unit/local` and `tests/durability`.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import pytest

from bunsui.errors import AlreadyExists, NotFound, Refused
from bunsui.local.home import open_home
from bunsui.local.host import EngineHost
from bunsui.local.state_machines import LocalStateMachines
from bunsui.model.history import Execution
from bunsui.model.machine import CompiledMachine
from bunsui.model.status import ExecutionStatus
from bunsui.ports import Answer, StateMachines
from bunsui.settings import Settings
from ministack.server import MiniStack


class _NoTasks:
    def start(self, deliver: object) -> frozenset[str]:
        return frozenset()

    def __getattr__(self, name: str) -> Callable[..., None]:
        return lambda *given: None


@contextmanager
def _hosted(folder: Path) -> Iterator[StateMachines]:
    home = open_home(folder / "home")
    host = EngineHost(home, Settings(home.path, "me", 1), supervisor=_NoTasks)
    machines = LocalStateMachines(home, host)
    yield machines
    machines.close()
    host.stop()


@contextmanager
def _through_the_inbox(folder: Path) -> Iterator[StateMachines]:
    home = open_home(folder / "home")
    host = EngineHost(home, Settings(home.path, "me", 1), supervisor=_NoTasks)
    machines = LocalStateMachines(home, ensure=host.start_in_thread)
    yield machines
    machines.close()
    host.stop()


LOCAL: dict[str, Callable[[Path], AbstractContextManager[StateMachines]]] = {
    "hosted": _hosted,
    "inbox": _through_the_inbox,
}


@pytest.fixture(params=LOCAL)
def local(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[StateMachines]:
    with LOCAL[request.param](tmp_path) as made:
        yield made


@pytest.fixture(params=[*LOCAL, pytest.param("stepfunctions", marks=pytest.mark.ministack)])
def machines(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[StateMachines]:
    if request.param in LOCAL:
        with LOCAL[request.param](tmp_path) as made:
            yield made
    else:
        running: MiniStack = request.getfixturevalue("ministack")
        yield running.machines()


def compiled(states: dict[str, Any], name: str = "flow") -> CompiledMachine:
    definition = {"QueryLanguage": "JSONata", "StartAt": next(iter(states)), "States": states}
    return CompiledMachine(name, definition, json.dumps(definition), "", {})


def ended(machines: StateMachines, arn: str) -> Execution:
    deadline = time.monotonic() + 10
    while (found := machines.describe(arn)).status is ExecutionStatus.RUNNING:
        assert time.monotonic() < deadline
        time.sleep(0.005)
    return found


PASS = compiled({"p": {"Type": "Pass", "Output": {"x": "{% $states.input.n %}"}, "End": True}})
WAIT = compiled({"w": {"Type": "Wait", "Seconds": 600, "End": True}})
FAIL = compiled({"f": {"Type": "Fail", "Error": "Bad", "Cause": "luck"}})
NOWHERE = "arn:aws:states:us-east-1:000000000000:execution:flow:none"


def test_the_same_machine_is_deployed_once(machines: StateMachines) -> None:
    arn = machines.deploy(PASS)
    assert machines.deploy(PASS) == arn
    assert machines.deploy(WAIT) != arn


def test_an_execution_ends_with_its_output(machines: StateMachines) -> None:
    arn = machines.start(machines.deploy(PASS), "run-1", {"n": 5})
    execution = ended(machines, arn)
    assert (execution.status, execution.output, execution.input) == (ExecutionStatus.SUCCEEDED, {"x": 5}, {"n": 5})
    assert execution.name == "run-1"
    assert execution.ended is not None
    assert execution.ended >= execution.started


def test_a_failed_execution_tells_error_and_cause(machines: StateMachines) -> None:
    execution = ended(machines, machines.start(machines.deploy(FAIL), "run-1", {}))
    assert (execution.status, execution.error, execution.cause) == (ExecutionStatus.FAILED, "Bad", "luck")


def test_starting_again_with_the_same_input_is_the_same_execution(machines: StateMachines) -> None:
    machine = machines.deploy(WAIT)
    arn = machines.start(machine, "run-1", {"n": 1})
    assert machines.start(machine, "run-1", {"n": 1}) == arn
    with pytest.raises(AlreadyExists):
        machines.start(machine, "run-1", {"n": 2})


def test_a_stopped_execution_is_aborted(machines: StateMachines) -> None:
    arn = machines.start(machines.deploy(WAIT), "run-1", {})
    machines.stop(arn, "Cancelled", "by hand")
    machines.stop(arn, "Cancelled", "again")
    execution = ended(machines, arn)
    assert (execution.status, execution.error, execution.cause) == (ExecutionStatus.ABORTED, "Cancelled", "by hand")


def test_only_what_failed_can_be_redriven(machines: StateMachines) -> None:
    passed = machines.start(machines.deploy(PASS), "run-1", {"n": 1})
    ended(machines, passed)
    with pytest.raises(Refused):
        machines.redrive(passed)
    failed = machines.start(machines.deploy(FAIL), "run-2", {})
    assert ended(machines, failed).redrivable
    machines.redrive(failed)
    assert ended(machines, failed).redrive_count == 1


def test_a_history_is_whole_and_in_order(machines: StateMachines) -> None:
    arn = machines.start(machines.deploy(PASS), "run-1", {"n": 5})
    ended(machines, arn)
    events = list(machines.history(arn))
    assert [event.id for event in events] == [1, 2, 3, 4]
    assert events[0].type == "ExecutionStarted"
    assert events[-1].type == "ExecutionSucceeded"
    assert [event.id for event in machines.history(arn, after=2)] == [3, 4]
    assert list(machines.history(arn, after=4)) == []


def test_what_was_never_started_is_not_found(machines: StateMachines) -> None:
    for ask in (machines.describe, machines.children, machines.redrive, lambda arn: list(machines.history(arn))):
        with pytest.raises(NotFound):
            ask(NOWHERE)
    with pytest.raises(NotFound):
        machines.stop(NOWHERE, "", "")
    with pytest.raises(NotFound):
        machines.start("arn:aws:states:us-east-1:000000000000:stateMachine:none:1", "run-1", {})


def test_a_token_that_nobody_waits_for_is_not_found(machines: StateMachines) -> None:
    machines.deploy(PASS)
    with pytest.raises(NotFound):
        machines.answer("nobody", Answer({}))


def test_an_execution_without_nested_ones_has_no_children(machines: StateMachines) -> None:
    assert list(machines.children(machines.start(machines.deploy(WAIT), "run-1", {}))) == []


def test_what_is_forgotten_was_never_there(local: StateMachines) -> None:
    machine = local.deploy(PASS)
    gone, there = (local.start(machine, name, {"n": 5, "text": "x" * 3000}) for name in ("run-1", "run-2"))
    for arn in (gone, there):
        ended(local, arn)
    history = list(local.history(there))
    local.forget([gone, NOWHERE])
    with pytest.raises(NotFound):
        local.describe(gone)
    assert list(local.history(there)) == history
    assert local.start(machine, "run-1", {"n": 6}) == gone  # the name is free
    assert ended(local, gone).output == {"x": 6}


def test_what_ended_may_be_forgotten_and_what_is_gone_already_too(machines: StateMachines) -> None:
    arn = machines.start(machines.deploy(PASS), "run-1", {"n": 5})
    ended(machines, arn)
    machines.forget([arn, NOWHERE])


def test_what_still_runs_is_not_forgotten(machines: StateMachines) -> None:
    arn = machines.start(machines.deploy(WAIT), "run-1", {})
    with pytest.raises(Refused):
        machines.forget([arn])
    assert machines.describe(arn).status is ExecutionStatus.RUNNING


def test_an_execution_goes_on_with_the_machine_it_was_started_with(machines: StateMachines) -> None:
    first, second = machines.deploy(PASS), machines.deploy(FAIL)
    assert machines.deploy(PASS) == first
    execution = ended(machines, machines.start(first, "run-1", {"n": 5}))
    assert (execution.output, execution.machine_arn) == ({"x": 5}, first)
    assert ended(machines, machines.start(second, "run-2", {"n": 5})).status is ExecutionStatus.FAILED


def test_started_again_with_the_same_input_after_its_end_it_is_the_same_execution(machines: StateMachines) -> None:
    machine = machines.deploy(PASS)
    arn = machines.start(machine, "run-1", {"n": 1, "m": 2.0})
    ended(machines, arn)
    assert machines.start(machine, "run-1", {"m": 2.0, "n": 1}) == arn
    with pytest.raises(AlreadyExists):
        machines.start(machine, "run-1", {"n": 2})


BOTH = compiled(
    {
        "P": {
            "Type": "Parallel",
            "Branches": [
                {"StartAt": "a", "States": {"a": {"Type": "Pass", "Output": {"a": 1}, "End": True}}},
                {"StartAt": "b", "States": {"b": {"Type": "Pass", "Output": {"b": 2}, "End": True}}},
            ],
            "Output": "{% $merge($states.result) %}",
            "Assign": {"n": "{% $count($states.result) %}"},
            "Next": "end",
        },
        "end": {"Type": "Pass", "Output": {"all": "{% $states.input %}", "n": "{% $n %}"}, "End": True},
    }
)


def test_branches_are_merged_and_told_in_one_history(machines: StateMachines) -> None:
    arn = machines.start(machines.deploy(BOTH), "run-1", {})
    assert ended(machines, arn).output == {"all": {"a": 1, "b": 2}, "n": 2}
    events = list(machines.history(arn))
    assert [event.id for event in events] == list(range(1, len(events) + 1))
    assert all(event.previous_id < event.id for event in events)
    named = {str(event.details.get("name")): event for event in events if event.type == "PassStateEntered"}
    started = next(event for event in events if event.type == "ParallelStateStarted")
    assert named["a"].previous_id == named["b"].previous_id == started.id


FALLS = compiled(
    {
        "P": {
            "Type": "Parallel",
            "Branches": [
                {"StartAt": "f", "States": {"f": {"Type": "Fail", "Error": "Bad", "Cause": "luck"}}},
                {"StartAt": "w", "States": {"w": {"Type": "Wait", "Seconds": 600, "End": True}}},
            ],
            "End": True,
        }
    }
)


def test_a_branch_that_fails_ends_the_others(machines: StateMachines) -> None:
    execution = ended(machines, machines.start(machines.deploy(FALLS), "run-1", {}))
    assert (execution.status, execution.error, execution.cause) == (ExecutionStatus.FAILED, "Bad", "luck")


def test_a_history_goes_on_where_a_redrive_began(machines: StateMachines) -> None:
    arn = machines.start(machines.deploy(FALLS), "run-1", {})
    ended(machines, arn)
    before = list(machines.history(arn))
    machines.redrive(arn)
    ended(machines, arn)
    after = list(machines.history(arn, after=before[-1].id))
    assert after[0].type == "ExecutionRedriven"
    assert [event.id for event in after] == list(range(before[-1].id + 1, before[-1].id + 1 + len(after)))
