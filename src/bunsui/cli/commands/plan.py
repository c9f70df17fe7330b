"""`bunsui plan`: what a pipeline would do, before it does anything."""

from __future__ import annotations

import click

from bunsui.cli.options import context_option, output_option, target_option
from bunsui.cli.output import Output
from bunsui.cli.settings import settings
from bunsui.offline import open_pipelines
from bunsui.text import preview


@click.command()
@click.argument("source", metavar="FILE|NAME")
@click.option("--width", type=click.IntRange(20, 1000), metavar="N", help="Draw for so many columns.")
@click.option("--ascii", "plain", is_flag=True, help="Draw with plain characters.")
@target_option
@context_option
@output_option
@click.pass_obj
def plan(out: Output, source: str, width: int | None, plain: bool, target: str | None) -> None:
    """Preview a pipeline: the graph, what runs together, limits, cost.

    Nothing is run. Costs are those of Step Functions at list price; local runs cost nothing.
    """
    chosen = settings()
    with open_pipelines(chosen) as pipelines:
        found = pipelines.preview(source, aws=(target or chosen.context.backend) == "aws")
    if out.json:
        out.value(preview.body(found))
        return
    style = out.style if not plain else type(out.style)(out.style.colour, unicode=False)
    out.lines(preview.lines(found, width or out.width, style))
