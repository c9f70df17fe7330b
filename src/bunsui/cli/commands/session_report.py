"""`bunsui session report`: a session as one HTML file."""

from __future__ import annotations

import os
import webbrowser
from pathlib import Path

import click

from bunsui.cli import ending, output, words
from bunsui.cli.opening import workspace
from bunsui.cli.options import output_option, session_argument
from bunsui.cli.output import Output
from bunsui.errors import Refused


@click.command()
@session_argument
@click.option("--open", "show", is_flag=True, help="Open it in the browser.")
@click.option("--to", "target", metavar="FILE", help="Write a copy there.")
@click.option("--force", is_flag=True, help="Replace a file that is there.")
@click.option("--renew", is_flag=True, help="Write it anew, also if the session has ended and there is one.")
@output_option
@click.pass_obj
def report(out: Output, session: str, show: bool, target: str | None, force: bool, renew: bool) -> int:
    """Write a session's report: one HTML file that needs no network.

    What failed and why, what to do, the graph, the timeline, the log with search, parameters, outputs, cost, and what
    is not as it was in the last good session. Of a session that has not ended: how it stands now.

    \b
    Examples:
      bunsui session report @last --open
      bunsui session report @last --to ~/nightly.html
    """
    path = Path(target).expanduser() if target else None
    if path is not None and path.exists() and not force:
        raise Refused(f"{path} is there already", "Choose another name, or replace it: --force")
    with workspace() as opened:
        found = opened.sessions.refresh(session)
        address, html = opened.reports.written(found, renew=renew)
    if path is not None:
        _written(path, html)
    if show:
        webbrowser.open(path.absolute().as_uri() if path is not None else address)
    if out.json:
        copy = str(path.absolute()) if path is not None else None
        out.value({"session": found.id, "report": address, "file": copy, "bytes": len(html)})
    else:
        out.data(f"{ending.place(str(path)) if path is not None else ending.place(address)}  {words.size(len(html))}")
    return output.DONE


def _written(path: Path, body: bytes) -> None:
    """Whole or not at all, for nobody else to read."""
    beside = path.with_name(path.name + ".part")
    try:
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with open(descriptor, "wb") as file:
            file.write(body)
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)
