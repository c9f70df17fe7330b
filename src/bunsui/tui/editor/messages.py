"""What the editor is told by the loader's threads."""

from __future__ import annotations

from dataclasses import dataclass

from bunsui.definition.completion import Completion
from bunsui.model.pipeline import Pipeline
from bunsui.model.problem import Problem
from bunsui.services.pipelines.desk import Draft
from bunsui.services.pipelines.views import Comparison, PipelineVersion
from bunsui.tui.messages import Told


@dataclass(eq=False)
class Opened(Told):
    draft: Draft


@dataclass(eq=False)
class Checked(Told):
    """What a text means. `edition` says which one it was; `graph` is drawn, from a sketch where it is not valid."""

    edition: int
    problems: tuple[Problem, ...]
    pipeline: Pipeline | None
    operations: int
    graph: tuple[str, ...] = ()


@dataclass(eq=False)
class Offered(Told):
    edition: int
    line: int
    completion: Completion


@dataclass(eq=False)
class Saved(Told):
    draft: Draft


@dataclass(eq=False)
class Stale(Told):
    """The file is not as it was read. `theirs` is what it holds now; None: it is gone."""

    theirs: str | None


@dataclass(eq=False)
class Compared(Told):
    comparison: Comparison


@dataclass(eq=False)
class Stored(Told):
    """Registered as this version."""

    version: PipelineVersion


@dataclass(eq=False)
class Newest(Told):
    """What registering a file would do: nothing is registered yet under the name (None), or this."""

    name: str
    newest: PipelineVersion | None
    comparison: Comparison | None = None


@dataclass(eq=False)
class Made(Told):
    """A new pipeline was written from a template; `kept` were there and stay."""

    path: str
    kept: tuple[str, ...] = ()


@dataclass(eq=False)
class Shown(Told):
    template: str
    text: str
