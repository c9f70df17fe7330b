"""What the screens of errors ask for, as jobs for the reading thread, and the messages that they answer with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bunsui.errors import NotFound
from bunsui.model.session import Session
from bunsui.services.errors.views import AlikePage, ErrorPage
from bunsui.tui.loader import Job
from bunsui.tui.messages import Told
from bunsui.workspace import Workspace

PAGE = 50


@dataclass(eq=False)
class Groups(Told):
    page: ErrorPage
    after: str | None  # where it began (None: with the newest)


@dataclass(eq=False)
class Group(Told):
    """`sessions`: as they are now; one that is no more is not in it."""

    page: AlikePage
    sessions: Mapping[str, Session]
    after: str | None


def groups(after: str | None = None) -> Job:
    return lambda workspace: Groups(workspace.errors.groups(limit=PAGE, after=after), after)


def group(fingerprint: str, after: str | None = None) -> Job:
    def job(workspace: Workspace) -> Told:
        page = workspace.errors.alike(fingerprint, limit=PAGE, after=after)
        return Group(page, _sessions(workspace, page), after)

    return job


def _sessions(workspace: Workspace, page: AlikePage) -> dict[str, Session]:
    found: dict[str, Session] = {}
    for id in dict.fromkeys(one.session for one in page.failures):
        try:
            found[id] = workspace.sessions.get(id)
        except NotFound:
            continue
    return found
