"""What browsing asks of the loader's threads: a folder's entries, and what a file would be as a pipeline."""

from __future__ import annotations

from collections.abc import Callable

from bunsui.errors import BunsuiError
from bunsui.tui.load.messages import Found, Listed, Peeked
from bunsui.tui.loader import Job
from bunsui.tui.messages import Told
from bunsui.tui.pipelines import drawing
from bunsui.tui.pipelines.messages import Looked
from bunsui.workspace import Workspace


def listed(address: str, after: str = "") -> Job:
    """A page, from where the page before said that it goes on."""
    return lambda workspace: Listed(address, workspace.desk.entries(address, after), after)


def found(address: str) -> Job:
    def job(workspace: Workspace) -> Told:
        return Found(workspace.desk.full(address), workspace.desk.is_folder(address))

    return job


def peeked(wanted: Callable[[], str]) -> Job:
    """The file that is marked by the time that it is looked."""

    def job(workspace: Workspace) -> Told | None:
        address = wanted()
        if not address:
            return None
        try:
            config = workspace.pipelines.load_config(address)
        except BunsuiError as error:
            return Peeked(address, None, f"{error}. {error.hint}")
        return Peeked(address, Looked(address, config, None, tuple(drawing.nodes(config.pipeline, config.text)), None))

    return job
