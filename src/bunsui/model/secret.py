"""A secret as a pipeline names it. In a module of its own: the supervisor of tasks needs no more of the model.

What it stands for is looked up by `local.supervisor.environment`.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Secret:
    """A reference such as ``env:NAME``, resolved only where a task starts. The value is never in a model."""

    ref: str
