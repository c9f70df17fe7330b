"""What a validation gives, and how it finds other files. The work is in `validator`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from bunsui.model.pipeline import Pipeline
from bunsui.model.problem import Problem, Severity


@dataclass(frozen=True, slots=True)
class Found:
    """A file that another one refers to. `folder` is what its own relative paths start from."""

    data: bytes
    source: str
    folder: str


Resolve = Callable[[str, str, str], Found | None]
"""Takes "name" (a registered pipeline) or "file", the name or path, and the folder of the file that refers to it."""


@dataclass(frozen=True, slots=True)
class Validation:
    """`pipeline` is None exactly when one of the problems is an error. Problems are in order of their places."""

    pipeline: Pipeline | None
    problems: tuple[Problem, ...] = ()

    @property
    def errors(self) -> tuple[Problem, ...]:
        return tuple(problem for problem in self.problems if problem.severity is Severity.ERROR)

    @property
    def warnings(self) -> tuple[Problem, ...]:
        return tuple(problem for problem in self.problems if problem.severity is Severity.WARNING)
