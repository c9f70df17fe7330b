"""What people do in screens, as jobs for the doing thread: each is one call of a service."""

from __future__ import annotations

from collections.abc import Mapping

from bunsui.errors import Untrusted
from bunsui.services.views import Way
from bunsui.text.language import _
from bunsui.tui.loader import Job
from bunsui.tui.messages import Answered, Done, NotAllowed, Reported, Told
from bunsui.workspace import Workspace


def recover(way: Way) -> Job:
    return lambda workspace: Done(str(way.action), workspace.sessions.recover(way))


def cancel(session: str) -> Job:
    return lambda workspace: Done("cancel", workspace.sessions.cancel(session))


def run(source: str, texts: Mapping[str, str], trust: str = "") -> Job:
    """`texts` are parameters as typed; `trust` is the content that the person just allowed."""

    def job(workspace: Workspace) -> Told:
        try:
            return Done("run", workspace.pipelines.run(source, texts=texts, trust=trust))
        except Untrusted as error:
            return NotAllowed(error.source, error.deeds, error.sha256)

    return job


def answer(session: str, operation: str, *, approve: bool, comment: str) -> Job:
    def job(workspace: Workspace) -> Told:
        deed = workspace.sessions.approve if approve else workspace.sessions.reject
        done = deed(session, operation, comment=comment)
        told = _("{operation} is approved") if approve else _("{operation} is rejected")
        return Answered(told.format(operation=done.operation))

    return job


def report(session: str) -> Job:
    def job(workspace: Workspace) -> Told:
        address, html = workspace.reports.written(workspace.sessions.refresh(session))
        return Reported(address, len(html))

    return job
