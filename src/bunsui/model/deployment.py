"""What a deployment would change, what it did, and what there is: for whoever shows it. Made in `aws.deploy`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

STACK = "AWS::CloudFormation::Stack"  # the type of what says how a stack itself is
VERSION_LATER = "known when it is deployed"


class Deed(StrEnum):
    CREATE = "create"
    CHANGE = "change"
    REPLACE = "replace"  # another takes its place: what it held is not in the new one
    DELETE = "delete"


@dataclass(frozen=True, slots=True)
class Change:
    """Of one resource of a stack. `parts` are the properties that differ; `perhaps`: AWS decides while it does it."""

    deed: Deed
    name: str
    type: str
    parts: tuple[str, ...] = ()
    perhaps: bool = False


@dataclass(frozen=True, slots=True)
class StackPlan:
    """Of the environment itself (`pipeline` is empty), or of a pipeline.

    `operations` are those whose definition differs, with the keys; `lines` a unified diff of the pipeline's text.
    """

    stack: str
    pipeline: str
    is_new: bool
    changes: tuple[Change, ...] = ()
    permissions: tuple[str, ...] = ()  # in words
    operations: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    lines: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    code: bool = False  # only the code of its functions differs, or also


@dataclass(frozen=True, slots=True)
class DeploymentPlan:
    environment: str
    account: str
    region: str
    stacks: tuple[StackPlan, ...]
    costs: tuple[str, ...] = ()
    bunsui: str = ""  # the version that deploys
    before: str = ""  # the version that deployed it last

    @property
    def is_empty(self) -> bool:
        return not any(stack.changes for stack in self.stacks)


@dataclass(frozen=True, slots=True)
class Progress:
    """One thing that CloudFormation did: `status` in its words, `reason` where something went wrong."""

    stack: str
    name: str
    type: str
    status: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class StackState:
    stack: str
    pipeline: str
    status: str
    changed: str = ""  # RFC 3339, UTC
    reason: str = ""


@dataclass(frozen=True, slots=True)
class PipelineState:
    """`differs` says what is not as in the files of this machine: definition, code; empty where all is."""

    name: str
    version: str  # the ARN
    deployed: str
    by: str
    source: str = ""
    differs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class EnvironmentState:
    """`dead_letters` counts events that the controller gave up on, None where nobody could look."""

    name: str
    account: str
    region: str
    bunsui: str
    deployed: str
    by: str
    stacks: tuple[StackState, ...]
    pipelines: tuple[PipelineState, ...]
    dead_letters: int | None = None


@dataclass(frozen=True, slots=True)
class Contents:
    """What the end of an environment would take with it."""

    name: str
    account: str
    region: str
    stacks: tuple[str, ...]  # in the order in which they go
    machines: tuple[str, ...]
    running: int
    sessions: int
    objects: int
    bytes: int
