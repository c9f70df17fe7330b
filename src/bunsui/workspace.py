"""A workspace wires the services to a backend: all that an entry point holds.

from bunsui.settings import load
from bunsui.workspace import open_workspace

with open_workspace(load()) as workspace:
    session = workspace.run("flights.yaml", {"month": 2})
    print(workspace.sessions.wait(session.id).status)
"""

from __future__ import annotations

from collections.abc import Mapping
from types import TracebackType
from typing import Self

from bunsui.model.json import Json
from bunsui.model.session import Session
from bunsui.services.doctor import Doctor
from bunsui.services.pipelines import PipelineManager
from bunsui.services.sessions import SessionManager
from bunsui.settings import Settings


class Workspace:
    """Close it (or leave its `with`) to release the engine: other work that is still open is handed on."""

    pipelines: PipelineManager
    sessions: SessionManager
    doctor: Doctor

    def run(self, source: str, params: Mapping[str, Json] | None = None, *, name: str | None = None) -> Session:
        """Start a pipeline; it is running when this returns."""
        return self.pipelines.run(source, params, name=name)

    def detach(self) -> None:
        """Let a background engine go on with what is open; call it before closing."""
        raise NotImplementedError

    def close(self) -> None:
        raise NotImplementedError

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def open_workspace(settings: Settings, *, host_engine: bool = True) -> Workspace:
    """Open the home. With `host_engine`, the engine runs in this process if no other process hosts it.

    Without it, commands wait for (or start) a background engine.
    """
    raise NotImplementedError
