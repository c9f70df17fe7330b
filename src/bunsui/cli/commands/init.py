"""`bunsui init`: a project that validates and runs."""

from __future__ import annotations

import shlex
from pathlib import Path

import click

from bunsui.cli.options import output_option
from bunsui.cli.output import Output
from bunsui.services.pipelines import scaffold
from bunsui.text import escape


@click.command()
@click.argument("folder", required=False, default=".", metavar="[DIR]")
@click.option(
    "--template",
    type=click.Choice(list(scaffold.TEMPLATES)),
    default=scaffold.PROJECT,
    show_default=True,
    help="What to begin with; all but the project are a pipeline file alone.",
)
@output_option
@click.pass_obj
def init(out: Output, folder: str, template: str) -> None:
    """Start a project that validates and runs.

    Writes a pipeline, its functions, a README and a .gitignore into DIR (default: here). Nothing is overwritten.
    """
    written, kept = scaffold.create(Path(folder), template)
    if out.json:
        out.value({"folder": folder, "files": [str(path) for path in written], "kept": [str(path) for path in kept]})
        return
    for path in written:
        out.data(escape.line(path))
    for path in kept:
        out.say(out.talk.dim(f"{escape.line(path)} was there and stays as it is"))
    out.say()
    out.say(out.talk.bold("next"))
    if folder != ".":
        out.say(f"  cd {escape.line(shlex.quote(folder))}")
    out.say("  bunsui plan pipeline.yaml")
    out.say("  bunsui run pipeline.yaml")
