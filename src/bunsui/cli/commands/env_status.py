"""`bunsui env status`: an environment's stacks and pipelines, and what is not as in the files here."""

from __future__ import annotations

import click

from bunsui import __version__
from bunsui.cli import output
from bunsui.cli.deploying import environment, environment_option
from bunsui.cli.options import context_option, output_option
from bunsui.cli.output import Output
from bunsui.text.body import plain
from bunsui.text.deployment import state_lines


@click.command()
@environment_option
@context_option
@output_option
@click.pass_obj
def status(out: Output, name: str | None) -> int:
    """Show an environment's stacks and pipelines, what of them is not as in the files here, and dead letters."""
    with environment(name) as opened:
        found = opened.environments.status()
        looked = opened.reconciling.looked_last() if found.bunsui else None
    if out.json:
        out.value({"environment": plain(found), "controller_looked": looked, "bunsui": __version__})
    else:
        width = out.width if out.out.isatty() else None
        out.lines(state_lines(found, looked, out.style, width, __version__))
    return output.DONE
