"""`bunsui engine` (hidden): a background process that hosts the engine until it is idle."""

from __future__ import annotations

import click

from bunsui.cli.output import Output
from bunsui.cli.settings import settings


@click.command(hidden=True)
@click.pass_obj
def engine(out: Output) -> None:
    """Host the local engine until nothing is left to do. Bunsui starts this by itself."""
    from bunsui.workspace import host_engine

    host_engine(settings())
