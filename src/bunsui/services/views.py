"""What services hand to faces: frozen data, ready to be shown or printed as JSON. No ports, no I/O."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from bunsui.analysis.progress import OperationView
from bunsui.analysis.run import Operation
from bunsui.analysis.tree import ExecutionTree as ExecutionTree
from bunsui.analysis.ways import Action as Action
from bunsui.analysis.ways import Ask as Ask
from bunsui.analysis.ways import Items as Items
from bunsui.analysis.ways import RecoveryPlan as RecoveryPlan
from bunsui.analysis.ways import Way as Way
from bunsui.model.check import Check as Check
from bunsui.model.history import Execution
from bunsui.model.json import Json
from bunsui.model.log import LogLine
from bunsui.model.session import Session
from bunsui.model.status import SessionStatus


@dataclass(frozen=True, slots=True)
class Place:
    """Where a QUEUED session stands: of so many that wait for a pool (or for their own pipeline), and why.

    `starts` is an estimate, in seconds since the epoch; None: it cannot be told, since nothing is known of how long
    sessions of the pipelines `unknown` take, or since nobody is admitted.
    """

    session: str
    pool: str
    position: int  # from 1
    waiting: int
    since: float
    why: str
    starts: float | None = None
    owner: str = ""
    unknown: tuple[str, ...] = ()
    priority: int = 0
    slots: int = 1


@dataclass(frozen=True, slots=True)
class PoolView:
    """A pool at a moment. `running` sessions hold `used` of its slots."""

    name: str
    slots: int | None
    used: int
    running: int
    waiting: int
    drained: bool


@dataclass(frozen=True, slots=True)
class HeldSlots:
    """What a session holds of a pool. `status` None: the session is no more."""

    session: str
    pipeline: str
    owner: str
    slots: int
    since: float
    status: SessionStatus | None
    running: bool


@dataclass(frozen=True, slots=True)
class PoolPage:
    """A pool with who holds its slots (the longest first) and its queue in order."""

    pool: PoolView
    held: tuple[HeldSlots, ...]
    queue: tuple[Place, ...]


@dataclass(frozen=True, slots=True)
class SessionPage:
    """Some sessions, newest first. `next` is what to pass as `after` for more (None: that was all).

    `places` are those of sessions that wait, by their ids.
    """

    sessions: tuple[Session, ...]
    next: str | None = None
    places: Mapping[str, Place] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class LiveProgress:
    """What a running task last said of itself (`task.progress`)."""

    done: float
    total: float | None
    note: str
    at: float


@dataclass(frozen=True, slots=True)
class SessionView:
    """A session at a moment: its record, every operation (nested ones as ``parent.child``), what tasks say.

    `lines` are the last of its log, if asked for. `execution` is the last one (None before the first start).
    """

    session: Session
    operations: tuple[OperationView, ...]
    progress: Mapping[str, LiveProgress] = field(default_factory=dict)  # by operation, or operation[item]
    execution: Execution | None = None
    approvals: tuple[Approval, ...] = ()
    lines: tuple[LogLine, ...] = ()
    place: Place | None = None  # of one that is QUEUED


@dataclass(frozen=True, slots=True)
class RunView:
    """One execution of a session in all detail: its history, and every operation with its tries and what it was given.

    `usual` are the seconds that operations took in earlier sessions of the pipeline.
    """

    session: str
    number: int
    tree: ExecutionTree
    operations: tuple[Operation, ...]
    usual: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Approval:
    """An approval operation that waits for a person. `operation` has its path (``parent.child``) when nested."""

    session: str
    operation: str
    message: str
    since: float
    token: str


ResumePlan = Way


@dataclass(frozen=True, slots=True)
class Recovery:
    """What somebody, or a policy, did about a session. `status` and what follows: how it ended (None: not yet)."""

    number: int
    action: str
    who: str
    when: str  # RFC 3339, UTC
    why: str
    operations: tuple[str, ...]  # that were named
    before: Mapping[str, Json]
    after: Mapping[str, Json]
    status: str | None = None
    reason: str = ""
    ended: str | None = None
    worked: bool | None = None
    policy: Mapping[str, Json] = field(default_factory=dict)  # what a policy went by; empty: a person did it


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a session ended, for the last lines of `run`: its outputs, and where its files lie."""

    outputs: Json
    files: tuple[tuple[str, str], ...] = ()  # (key, address)
    logs: str = ""
    report: str = ""  # the address of the last one; empty if there is none
    left: str = ""  # why it was not recovered by itself; empty if its pipeline has no policy
