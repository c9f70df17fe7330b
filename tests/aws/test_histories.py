"""One machine, two backends, one history: the local engine and what answers over the wire tell the same events."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from bunsui.local.home import open_home
from bunsui.local.host import EngineHost
from bunsui.local.state_machines import LocalStateMachines
from bunsui.model.json import Json
from bunsui.model.machine import CompiledMachine
from bunsui.model.status import ExecutionStatus
from bunsui.ports import StateMachines
from bunsui.settings import Settings
from ministack.server import MiniStack

_PATIENCE = 30


class NoTasks:
    def start(self, deliver: object) -> frozenset[str]:
        return frozenset()

    def __getattr__(self, name: str) -> Callable[..., None]:
        return lambda *given: None


@contextmanager
def local(folder: Path) -> Iterator[StateMachines]:
    home = open_home(folder / "home")
    host = EngineHost(home, Settings(home.path, "me", 1), supervisor=NoTasks)
    machines = LocalStateMachines(home, host)
    yield machines
    machines.close()
    host.stop()


def told(machines: StateMachines, machine: CompiledMachine, given: Json, redrives: int = 0) -> list[tuple[Any, ...]]:
    """The end, and the history without what an account or a clock decides."""
    arn = machines.start(machines.deploy(machine), "run-1", given)
    end = ended(machines, arn)
    for _ in range(redrives):
        machines.redrive(arn)
        end = ended(machines, arn)
    return [
        end,
        *(
            (event.id, event.previous_id, event.type, {k: v for k, v in event.details.items() if k != "roleArn"})
            for event in machines.history(arn)
        ),
    ]


def ended(machines: StateMachines, arn: str) -> tuple[Any, ...]:
    deadline = time.monotonic() + _PATIENCE
    while (found := machines.describe(arn)).status is ExecutionStatus.RUNNING:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    return found.status, found.output, found.error, found.cause, found.redrivable


def compiled(states: dict[str, Any]) -> CompiledMachine:
    definition = {"QueryLanguage": "JSONata", "StartAt": next(iter(states)), "States": states}
    return CompiledMachine("flow", definition, json.dumps(definition), "", {})


def inner(states: dict[str, Any]) -> dict[str, Any]:
    return {"StartAt": next(iter(states)), "States": states}


PASS = {"Type": "Pass", "End": True}
CHOSEN = {
    "set": {"Type": "Pass", "Assign": {"n": "{% $states.input.n %}"}, "Next": "choose"},
    "choose": {"Type": "Choice", "Choices": [{"Condition": "{% $n > 2 %}", "Next": "large"}], "Default": "small"},
    "large": {"Type": "Pass", "Output": {"large": "{% $n %}"}, "Next": "done"},
    "small": {"Type": "Pass", "Next": "done"},
    "done": {"Type": "Succeed", "Output": {"all": "{% $states.input %}"}},
}
EACH = {
    "each": {
        "Type": "Map",
        "Items": "{% [1, 2, 3] %}",
        "ItemSelector": {
            "index": "{% $states.context.Map.Item.Index %}",
            "item": "{% $states.context.Map.Item.Value %}",
        },
        "MaxConcurrency": 1,
        "ItemProcessor": {
            "ProcessorConfig": {"Mode": "INLINE"},
            **inner(
                {
                    "p": {"Type": "Pass", "Next": "q"},
                    "q": {"Type": "Pass", "Output": "{% $states.input.item * 2 %}", "End": True},
                }
            ),
        },
        "Output": "{% $sum($states.result) %}",
        "End": True,
    }
}
CAUGHT = {
    "P": {
        "Type": "Parallel",
        "Branches": [
            inner({"b": {"Type": "Pass", "Next": "f"}, "f": {"Type": "Fail", "Error": "Bad", "Cause": "luck"}})
        ],
        "Catch": [{"ErrorEquals": ["Bad"], "Output": "{% $states.errorOutput %}", "Next": "after"}],
        "End": True,
    },
    "after": PASS,
}
MERGED = {
    "P": {
        "Type": "Parallel",
        "Branches": [inner({"a": {"Type": "Pass", "Output": {"a": 1}, "End": True}})],
        "Output": "{% $merge($states.result) %}",
        "Assign": {"count": "{% $count($states.result) %}"},
        "Next": "after",
    },
    "after": {"Type": "Pass", "Output": "{% $count %}", "End": True},
}
RETRIED = {
    "each": {
        "Type": "Map",
        "Items": "{% [1] %}",
        "ItemProcessor": {
            "ProcessorConfig": {"Mode": "INLINE"},
            **inner({"f": {"Type": "Fail", "Error": "Bad", "Cause": "{% 'item ' & $string($states.input) %}"}}),
        },
        "Retry": [{"ErrorEquals": ["Bad"], "MaxAttempts": 1, "IntervalSeconds": 1}],
        "End": True,
    }
}


@pytest.mark.parametrize(
    ("states", "given", "redrives"),
    [
        (CHOSEN, {"n": 3}, 0),
        (CHOSEN, {"n": 1.5}, 0),
        (EACH, {}, 0),
        (CAUGHT, {"x": "é"}, 0),
        (MERGED, {}, 0),
        (RETRIED, {}, 0),
        ({"p": {"Type": "Pass", "Next": "f"}, "f": {"Type": "Fail", "Error": "Bad"}}, {}, 2),
    ],
    ids=["chosen", "not chosen", "each", "caught", "merged", "retried", "redriven"],
)
def test_both_backends_tell_the_same_of_one_machine(
    ministack: MiniStack, tmp_path: Path, states: dict[str, Any], given: Json, redrives: int
) -> None:
    over_the_wire = told(ministack.machines(), compiled(states), given, redrives)
    with local(tmp_path) as machines:
        assert told(machines, compiled(states), given, redrives) == over_the_wire
