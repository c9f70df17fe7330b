"""The done set of an execution, rebuilt from its history, and the input of the execution that goes on from it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from bunsui.model.json import Json


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What is known done. `resume` holds ok and skipped records whose ancestors are all ok or skipped.

    `partial` holds outputs of fan-out items by index; `children` the checkpoints of unfinished nested pipelines.
    `orphaned` names operations that completed below a failure: they are not done, and rerun at a raised generation.
    """

    resume: Mapping[str, Json] = field(default_factory=dict)
    partial: Mapping[str, Mapping[str, Json]] = field(default_factory=dict)
    children: Mapping[str, Checkpoint] = field(default_factory=dict)
    orphaned: tuple[str, ...] = ()
