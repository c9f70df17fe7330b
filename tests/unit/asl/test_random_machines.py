"""Random machines with failures, retries, stops and redrives. What must always hold is checked by the world after every
step: folding all deltas gives the live state, JSON keeps it, a step made again is the same, effects agree."""

from __future__ import annotations

import random
import re
from itertools import count
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

ALL = ["States.ALL"]
ERRORS = ["E", "F", "States.Timeout"]


class Maker:
    """Makes machines of a few states, nested up to a depth."""

    def __init__(self, seed: int, asl: Any) -> None:
        self.chance = random.Random(seed)
        self.number = count(1)
        self.asl = asl

    def machine(self, depth: int) -> dict[str, Any]:
        names = [f"S{next(self.number)}" for _ in range(self.chance.randint(1, 3))]
        states = {name: self.state(name, after, depth) for name, after in zip(names, [*names[1:], None], strict=True)}
        return {"StartAt": names[0], "States": states}

    def state(self, name: str, after: str | None, depth: int) -> dict[str, Any]:
        flow = {"End": True} if after is None else {"Next": after}
        kinds = [self.task, self.passing, self.waiting, self.task] + [self.parallel, self.map] * (depth > 0)
        made = self.chance.choice(kinds)(depth) | flow
        if after and made["Type"] in ("Task", "Parallel", "Map") and self.chance.random() < 0.3:
            made["Catch"] = [{"ErrorEquals": [self.chance.choice(ERRORS)], "Next": after}]
        return made

    def task(self, depth: int) -> dict[str, Any]:
        more: dict[str, Any] = {"Type": "Task", "Resource": self.asl.SERVICE}
        if self.chance.random() < 0.5:
            more["Retry"] = [
                {"ErrorEquals": [self.chance.choice(ERRORS)], "MaxAttempts": 1},
                {"ErrorEquals": ALL, "MaxAttempts": self.chance.randint(0, 2), "JitterStrategy": "FULL"},
            ]
        if self.chance.random() < 0.4:
            more["TimeoutSeconds"] = 7
        if self.chance.random() < 0.3:
            more["Output"] = {"r": "{% $states.result %}", "u": "{% $random() %}", "v": "{% $exists($v) ? $v : 0 %}"}
        return more

    def passing(self, depth: int) -> dict[str, Any]:
        value = self.chance.choice([1, True, 1.0, [1], [True], {"a": 1}, "{% $states.input %}", "{% $nope %}"])
        return {"Type": "Pass", "Output": value, "Assign": {"v": self.chance.choice([1, True, "{% $uuid() %}"])}}

    def waiting(self, depth: int) -> dict[str, Any]:
        return {"Type": "Wait", "Seconds": self.chance.randint(0, 5)}

    def parallel(self, depth: int) -> dict[str, Any]:
        branches = [self.machine(depth - 1) for _ in range(self.chance.randint(1, 3))]
        return {"Type": "Parallel", "Branches": branches} | self.again()

    def map(self, depth: int) -> dict[str, Any]:
        items = [self.chance.choice([0, "x", None, {"n": 1}]) for _ in range(self.chance.randint(0, 4))]
        bound = {"MaxConcurrency": self.chance.randint(0, 2)}
        selector = {"ItemSelector": {"i": "{% $states.context.Map.Item.Index %}"}} if self.chance.random() < 0.5 else {}
        processor = self.machine(depth - 1)
        return {"Type": "Map", "Items": items, "ItemProcessor": processor} | bound | selector | self.again()

    def again(self) -> dict[str, Any]:
        if self.chance.random() < 0.3:
            return {"Retry": [{"ErrorEquals": ALL, "MaxAttempts": 1}]}
        return {}

    def definition(self) -> dict[str, Any]:
        machine: dict[str, Any] = {"QueryLanguage": "JSONata"} | self.machine(2)
        return machine | ({"TimeoutSeconds": 40} if self.chance.random() < 0.3 else {})

    def answer(self, call: Any) -> Any:
        chance = random.Random(f"{self.chance.getstate()[1][0]}{call.task}")
        value: Any = chance.choice([1, True, {"a": [1, {"b": None}]}, "x"])
        if chance.random() < 0.35:
            value = self.asl.Problem(chance.choice(ERRORS), chance.choice([None, "why"]))
        if chance.random() < 0.1:
            return self.asl.After(None)
        return self.asl.After(chance.random() * 6, value)


class AnyState(dict[str, Any]):
    """The same answer for every state."""

    def __init__(self, answer: Any) -> None:
        super().__init__()
        self.answer = answer

    def get(self, key: str, default: Any = None) -> Any:
        return self.answer


def live(seed: int, asl: Any) -> Any:
    from bunsui.asl.machine import parse

    maker = Maker(seed, asl)
    run = asl.World(parse(maker.definition()), AnyState(maker.answer)).start({"seed": seed})
    for _ in range(3):
        run.go(until=maker.chance.choice([1, 20, 500]))
        if run.status == "RUNNING" and maker.chance.random() < 0.7:
            run.stop("Stopped")
        if run.status in ("FAILED", "ABORTED", "TIMED_OUT"):
            run.redrive()
    return run


WORDS = re.compile(
    "Execution(Started|Succeeded|Failed|Aborted|TimedOut|Redriven)|EvaluationFailed"
    "|(Pass|Wait|Task|Parallel|Map)State(Entered|Exited)|(Wait|Task|Parallel|Map)StateAborted"
    "|Task(Scheduled|Started|Succeeded|Failed|TimedOut)|(Parallel|Map)State(Started|Succeeded|Failed)"
    "|MapIteration(Started|Succeeded|Failed|Aborted)"
)


def check_history(run: Any) -> None:
    """Only AWS's words, and every exit hangs together with its entry."""
    events = {event.id: event for event in run.events}
    for event in run.events:
        assert WORDS.fullmatch(event.type), event.type
        if event.type.endswith("StateExited"):
            name, before = event.details["name"], event
            while before.type != "ExecutionRedriven" and not (
                before.type.endswith("StateEntered") and before.details["name"] == name
            ):
                before = events[before.previous_id]
    if run.status != "RUNNING":
        assert not run.waiting
        assert run.types[-1].startswith("Execution")


@pytest.mark.parametrize("part", range(4))
def test_what_must_hold_holds_in_random_machines(asl: Any, part: int) -> None:
    for seed in range(part * 100, part * 100 + 100):
        check_history(live(seed, asl))


@pytest.mark.soak
@settings(deadline=None)
@given(seed=st.integers(1000, 10**9))
def test_what_must_hold_holds_in_more_random_machines(asl: Any, seed: int) -> None:
    check_history(live(seed, asl))
