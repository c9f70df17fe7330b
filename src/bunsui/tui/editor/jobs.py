"""What the editor asks of the loader's threads: to read, check, complete, save and register a file."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from bunsui.errors import Conflict, InvalidInput, NotFound
from bunsui.services.pipelines.desk import Draft
from bunsui.text.language import _
from bunsui.tui.editor.messages import Checked, Compared, Made, Newest, Offered, Opened, Saved, Shown, Stale, Stored
from bunsui.tui.loader import Job
from bunsui.tui.messages import Told
from bunsui.tui.pipelines import drawing
from bunsui.tui.pipelines.addresses import near
from bunsui.workspace import Workspace


@dataclass(slots=True)
class Wanted:
    """The text as it is now, for jobs: the newest counts, whatever it was when the job was asked for."""

    path: str = ""
    text: str = ""
    edition: int = 0
    columns: int = 0  # that the graph may take; 0: it is not seen
    line: int = 0
    column: int = 0


def opened(path: str) -> Job:
    """What is not there is a file to be written."""

    def job(workspace: Workspace) -> Told:
        try:
            return Opened(workspace.desk.open(path))
        except NotFound:
            return Opened(Draft(path))

    return job


def checked(wanted: Wanted) -> Job:
    def job(workspace: Workspace) -> Told:
        edition, text, columns = wanted.edition, wanted.text, wanted.columns
        found = workspace.desk.check(text, wanted.path or "pipeline.yaml")
        nodes = drawing.nodes(found.pipeline, text)
        graph = tuple(drawing.graph(nodes, columns)) if columns else ()
        return Checked(edition, found.problems, found.pipeline, len(nodes), graph)

    return job


def offered(wanted: Wanted) -> Job:
    def job(workspace: Workspace) -> Told:
        from bunsui.definition.completion import complete

        edition, line = wanted.edition, wanted.line
        return Offered(edition, line, complete(wanted.text, line, wanted.column))

    return job


def saved(draft: Draft, text: str) -> Job:
    def job(workspace: Workspace) -> Told:
        try:
            return Saved(workspace.desk.save(draft, text))
        except Conflict:
            return Stale(_theirs(workspace, draft.path))

    return job


def saved_over(draft: Draft, text: str) -> Job:
    """Whatever the file holds by now."""

    def job(workspace: Workspace) -> Told:
        try:
            there = workspace.desk.open(draft.path)
        except NotFound:
            there = Draft(draft.path, bom=draft.bom)
        return Saved(workspace.desk.save(there, text))

    return job


def looked(draft: Draft) -> Job:
    """Whether the file is still as it was read."""

    def job(workspace: Workspace) -> Told | None:
        if not draft.sha256 or workspace.desk.is_as_read(draft):
            return None
        return Stale(_theirs(workspace, draft.path))

    return job


def _theirs(workspace: Workspace, path: str) -> str | None:
    try:
        return workspace.desk.open(path).text
    except (NotFound, InvalidInput):
        return None


def compared(theirs: str, mine: str, path: str) -> Job:
    def job(workspace: Workspace) -> Told:
        from bunsui.services.pipelines.comparing import compare

        names = (path, _("what you wrote"))
        return Compared(compare(workspace.desk.check(theirs, path), workspace.desk.check(mine, path), names))

    return job


def newest(path: str) -> Job:
    """What registering the file would do."""

    def job(workspace: Workspace) -> Told:
        name = workspace.pipelines.preview(path).pipeline.name
        try:
            version, _text = workspace.pipelines.show(name)
        except NotFound:
            return Newest(name, None)
        return Newest(name, version, workspace.pipelines.compare(name, path))

    return job


def registered(path: str) -> Job:
    def job(workspace: Workspace) -> Told:
        return Stored(workspace.pipelines.register(path))

    return job


def shown(template: Callable[[], str]) -> Job:
    def job(_: Workspace) -> Told:
        from bunsui.services.pipelines import scaffold

        name = template()
        return Shown(name, scaffold.pipeline_text(name, "my-pipeline"))

    return job


def made(folder: str, template: str) -> Job:
    def job(workspace: Workspace) -> Told:
        from bunsui.services.pipelines import scaffold

        written, kept = scaffold.create(Path(workspace.desk.full(folder)), template)
        return Made(near(str(written[0])), tuple(map(str, kept)))

    return job
