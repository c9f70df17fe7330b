"""`bunsui schema`: the JSON Schema of pipeline files, for editors."""

from __future__ import annotations

import click

from bunsui.cli.opening import workspace
from bunsui.cli.options import output_option
from bunsui.cli.output import Output


@click.command()
@output_option
@click.pass_obj
def schema(out: Output) -> None:
    """Print the JSON Schema of pipeline files.

    \b
    An editor that knows YAML schemas checks and completes with it:
      bunsui schema > pipeline.schema.json
      # yaml-language-server: $schema=pipeline.schema.json
    """
    with workspace() as opened:
        out.value(dict(opened.pipelines.schema()))
