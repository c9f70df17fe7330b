"""`bunsui pipeline adopt` and `import`: state machines that somebody else made."""

from __future__ import annotations

import shlex
from collections import Counter
from pathlib import Path

import click

from bunsui.cli.opening import workspace
from bunsui.cli.options import context_option, output_option
from bunsui.cli.output import Output
from bunsui.cli.writing import refuse_to_replace, write_whole
from bunsui.services.adopting.adoption import Adopted, named
from bunsui.services.adopting.importing import imported
from bunsui.text import escape, words
from bunsui.text.body import plain


@click.command()
@click.argument("what", metavar="ARN|NAME")
@click.option("--name", default="", metavar="NAME", help="What it is called here; else like the machine.")
@click.option(
    "--limit", "-n", type=click.IntRange(0, 1000), default=25, show_default=True, help="At most so many executions."
)
@context_option
@output_option
@click.pass_obj
def adopt(out: Output, what: str, name: str, limit: int) -> None:
    """List, watch, analyse and redrive a state machine that somebody else made.

    ARN is that of a state machine, or of one of its executions. Its executions, whoever starts them, become sessions:
    the newest now, others as they come (the controller looks every minute; NAME looks now). Nothing of it is changed
    in AWS. It cannot be resumed: a redrive, or a restart, is its way out.

    \b
    Examples:
      bunsui pipeline adopt arn:aws:states:eu-west-1:123456789012:stateMachine:orders --backend aws
      bunsui session list --pipeline orders --backend aws
    """
    with workspace() as opened:
        adoption = opened.adoption
        found = adoption.adopt(what, name, limit) if what.startswith("arn:") else adoption.again(what, limit)
    if out.json:
        out.value({"pipeline": plain(found.version), "sessions": plain(found.sessions)})
        return
    out.data(f"{found.version.name}@{found.version.version}  {escape.line(found.version.source)}")
    out.say(_told(found))
    out.say(out.talk.dim(f"See them: bunsui session list --pipeline {found.version.name}"))


def _told(found: Adopted) -> str:
    if not found.sessions:
        return "No execution of it is new here."
    counts = Counter(str(one.status) for one in found.sessions)
    kinds = ", ".join(f"{count} {status}" for status, count in counts.most_common())
    return f"{words.counted(len(found.sessions), 'new session')}: {kinds}"


@click.command("import")
@click.argument("arn", metavar="ARN")
@click.option("--out", "-o", "target", metavar="FILE", help="The pipeline file; the definition is put beside it.")
@click.option("--name", default="", metavar="NAME", help="Of the pipeline; else like the machine.")
@click.option("--force", is_flag=True, help="Replace files that are there.")
@context_option
@output_option
@click.pass_obj
def import_(out: Output, arn: str, target: str | None, name: str, force: bool) -> None:
    """Write a state machine's definition, and a pipeline file that runs it.

    It is written as NAME.asl.json beside NAME.yaml, which validates. Nothing is changed in AWS.
    """
    with workspace() as opened:
        machine = opened.existing.machine(arn)
    called = name or named(machine.name)
    file = Path(target or f"{called}.yaml")
    definition = file.with_suffix(".asl.json")
    text, pipeline = imported(machine, called, definition.name)
    for path in (file, definition):
        refuse_to_replace(str(path), force=force)
    write_whole(str(definition), text.encode(), force=force)
    write_whole(str(file), pipeline.encode(), force=force)
    if out.json:
        out.value({"name": called, "file": str(file), "definition": str(definition), "machine": machine.arn})
        return
    out.data(f"{escape.line(str(file))}\n{escape.line(str(definition))}")
    out.say(out.talk.dim(f"Look at it: bunsui plan {shlex.quote(str(file))}"))
