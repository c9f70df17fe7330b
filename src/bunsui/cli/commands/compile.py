"""`bunsui compile`: the state machine that a pipeline becomes."""

from __future__ import annotations

import json
from pathlib import Path

import click

from bunsui.cli.options import context_option, output_option
from bunsui.cli.output import Output
from bunsui.cli.settings import settings
from bunsui.offline import open_pipelines
from bunsui.text import escape, words


@click.command("compile")
@click.argument("file", metavar="FILE")
@click.option("--out", "-o", "target", metavar="FILE", help="Write it to a file, not to stdout.")
@click.option("--compact", is_flag=True, help="Without blanks: the very text that is deployed.")
@context_option
@output_option
@click.pass_obj
def compile_(out: Output, file: str, target: str | None, compact: bool) -> None:
    """Print the state machine (Amazon States Language) of a pipeline.

    Names in ${...} stand for resources that each backend fills in; all else is the same on both.
    """
    with open_pipelines(settings()) as pipelines:
        machine = pipelines.compile(file)
    text = machine.text if compact else json.dumps(machine.definition, ensure_ascii=False, indent=2)
    if target is None:
        out.data(escape.safe_json(text))
        return
    Path(target).write_text(text + "\n", encoding="utf-8")
    out.say(
        f"{escape.line(target)}: {words.size(len(machine.text.encode()))} as deployed, sha256 {machine.sha256[:12]}"
    )
