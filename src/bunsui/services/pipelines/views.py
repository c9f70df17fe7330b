"""What PipelineManager hands to faces: a file as it was checked, what it would do, its registered versions."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from bunsui.model.forecast import Forecast
from bunsui.model.pipeline import Pipeline
from bunsui.model.problem import Place, Problem, Severity


@dataclass(frozen=True, slots=True)
class Preview:
    """What a pipeline would do, before it runs. `problems` are warnings."""

    pipeline: Pipeline
    problems: tuple[Problem, ...]
    forecast: Forecast


@dataclass(frozen=True, slots=True)
class LoadedConfig:
    """A pipeline file as read and checked: `pipeline` is None when a problem is an error."""

    source: str
    text: str
    problems: tuple[Problem, ...]
    pipeline: Pipeline | None = None
    version: int | None = None  # of a registered pipeline


@dataclass(frozen=True, slots=True)
class PipelineVersion:
    """A registered version. Its text lies at ``pipelines/<name>/<sha256>.yaml`` in the object store."""

    name: str
    version: int
    sha256: str
    source: str
    folder: str
    description: str
    owner: str
    created: str  # RFC 3339, UTC


@dataclass(frozen=True, slots=True)
class Comparison:
    """`operations` by name, with the keys that changed (``new`` or ``gone`` for itself; "": the pipeline).

    None: one of the two is not valid (any more). `lines` are those of a unified diff, without its heads.
    """

    before: str
    after: str
    lines: tuple[str, ...]
    operations: Mapping[str, tuple[str, ...]] | None = None
    too_long: bool = False

    @property
    def same(self) -> bool:
        return not self.lines and not self.too_long


def is_machine(source: str) -> bool:
    """Whether it is a state machine that somebody else made: what is registered is its definition."""
    return source.startswith("arn:")


def adopted(version: PipelineVersion, text: str) -> LoadedConfig:
    """Such a one as it can be shown, laid out; that it is not run from here is a warning."""
    message = f"{version.name} is an adopted state machine: it is watched, analysed and redriven, not run from here."
    hint = f"Make a pipeline of it: bunsui pipeline import {version.source}"
    warning = Problem(Place(version.source), message, hint, Severity.WARNING)
    definition = json.loads(text)
    shown = json.dumps(definition, indent=2, ensure_ascii=False)
    pipeline = Pipeline(
        name=version.name,
        operations={},
        description=version.description,
        definition=definition,
        source=version.source,
        text=shown,
        sha256=version.sha256,
    )
    return LoadedConfig(version.source, shown, (warning,), pipeline, version.version)
