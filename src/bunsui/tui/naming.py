"""The names that a person may type or choose: recent sessions, registered pipelines. Offering them is `prompt`'s."""

from __future__ import annotations

from bunsui.tui.messages import Known
from bunsui.workspace import Workspace

_RECENT = 50  # sessions


def names(workspace: Workspace) -> Known:
    recent = workspace.sessions.list(limit=_RECENT).sessions
    return Known(
        sessions=tuple((one.id, f"{one.status}  {one.pipeline}") for one in recent),
        pipelines=tuple((one.name, one.description or one.source) for one in workspace.pipelines.list()),
    )
