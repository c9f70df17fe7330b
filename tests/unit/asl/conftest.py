"""A world for machines under test: it answers tasks on a virtual clock, and checks after every step what must always
hold: deltas fold to the state, JSON keeps it, a step made again is the same, effects agree with what is outstanding."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from itertools import count
from typing import Any

import orjson
import pytest

from bunsui.asl.advance import Step, advance
from bunsui.asl.effects import CallTask, CancelTask, Ended, Timer
from bunsui.asl.inputs import (
    Input,
    Redriven,
    Started,
    Stopped,
    TaskFailed,
    TaskSucceeded,
    TimerFired,
)
from bunsui.asl.machine import Machine, parse
from bunsui.asl.state import State, fold, outstanding, timers
from bunsui.model.history import HistoryEvent

START = 1_700_000_000.0
SERVICE = "arn:aws:states:::lambda:invoke"


@dataclass(frozen=True)
class Problem:
    """A task's answer: it fails."""

    error: str
    cause: str | None = None


@dataclass(frozen=True)
class After:
    """A task's answer, some seconds later. None: never."""

    seconds: float | None
    answer: Any = None


NEVER = After(None)
Answers = dict[str, Any]
"""By state: an answer for every attempt, a list with one for each, or a function of the call."""


def dumped(value: Any) -> bytes:
    return orjson.dumps(value)


def as_json(step: Step) -> bytes:
    effects = [[type(effect).__name__, asdict(effect)] for effect in step.effects]
    return dumped([step.delta, [asdict(event) for event in step.events], effects])


@dataclass
class World:
    machine: Machine
    answers: Answers = field(default_factory=dict)
    state: State | None = None
    now: float = START
    events: list[HistoryEvent] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)
    calls: list[CallTask] = field(default_factory=list)
    cancelled: list[str] = field(default_factory=list)
    ended: Ended | None = None
    due: list[tuple[float, int, Input]] = field(default_factory=list)
    waiting: set[str] = field(default_factory=set)
    armed: dict[str, float] = field(default_factory=dict)
    order: Any = field(default_factory=count)

    def start(self, input: Any = None) -> World:
        arn = "arn:aws:states:local:000000000000:execution:machine:run-1"
        machine = "arn:aws:states:local:000000000000:stateMachine:machine:1"
        self.feed(Started(self.now, arn, "run-1", machine, "machine", {} if input is None else input, "seed"))
        return self

    def run(self, input: Any = None) -> World:
        return self.start(input).go()

    def go(self, until: float | None = None) -> World:
        """Let happen what is due, until the end or for some seconds."""
        last = None if until is None else self.now + until
        while self.due and self.ended is None and (last is None or self.due[0][0] <= last):
            at, _, input = heapq.heappop(self.due)
            self.now = max(self.now, at)
            self.feed(input)
        self.now = self.now if last is None else last
        return self

    def stop(self, error: str | None = None, cause: str | None = None) -> World:
        self.feed(Stopped(self.now, error, cause))
        return self

    def redrive(self) -> World:
        self.ended = None
        self.feed(Redriven(self.now))
        return self

    def feed(self, input: Input) -> Step:
        step = advance(self.machine, self.state, input)
        self._must_hold(input, step)
        self.state = step.state
        self.steps.append(step)
        self.events += step.events
        self.waiting.discard(getattr(input, "task", "") if isinstance(input, TaskSucceeded | TaskFailed) else "")
        for effect in step.effects:
            self._act(effect)
        self._effects_agree()
        return step

    def _act(self, effect: CallTask | CancelTask | Timer | Ended) -> None:
        match effect:
            case CallTask():
                self.calls.append(effect)
                self.waiting.add(effect.task)
                self._answer(effect)
            case CancelTask(task):
                self.cancelled.append(task)
                self.waiting.discard(task)
            case Timer(timer, at):
                self.armed[timer] = at
                heapq.heappush(self.due, (at, next(self.order), TimerFired(at, timer)))
            case Ended():
                self.ended = effect

    def _answer(self, call: CallTask) -> None:
        answer = self.answers.get(call.state, {})
        if isinstance(answer, list):
            answer = answer.pop(0) if answer else {}
        answer = answer(call) if callable(answer) else answer
        seconds: float | None = 0.01
        if isinstance(answer, After):
            seconds, answer = answer.seconds, answer.answer
        if seconds is None:
            return
        at = self.now + seconds
        fail = isinstance(answer, Problem)
        input = TaskFailed(at, call.task, answer.error, answer.cause) if fail else TaskSucceeded(at, call.task, answer)
        heapq.heappush(self.due, (at, next(self.order), input))

    def _must_hold(self, input: Input, step: Step) -> None:
        assert [e.id for e in step.events] == [*range(len(self.events) + 1, len(self.events) + len(step.events) + 1)]
        assert all(e.previous_id < e.id for e in step.events)
        folded = fold(self.state, orjson.loads(dumped(step.delta)))
        assert dumped(folded.to_json()) == dumped(step.state.to_json())
        assert State.from_json(orjson.loads(dumped(step.state.to_json()))) == step.state
        stored = None if self.state is None else State.from_json(orjson.loads(dumped(self.state.to_json())))
        assert as_json(advance(self.machine, stored, input)) == as_json(step)

    def _effects_agree(self) -> None:
        assert self.state is not None
        assert {call.task for call in outstanding(self.state)} == self.waiting
        assert all(self.armed[timer.timer] == timer.at for timer in timers(self.state))

    # what tests look at

    @property
    def status(self) -> str:
        assert self.state is not None
        return str(self.state.status)

    @property
    def output(self) -> Any:
        assert self.state is not None
        assert self.state.status == "SUCCEEDED", (self.state.error, self.state.cause)
        return self.state.output

    @property
    def error(self) -> str | None:
        assert self.state is not None
        return self.state.error

    @property
    def cause(self) -> str:
        assert self.state is not None
        return self.state.cause or ""

    @property
    def types(self) -> list[str]:
        return [event.type for event in self.events]

    def of(self, type: str) -> list[HistoryEvent]:
        return [event for event in self.events if event.type == type]

    @property
    def chain(self) -> list[tuple[int, int, str]]:
        return [(event.id, event.previous_id, event.type) for event in self.events]


def task(**more: Any) -> dict[str, Any]:
    end = {} if "Next" in more else {"End": True}
    return {"Type": "Task", "Resource": SERVICE, **end, **more}


def definition(first: str, **states: Any) -> dict[str, Any]:
    return {"QueryLanguage": "JSONata", "StartAt": first, "States": states}


Make = Callable[..., World]


@pytest.fixture
def world() -> Make:
    """`world(answers, **states)`: a machine of these states that begins with the first."""

    def make(
        answers: Answers | None = None, *, limits: bool = True, timeout: int | None = None, **states: Any
    ) -> World:
        whole = definition(next(iter(states)), **states) | ({} if timeout is None else {"TimeoutSeconds": timeout})
        return World(parse(whole, limits=limits), answers or {})

    return make


@pytest.fixture(scope="session")
def asl() -> Any:
    """The words of these tests, for those that need more than `world`."""

    class Words:
        World, Problem, After, NEVER, SERVICE, START = World, Problem, After, NEVER, SERVICE, START
        task, definition = staticmethod(task), staticmethod(definition)

    return Words
