"""`bunsui session history`: the events of an execution, as Step Functions tells them."""

from __future__ import annotations

import click

from bunsui.cli.opening import workspace
from bunsui.cli.options import context_option, output_option, session_argument
from bunsui.cli.output import Output
from bunsui.text.body import plain
from bunsui.text.histories import tree_lines


@click.command()
@session_argument
@click.option("--execution", type=click.IntRange(1), metavar="N", help="Not the last execution but number N.")
@click.option("--full", is_flag=True, help="Cut nothing, however long a line becomes.")
@context_option
@output_option
@click.pass_obj
def history(out: Output, session: str, execution: int | None, full: bool) -> None:
    """Show the events of a session's executions.

    Inputs and outputs are cut to the width of the terminal; --full and --output json show them whole.
    """
    with workspace() as opened:
        tree = opened.sessions.history(session, execution)
    if out.json:
        out.value(plain(tree))
        return
    lines = list(tree_lines(tree, None if full else out.width, out.style))
    out.lines(lines)
    if any(line.removesuffix("\x1b[0m").endswith(out.style.ellipsis) for line in lines):
        out.say(out.talk.dim(f"What was too long is cut. All of it: bunsui session history {session} --full"))
