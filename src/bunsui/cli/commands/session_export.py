"""`bunsui session export`: record, definition, histories and logs in one zip file."""

from __future__ import annotations

import os
from pathlib import Path

import click

from bunsui.cli.opening import workspace
from bunsui.cli.options import context_option, output_option, session_argument
from bunsui.cli.output import Output
from bunsui.errors import Refused
from bunsui.text import escape, words


@click.command()
@session_argument
@click.argument("target", required=False, metavar="[FILE.zip]")
@click.option("--force", is_flag=True, help="Replace a file that is there.")
@context_option
@output_option
@click.pass_obj
def export(out: Output, session: str, target: str | None, force: bool) -> None:
    """Write record, history and logs to a zip file.

    Without FILE it is named after the session, in this folder.
    """
    with workspace() as opened:
        found = opened.sessions.get(session)
        path = Path(target or f"{found.id}.zip")
        if path.exists() and not force:
            raise Refused(f"{path} is there already", "Choose another name, or replace it: --force")
        beside = path.with_name(path.name + ".part")
        try:
            with open(beside, "wb", opener=_private) as file:
                opened.sessions.export(found.id, file)
            beside.replace(path)
        finally:
            beside.unlink(missing_ok=True)
    if out.json:
        out.value({"session": found.id, "file": str(path.absolute()), "bytes": path.stat().st_size})
    else:
        out.data(f"{escape.line(path)}  {words.size(path.stat().st_size)}")


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
