"""What the screens of pipelines are told by the loader's threads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bunsui.graph.layers import Node
from bunsui.model.pipeline import Pipeline
from bunsui.model.session import Session
from bunsui.services.pipelines.views import Comparison, LoadedConfig, PipelineVersion, Preview
from bunsui.tui.messages import Told


@dataclass(eq=False)
class Pipelines(Told):
    """All pipelines: the registered ones, and names of others that ran lately from files, with where these lay."""

    registered: tuple[PipelineVersion, ...]
    others: Mapping[str, str]


@dataclass(eq=False)
class Ran(Told):
    """The newest sessions of some pipelines."""

    sessions: Mapping[str, tuple[Session, ...]]


@dataclass(eq=False)
class TextOf(Told):
    """What is registered under a name."""

    text: str


@dataclass(eq=False)
class Looked(Told):
    """A file or a registered version: its text, problems and graph; what it would do if it is valid."""

    source: str
    config: LoadedConfig
    version: PipelineVersion | None
    nodes: tuple[Node, ...]
    preview: Preview | None


@dataclass(eq=False)
class ReadyToRun(Told):
    source: str
    pipeline: Pipeline


@dataclass(eq=False)
class Versions(Told):
    """Newest first. `code` are the digests of code that sessions of each version ran with, the newest first."""

    versions: tuple[PipelineVersion, ...]
    code: Mapping[int, tuple[str, ...]]


@dataclass(eq=False)
class Differs(Told):
    comparison: Comparison


@dataclass(eq=False)
class Fitting(Told):
    """Why what was typed would be refused, by parameter."""

    typed: Mapping[str, str]
    wrong: Mapping[str, str]


@dataclass(eq=False)
class Previous(Told):
    """What the pipeline's last session was given, as texts."""

    session: str
    texts: Mapping[str, str]
