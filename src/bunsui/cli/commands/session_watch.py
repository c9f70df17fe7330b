"""`bunsui session watch`: the live view of a session that runs, or how one ended."""

from __future__ import annotations

import click

from bunsui.cli import watching
from bunsui.cli.opening import workspace
from bunsui.cli.options import context_option, duration_option, output_option, session_argument
from bunsui.cli.output import Output


@click.command()
@session_argument
@duration_option("--timeout", help="Stop watching after this time (exit 124).")
@context_option
@output_option
@click.pass_obj
def watch(out: Output, session: str, timeout: float | None) -> int:
    """Watch a session until it ends.

    Ctrl-C stops watching; the session goes on. Exit codes are those of bunsui run.
    """
    with workspace() as opened:
        found = opened.sessions.get(session)
        return watching.watch(out, opened, found.id, timeout=timeout, owner=False)
