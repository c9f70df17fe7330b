"""One step in the making: copies of the frames that change, the new events, and what is still to do in this step. What
the states do with it is in `simple`, `tasks`, `groups`, `leaving` and `failing`; `advance` drives."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from hashlib import blake2b

from bunsui.asl import limits
from bunsui.asl import state as phases
from bunsui.asl.language import AnyState, Guarded, Machine
from bunsui.asl.state import ENDED, Frame, State, in_order
from bunsui.asl.template import Scope
from bunsui.asl.timestamps import written
from bunsui.model.history import HistoryEvent
from bunsui.model.json import Json
from bunsui.model.status import ExecutionStatus

ROLE = "arn:aws:iam::000000000000:role/bunsui"
WHOLE: dict[str, Json] = {"truncated": False}


class HistoryFull(Exception):
    """Event 25,000 must be the end."""


# What is still to do in a step. Handlers never call each other: they leave one of these.


@dataclass(frozen=True, slots=True)
class Enter:
    """Enter a state of the frame's machine."""

    frame: str
    state: str
    input: Json


@dataclass(frozen=True, slots=True)
class Attempt:
    """Do what the state does: at its entry, for a retry, or for a redrive."""

    frame: str


@dataclass(frozen=True, slots=True)
class Failed:
    """The state that the frame is in failed.

    A fatal error ends the execution, whatever Retry and Catch say. A bare one only passes by those of this state.
    """

    frame: str
    error: str | None
    cause: str | None
    fatal: bool = False
    bare: bool = False


@dataclass(frozen=True, slots=True)
class Finished:
    """The frame's machine came to its end."""

    frame: str
    output: Json


@dataclass(frozen=True, slots=True)
class Gather:
    """Start what may start of the frame's branches or iterations after event `after`; leave when all are done."""

    frame: str
    after: int


Action = Enter | Attempt | Failed | Finished | Gather


