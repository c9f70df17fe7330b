"""What a recovery is decided from and what comes of it: facts of a session, ways out, the plan of them all.

Records only; how they come about is in `recovery`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from bunsui.analysis.checkpoint import Checkpoint
from bunsui.analysis.edits import Digests
from bunsui.analysis.seen import Seen
from bunsui.analysis.shape import Shape
from bunsui.model.history import Execution
from bunsui.model.json import Json
from bunsui.model.pipeline import Pipeline
from bunsui.model.status import SessionStatus


class Action(StrEnum):
    REDRIVE = "redrive"  # the same execution goes on from its failed states
    RESUME = "resume"  # a new execution keeps what completed
    EDITED = "edited"  # a resume with the pipeline as it is written now
    FROM = "from"  # a restart that keeps only what the named operations need
    RERUN = "rerun"  # a resume in which the named operations, and all below them, run again
    SKIP = "skip"  # a resume in which the named operations count as done, with given outputs
    RESTART = "restart"  # a new execution from nothing
    CANCEL = "cancel"


@dataclass(frozen=True, slots=True)
class Edit:
    """The pipeline as it is written now. `problem` says why it cannot be used; then there is no pipeline."""

    pipeline: Pipeline | None = None
    version: int | None = None
    shapes: tuple[Shape, ...] = ()
    digests: Digests = field(default_factory=dict)
    params: Mapping[str, Json] = field(default_factory=dict)
    dropped: tuple[str, ...] = ()  # parameters of the session that it no longer has
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a session. `past` are seconds of its operations as they took in earlier sessions.

    `digests` are of the pipeline that the last execution ran, None when they were not kept.
    """

    session: str
    status: SessionStatus
    recoveries: int
    shapes: tuple[Shape, ...]
    known: Checkpoint
    seen: Seen = Seen()
    execution: Execution | None = None
    generations: Mapping[str, int] = field(default_factory=dict)
    began: frozenset[str] = frozenset()  # in any execution
    past: Mapping[str, float] = field(default_factory=dict)
    digests: Digests | None = None
    edit: Edit | None = None
    mended: bool = False  # its code, or the pipeline, is not what the last execution ran

    @property
    def raw(self) -> bool:
        return any(shape.raw for shape in self.shapes)


@dataclass(frozen=True, slots=True)
class Ask:
    """Operations that a person named for a way out that needs some."""

    names: tuple[str, ...] = ()
    outputs: Mapping[str, Json] = field(default_factory=dict)  # of operations to be skipped


@dataclass(frozen=True, slots=True)
class Items:
    """Of a fan-out that runs again: items whose outputs are kept, and how many run (None: not known yet)."""

    kept: int
    again: int | None


@dataclass(frozen=True, slots=True)
class Way:
    """A way out. `why` says why it is not possible. Unless something fails again, exactly `rerun` runs.

    `again` are those of them that had begun before, `raised` those that had completed (they get a new idempotency
    key). `inside` are operations of unfinished nested pipelines that are kept. `choices`: what may be named.
    """

    action: Action
    session: str
    recoveries: int  # how many there were when this was planned
    possible: bool = True
    why: str = ""
    names: tuple[str, ...] = ()
    choices: tuple[str, ...] = ()
    rerun: tuple[str, ...] = ()
    reused: tuple[str, ...] = ()
    again: tuple[str, ...] = ()
    raised: tuple[str, ...] = ()
    skipped: tuple[str, ...] = ()  # by their rule or because what they need is
    maybe: tuple[str, ...] = ()  # of `rerun`: only if a `when` holds
    inside: tuple[str, ...] = ()
    items: Mapping[str, Items] = field(default_factory=dict)
    changes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    delicate: tuple[str, ...] = ()  # of `rerun`: had begun, and are not idempotent
    warnings: tuple[str, ...] = ()
    seconds: float | None = None
    untimed: tuple[str, ...] = ()  # of `rerun`: never timed, so not in `seconds`
    transitions: int | None = None
    cost: float | None = None  # dollars, on AWS
    checkpoint: Checkpoint = Checkpoint()
    generations: Mapping[str, int] = field(default_factory=dict)
    edit: Edit | None = None


@dataclass(frozen=True, slots=True)
class RecoveryPlan:
    """`suggested` is the way that throws nothing away, None when there is nothing to recover, or it did not help.

    `advice`: what is known of the failures.
    """

    session: str
    status: SessionStatus
    ways: tuple[Way, ...]
    suggested: Action | None = None
    advice: tuple[str, ...] = ()

    def way(self, action: Action) -> Way:
        return next(way for way in self.ways if way.action is action)
