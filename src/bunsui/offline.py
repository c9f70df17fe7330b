"""Pipelines without sessions: files are checked, previewed and compiled without loading what only sessions take.

It is the light door beside `workspace`, which is opened here only for what is registered.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import cache

from bunsui.model.conformance import Conformance
from bunsui.services.addressed import AddressedFiles
from bunsui.services.pipelines.manager import PipelineManager, Starts
from bunsui.services.surroundings import surroundings
from bunsui.services.wiring import Ports, RemoteFiles
from bunsui.settings import Settings


@contextmanager
def open_pipelines(settings: Settings) -> Iterator[PipelineManager]:
    """The home's pipelines; the home itself is opened when something registered is asked for."""
    with ExitStack() as opened:

        @cache
        def home() -> tuple[Ports, Starts]:
            from bunsui.workspace import open_workspace

            workspace = opened.enter_context(open_workspace(settings, host_engine=False))
            return workspace.ports, workspace.sessions

        @cache
        def remote() -> RemoteFiles:
            from bunsui.backend import remote_files

            return remote_files(settings)

        files = AddressedFiles(remote)
        yield PipelineManager(lambda: home()[0], lambda: home()[1], files, surroundings(settings.owner))


def conformance(folder: str) -> Conformance:
    """Recorded executions of AWS in a folder, run by the local interpreter. Raises NotFound and InvalidInput."""
    from bunsui.aws.mock_shapes import problem
    from bunsui.local.conformance.scores import conformance as of

    return of(folder, problem)
