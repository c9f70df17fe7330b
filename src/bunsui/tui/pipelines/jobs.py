"""What the screens of pipelines ask of the loader's threads. Each job reads a bounded part."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from bunsui.model.pipeline import Pipeline
from bunsui.services.pipelines.views import LoadedConfig, PipelineVersion, Preview
from bunsui.tui.loader import Job
from bunsui.tui.messages import Told
from bunsui.tui.pipelines import addresses, drawing, typing
from bunsui.tui.pipelines.messages import (
    Differs,
    Fitting,
    Looked,
    Pipelines,
    Previous,
    Ran,
    ReadyToRun,
    TextOf,
    Versions,
)
from bunsui.workspace import Workspace

RUNS = 24  # sessions of a pipeline that are looked at
_LATELY = 300  # sessions of the home, for pipelines that are not registered
_OF_VERSIONS = 100  # sessions of a pipeline, for the code that its versions ran with


def known(workspace: Workspace) -> Told:
    registered = tuple(workspace.pipelines.list())
    names = {one.name for one in registered}
    lately = workspace.sessions.list(limit=_LATELY).sessions
    others = {one.pipeline: addresses.file_of(one) for one in reversed(lately) if one.pipeline not in names}
    return Pipelines(registered, others)


def ran(names: Sequence[str]) -> Job:
    return lambda workspace: Ran({name: workspace.sessions.list(pipeline=name, limit=RUNS).sessions for name in names})


def text(name: str) -> Job:
    return lambda workspace: TextOf(workspace.pipelines.show(name)[1])


def looked(source: str, *, registered: bool) -> Job:
    def job(workspace: Workspace) -> Told:
        pipelines = workspace.pipelines
        config: LoadedConfig = pipelines.registered(source) if registered else pipelines.load_config(source)
        version: PipelineVersion | None = pipelines.show(source)[0] if registered else None
        nodes = tuple(drawing.nodes(config.pipeline, config.text))
        preview: Preview | None = pipelines.forecast(config) if config.pipeline is not None else None
        return Looked(source, config, version, nodes, preview)

    return job


def versions(name: str) -> Job:
    def job(workspace: Workspace) -> Told:
        found = tuple(workspace.pipelines.versions(name))
        code: dict[int, dict[str, None]] = {}
        for session in workspace.sessions.list(pipeline=name, limit=_OF_VERSIONS).sessions:
            if session.version is not None:
                digests = code.setdefault(session.version, {})
                digests.update((ref.code_sha256, None) for ref in reversed(session.executions) if ref.code_sha256)
        return Versions(found, {version: tuple(digests) for version, digests in code.items()})

    return job


def differs(pair: Callable[[], tuple[str, str] | None]) -> Job:
    """Of the two that are meant by the time that it is looked."""

    def job(workspace: Workspace) -> Told | None:
        meant = pair()
        return Differs(workspace.pipelines.compare(*meant)) if meant else None

    return job


def looked_to_run(source: str) -> Job:
    """A registered version. What is not valid is refused with its problems."""
    return lambda workspace: ReadyToRun(source, workspace.pipelines.load(source)[0])


def fitting(pipeline: Pipeline, typed: Callable[[], Mapping[str, str]]) -> Job:
    """By the rules that a run is bound with."""

    def job(_: Workspace) -> Told:
        from bunsui.definition import complaints

        texts = dict(typed())
        return Fitting(texts, complaints(pipeline.params, texts))

    return job


def previous(pipeline: Pipeline) -> Job:
    def job(workspace: Workspace) -> Told | None:
        found = workspace.sessions.list(pipeline=pipeline.name, limit=1).sessions
        return Previous(found[0].id, typing.previous(pipeline, found[0].params)) if found else None

    return job
