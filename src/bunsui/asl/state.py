"""The state of an execution: a flat set of frames, one for each machine, branch or iteration that runs, with the state
it is in. How it changes is in `advance`; here is how it is stored, folded and asked for what it waits for."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from operator import attrgetter
from typing import Any, Final, cast

from bunsui.asl import limits
from bunsui.asl.effects import CallTask, Timer
from bunsui.model.json import Json
from bunsui.model.status import ExecutionStatus

# What a frame is doing. RUNNING lasts only within a step.
RUNNING: Final = "running"
TASK: Final = "task"  # a task was called
WAIT: Final = "wait"
RETRY: Final = "retry"  # waits for the next attempt
PARKED: Final = "parked"  # the next state is to be entered in the next step
CHILDREN: Final = "children"  # branches or iterations run
DONE: Final = "done"
FAILED: Final = "failed"
ABORTED: Final = "aborted"

ENDED: Final = frozenset({DONE, FAILED, ABORTED})
TIMED: Final = frozenset({WAIT, RETRY, PARKED})

ROOT: Final = "0"


@dataclass(slots=True)
class Frame:
    """A running machine, branch or iteration, and the state that it is in.

    The id is the parent's id, a dot and the index: ``0`` is the machine, ``0.2`` the third branch of the state that
    it is in. Frames are changed only within a step, on a copy of its own; payloads in them are shared, never copied.
    """

    id: str
    scope: str = ""  # key of its machine in `Machine.scopes`
    phase: str = RUNNING
    last: int = 0  # the event that the next one follows
    variables: dict[str, Json] = field(default_factory=dict)  # its own; those of its parents are seen too
    iteration: bool = False
    item: Json = None  # the Map's item, in an iteration
    # the state it is in
    state: str = ""
    entered: int = 0  # id of the StateEntered event; 0 when not entered yet
    before: int = 0  # what StateEntered follows
    since: float = 0.0
    input: Json = None
    retries: list[int] = field(default_factory=list)  # one counter a retrier
    # the task it waits for
    task: str = ""
    resource: str = ""
    arguments: Json = None
    submitted: bool = False
    timeout: float | None = None
    heartbeat: float | None = None
    beat: float | None = None  # when the heartbeat is missed
    due: float | None = None  # when the task times out, or the waiting ends
    # the branches or iterations it waits for
    items: list[Json] | None = None
    total: int = 0
    started: int = 0
    finished: int = 0
    concurrency: int = 0  # 0: no bound
    failed: int = 0  # of a distributed Map: how many of its iterations failed
    tolerated: int = 0  # and how many may
    silent: bool = False  # in a distributed Map: its events are not the execution's, its numbers are its own
    # how it ended
    output: Json = None
    error: str | None = None
    cause: str | None = None

    @property
    def parent(self) -> str:
        return self.id.rpartition(".")[0]

    @property
    def index(self) -> int:
        return int(self.id.rpartition(".")[2])

    @property
    def retry_count(self) -> int:
        return sum(self.retries)

    def copy(self) -> Frame:
        return Frame(self.id, *_values(self))


FRAME_FIELDS: Final = tuple(f.name for f in fields(Frame) if f.name != "id")
_values: Final = attrgetter(*FRAME_FIELDS)
_DEFAULTS: Final = _values(Frame(""))


@dataclass(frozen=True, slots=True)
class State:
    """Never changed: `advance` and `fold` give a new one that shares what stayed the same."""

    arn: str
    name: str
    machine_arn: str
    machine_name: str
    input: Json
    seed: str
    started: float
    status: ExecutionStatus = ExecutionStatus.RUNNING
    output: Json = None
    error: str | None = None
    cause: str | None = None
    ended: float | None = None
    redrive_count: int = 0
    events: int = 0  # id of the last event
    deadline: float | None = None
    frames: Mapping[str, Frame] = field(default_factory=dict)

    def to_json(self) -> dict[str, Json]:
        """The whole state, for a snapshot; values are the very objects of the state."""
        plain = {name: cast(Json, getattr(self, name)) for name in _FIXED + CHANGING}
        return {**plain, "frames": {f.id: changes(None, f) for f in in_order(self.frames)}}

    @staticmethod
    def from_json(value: Mapping[str, Json]) -> State:
        plain = {name: _typed(name, value[name]) for name in _FIXED + CHANGING}
        frames = cast(Mapping[str, Mapping[str, Json]], value["frames"])
        return State(**plain, frames={id: changed(None, id, f) for id, f in frames.items()})

    def advanced(self, events: int, frames: Mapping[str, Frame]) -> State:
        """With other events and frames: what `replace` would give, and most steps want."""
        values: tuple[Any, ...] = (*_until_events(self), events, self.deadline, frames)
        return State(*values)


_FIXED: Final = ("arn", "name", "machine_arn", "machine_name", "input", "seed", "started")
CHANGING: Final = ("status", "output", "error", "cause", "ended", "redrive_count", "events", "deadline")


_until_events: Final = attrgetter(*_FIXED, *CHANGING[:-2])  # in the order of the fields
_changing: Final = attrgetter(*CHANGING)


def _typed(name: str, value: Json) -> Any:  # the field's own type: statuses are strings in JSON
    return ExecutionStatus(cast(str, value)) if name == "status" else value


def in_order(frames: Mapping[str, Frame]) -> list[Frame]:
    """By place in the tree. The order of the mapping itself depends on how it came about, and means nothing."""
    return sorted(frames.values(), key=lambda frame: [int(part) for part in frame.id.split(".")])


def changes(old: Frame | None, new: Frame) -> dict[str, Json]:
    """The fields of `new` that differ from `old` (or from the defaults)."""
    former = _DEFAULTS if old is None else _values(old)
    return {
        name: value
        for name, value, before in zip(FRAME_FIELDS, _values(new), former, strict=True)
        if value is not before and _other(value, before)
    }


def _other(value: Any, former: Any) -> bool:
    """Another JSON text: to Python 1, 1.0 and True are equal, also deep within."""
    return bool(value != former) or limits.text(value) != limits.text(former)


def changed(old: Frame | None, id: str, fields_: Mapping[str, Json]) -> Frame:
    frame = Frame(id) if old is None else old.copy()
    for name, value in fields_.items():
        setattr(frame, name, value)
    return frame


def delta(old: State | None, new: State, touched: Iterator[str] | list[str]) -> dict[str, Json]:
    """What `fold` needs to make `new` out of `old`: JSON-able, with the payloads as the objects they are."""
    found: dict[str, Json] = {}
    if old is None:
        found["start"] = {name: getattr(new, name) for name in _FIXED}
    set_ = {
        name: value
        for name, value, before in zip(
            CHANGING, _changing(new), _UNCHANGED if old is None else _changing(old), strict=True
        )
        if value is not before and _other(value, before)
    }
    former = {} if old is None else old.frames
    frames = {id: changes(former.get(id), new.frames[id]) for id in touched if id in new.frames}
    gone = sorted(id for id in touched if id in former and id not in new.frames)
    for key, part in (("set", set_), ("frames", {id: c for id, c in frames.items() if c or id not in former})):
        if part:
            found[key] = cast(Json, part)
    if gone:
        found["gone"] = cast(Json, gone)
    return found


_UNCHANGED: Final = tuple(f.default for f in fields(State) if f.name in CHANGING)


def fold(state: State | None, delta: Mapping[str, Json]) -> State:
    """Apply a step's delta. Evaluates nothing, so an upgrade cannot change the past."""
    if state is None:
        state = State(**cast("dict[str, Any]", delta["start"]))
    if not delta:
        return state
    plain = {name: _typed(name, value) for name, value in cast("dict[str, Json]", delta.get("set", {})).items()}
    frames = dict(state.frames)
    for id in cast("list[str]", delta.get("gone", [])):
        del frames[id]
    for id, fields_ in cast("dict[str, dict[str, Json]]", delta.get("frames", {})).items():
        frames[id] = changed(frames.get(id), id, fields_)
    return replace(state, **plain, frames=frames)


