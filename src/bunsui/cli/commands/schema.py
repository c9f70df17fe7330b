"""`bunsui schema`: the JSON Schema of pipeline files, for editors."""

from __future__ import annotations

import click

from bunsui.cli.options import output_option
from bunsui.cli.output import Output
from bunsui.cli.settings import settings
from bunsui.offline import open_pipelines


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
    with open_pipelines(settings()) as pipelines:
        out.value(dict(pipelines.schema()))