class Run:
    """The execution while one input is worked in. `base` is never changed."""

    def __init__(self, machine: Machine, base: State, at: float) -> None:
        self.machine = machine
        self.base = base
        self.at = at
        self.state = base
        self.frames: dict[str, Frame] = dict(base.frames)
        self.touched: dict[str, None] = {}
        self.count = base.events
        self.events: list[HistoryEvent] = []
        self.todo: deque[Action] = deque()
        self.entries = 0

    # frames

    def touch(self, id: str) -> Frame:
        """This step's own copy of the frame."""
        if id not in self.touched:
            self.touched[id] = None
            self.frames[id] = self.frames[id].copy()
        return self.frames[id]

    def add(self, frame: Frame) -> Frame:
        self.touched[frame.id] = None
        self.frames[frame.id] = frame
        return frame

    def definition(self, frame: Frame) -> AnyState:
        return self.machine.state(frame.scope, frame.state)

    def children(self, frame: Frame) -> Iterator[Frame]:
        """The branches or iterations of the state that the frame is in, as far as they were started."""
        ids = (f"{frame.id}.{index}" for index in range(frame.started))
        return (self.frames[id] for id in ids if id in self.frames)

    def descendants(self, frame: Frame) -> Iterator[Frame]:
        for child in self.children(frame):
            yield child
            yield from self.descendants(child)

    def forget_children(self, frame: Frame) -> None:
        """They are over and done with: a retry or the next state begins anew."""
        gone = {child.id for child in self.descendants(frame)}
        for id in gone:
            self.touched[id] = None
            del self.frames[id]
        frame.items = None
        frame.total = frame.started = frame.finished = frame.concurrency = 0
        if any(action.frame in gone for action in self.todo):
            self.todo = deque(action for action in self.todo if action.frame not in gone)

    # events

    def emit(self, type: str, previous: int, details: dict[str, Json]) -> int:
        """Append an event; its id. Raises HistoryFull when only the end has room."""
        if self.machine.limits and self.count + 1 >= limits.MAX_EVENTS and not type.startswith("Execution"):
            raise HistoryFull
        self.count += 1
        self.events.append(HistoryEvent(self.count, previous, type, self.at, details))
        return self.count

    def follow(self, frame: Frame, type: str, details: dict[str, Json]) -> int:
        """Append an event to the frame's chain; its id. A silent frame only counts."""
        frame.last = frame.last + 1 if frame.silent else self.emit(type, frame.last, details)
        return frame.last

    def tell(self, frame: Frame, type: str, previous: int, details: dict[str, Json]) -> None:
        """Append an event of a frame beside its chain."""
        if not frame.silent:
            self.emit(type, previous, details)

    def next_id(self, frame: Frame) -> int:
        """The id that the frame's next event will have."""
        return frame.last + 1 if frame.silent else self.count + 1

    # expressions

    def scope(self, frame: Frame, **more: Json) -> Scope:
        """What the expressions of the frame's state see; `more` is result, errorOutput, or a part of the context."""
        parts: dict[str, Json] = {key: more.pop(key) for key in ("Task", "Map") if key in more}
        states: dict[str, Json] = {"input": frame.input, **more}
        return Scope(states, self.variables(frame), self.at, lambda: {**self.context(frame), **parts}, self.seed)

    def seed(self) -> int:
        """Differs at every event, the same whenever this step is made again."""
        return int.from_bytes(blake2b(f"{self.base.seed}:{self.count}".encode(), digest_size=8).digest())

    def variables(self, frame: Frame) -> Mapping[str, Json]:
        if not frame.parent or (frame.silent and not self.frames[frame.parent].silent):
            return frame.variables  # what a distributed Map starts begins anew
        outer = self.variables(self.frames[frame.parent])
        return {**outer, **frame.variables} if frame.variables else outer

    def context(self, frame: Frame) -> dict[str, Json]:
        state, found = self.state, dict[str, Json]()
        found["Execution"] = execution = dict[str, Json]()
        execution |= {
            "Id": state.arn,
            "Input": state.input,
            "Name": state.name,
            "RoleArn": ROLE,
            "StartTime": written(state.started),
        }
        if ":express:" not in state.arn:
            execution["RedriveCount"] = state.redrive_count
        found["StateMachine"] = {"Id": state.machine_arn, "Name": state.machine_name}
        entered: dict[str, Json] = {"Name": frame.state, "EnteredTime": written(frame.since)}
        if isinstance(self.definition(frame), Guarded):
            entered["RetryCount"] = frame.retry_count
        found["State"] = entered
        iteration = self.iteration(frame)
        if iteration is not None:
            found["Map"] = {"Item": {"Index": iteration.index, "Value": iteration.item}}
        return found

    def iteration(self, frame: Frame) -> Frame | None:
        """The innermost iteration that the frame runs in."""
        while frame.parent and not frame.iteration:
            frame = self.frames[frame.parent]
        return frame if frame.iteration else None

    # limits

    def too_large(self, value: Json) -> bool:
        return self.machine.limits and limits.too_large(value)

    # the end

    def end(
        self,
        status: ExecutionStatus,
        previous: int,
        output: Json = None,
        error: str | None = None,
        cause: str | None = None,
    ) -> None:
        """Append the last event; whatever still ran is aborted."""
        self.emit(*_last_event(status, previous, output, error, cause))
        self.todo.clear()
        for frame in in_order(self.frames):
            if frame.phase not in ENDED:
                self.touch(frame.id).phase = phases.ABORTED
        if status is ExecutionStatus.TIMED_OUT:
            error = None  # DescribeExecution does not tell it, the event does
        self.state = replace(self.state, status=status, output=output, ended=self.at, error=error, cause=cause)


def _last_event(
    status: ExecutionStatus, previous: int, output: Json, error: str | None, cause: str | None
) -> tuple[str, int, dict[str, Json]]:
    type = f"Execution{_ENDINGS[status]}"
    if status is ExecutionStatus.SUCCEEDED:
        return type, previous, {"output": output, "outputDetails": WHOLE}
    return type, previous, problem(error, cause)


def problem(error: str | None, cause: str | None) -> dict[str, Json]:
    """Error and cause as in events: what is missing is left out."""
    details: dict[str, Json] = {} if error is None else {"error": limits.shortened(error, limits.MAX_ERROR)}
    if cause is not None:
        details["cause"] = limits.shortened(cause)
    return details


_ENDINGS: Mapping[ExecutionStatus, str] = {
    ExecutionStatus.SUCCEEDED: "Succeeded",
    ExecutionStatus.FAILED: "Failed",
    ExecutionStatus.TIMED_OUT: "TimedOut",
    ExecutionStatus.ABORTED: "Aborted",
}


SILENT_IDS = 1_000_000
"""The ids of silent frames begin at multiples of it: those of one attempt never meet those of another."""


def executing(frame: Frame, message: str) -> str:
    """AWS's opening of a cause that the interpreter itself gives."""
    entered = frame.entered % SILENT_IDS
    return (
        f"An error occurred while executing the state '{frame.state}' (entered at the event id #{entered}). {message}"
    )