def token_of(seed: str, task: str) -> str:
    """The task token of a `.waitForTaskToken` call."""
    digest = hashlib.sha256(f"{seed}/token/{task}".encode()).digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def call_of(state: State, frame: Frame) -> CallTask | None:
    """The task that this frame waits for."""
    if frame.phase != TASK:
        return None
    return CallTask(
        task=frame.task,
        state=frame.state,
        resource=frame.resource,
        arguments=frame.arguments,
        token=token_of(state.seed, frame.task) if frame.resource.endswith(".waitForTaskToken") else None,
        retry=frame.retry_count,
        redrive=state.redrive_count,
        timeout=frame.timeout,
        heartbeat=frame.heartbeat,
        submitted=frame.submitted,
    )


def timers_of(frame: Frame) -> tuple[Timer, ...]:
    """The timers of this frame. Ids are unique within the execution: they end in an event's id."""
    if frame.phase in TIMED and frame.due is not None:
        return (Timer(f"{frame.phase}:{frame.id}:{frame.last}", frame.due),)
    if frame.phase != TASK:
        return ()
    timeout = () if frame.due is None else (Timer(f"timeout:{frame.task}", frame.due),)
    heartbeat = () if frame.beat is None else (Timer(f"heartbeat:{frame.task}", frame.beat),)
    return timeout + heartbeat


def deadline_of(state: State) -> tuple[Timer, ...]:
    if state.deadline is None or state.status is not ExecutionStatus.RUNNING:
        return ()
    return (Timer(f"execution:{state.redrive_count}", state.deadline),)


def outstanding(state: State) -> tuple[CallTask, ...]:
    """The tasks that were called and have no result: what must run after a crash."""
    calls = (call_of(state, frame) for frame in in_order(state.frames))
    return tuple(call for call in calls if call is not None)


def timers(state: State) -> tuple[Timer, ...]:
    """The timers that are armed."""
    return deadline_of(state) + tuple(timer for frame in in_order(state.frames) for timer in timers_of(frame))
