"""`bunsui pipeline`: registered pipelines and their versions."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

import click

from bunsui.cli import output, trusting
from bunsui.cli.confirming import agreed
from bunsui.cli.opening import workspace
from bunsui.cli.options import context_option, everywhere_option, output_option, yes_option
from bunsui.cli.output import Output
from bunsui.errors import Refused, Untrusted
from bunsui.services.pipelines.views import PipelineVersion
from bunsui.text import comparison, escape, preview, words
from bunsui.text.body import plain
from bunsui.text.table import Column, table


@click.command("list")
@everywhere_option
@context_option
@output_option
@click.pass_obj
def list_(out: Output, everywhere: bool) -> int:
    """List registered pipelines."""
    if everywhere:
        from bunsui.cli import several

        return several.show(out, "pipelines", several.ask(lambda opened: opened.pipelines.list()), _COLUMNS, _row)
    with workspace() as opened:
        found = opened.pipelines.list()
    _write(out, found, "No pipelines are registered. Begin with: bunsui pipeline register FILE")
    return output.DONE


@click.command()
@click.argument("name")
@context_option
@output_option
@click.pass_obj
def versions(out: Output, name: str) -> None:
    """List the versions of a pipeline, the newest first."""
    with workspace() as opened:
        found = opened.pipelines.versions(name)
    _write(out, found, "")


@click.command()
@click.argument("name", metavar="NAME[@VERSION]")
@context_option
@output_option
@click.pass_obj
def show(out: Output, name: str) -> None:
    """Show a registered pipeline: its record on stderr, its text on stdout."""
    with workspace() as opened:
        version, text = opened.pipelines.show(name)
    if out.json:
        body = plain(version)
        assert isinstance(body, dict)
        out.value({**body, "text": text})
        return
    out.say(out.talk.bold(f"{version.name}@{version.version}") + f"  {escape.line(version.description)}")
    out.say(out.talk.dim(f"{_when(version)} by {escape.line(version.owner)} from {escape.line(version.source)}"))
    out.say()
    out.lines(escape.lines(text.rstrip("\n")))


@click.command()
@click.argument("before", metavar="FILE|NAME[@VERSION]")
@click.argument("after", metavar="FILE|NAME[@VERSION]")
@context_option
@output_option
@click.pass_obj
def diff(out: Output, before: str, after: str) -> None:
    """Show how two pipeline files or versions differ.

    First what it means for the operations (added, removed, changed in which keys), then the lines.

    \b
    Examples:
      bunsui pipeline diff flights@1 flights@2
      bunsui pipeline diff flights flights.yaml
    """
    with workspace() as opened:
        found = opened.pipelines.compare(before, after)
    if out.json:
        out.value(plain(found))
        return
    out.lines(comparison.lines(found, out.style, out.width))


@click.command()
@click.argument("file", metavar="FILE")
@yes_option
@context_option
@output_option
@click.pass_obj
def register(out: Output, file: str, yes: bool) -> int:
    """Store a pipeline file under its name, as its next version.

    Problems are shown and nothing is stored; else the preview, and a question. Its sessions then start by name:
    bunsui run NAME.
    """
    with workspace() as opened:
        found = opened.pipelines.preview(file)
        if not yes:
            for line in preview.lines(found, out.size()[0], out.talk):
                out.say(line)
        if not agreed(out, f"Register it as {found.pipeline.name}?", f"register {found.pipeline.name}", yes):
            raise Refused("nothing was registered", f"bunsui pipeline register {shlex.quote(file)} --yes")
        version = opened.pipelines.register(file)
    if out.json:
        out.value(plain(version))
    else:
        out.data(f"{version.name}@{version.version}  {version.sha256[:12]}")
        out.say(out.talk.dim(f"Run it: bunsui run {version.name}"))
    return output.DONE


@click.command()
@click.argument("source", metavar="FILE|NAME[@VERSION]")
@click.argument("sha256", required=False, default="")
@output_option
@click.pass_obj
def trust(out: Output, source: str, sha256: str) -> None:
    """Allow a pipeline from S3 to run its code on this machine.

    It is for one content: what it would run is shown, and asked about once. A script names the content's SHA256, as
    bunsui run says it.
    """
    with workspace(here=True) as opened:
        try:
            if sha256:
                opened.pipelines.trust(source, sha256)
            opened.pipelines.load_to_run(source)
        except Untrusted as error:
            trusting.show(out, error)
            if not out.ask("Allow it?"):
                hint = f"bunsui pipeline trust {shlex.quote(source)} {error.sha256}"
                raise Refused("nothing was allowed", hint) from None
            opened.pipelines.trust(source, error.sha256)
    out.say(f"{escape.line(source)} may run here.")


def _write(out: Output, found: Sequence[PipelineVersion], nothing: str) -> None:
    if out.json:
        out.value({"pipelines": plain(found)})
        return
    if not found:
        out.say(nothing)
        return
    out.lines(table(_COLUMNS, list(map(_row, found)), out.style, out.width if out.out.isatty() else None))


_COLUMNS = [
    Column("PIPELINE"),
    Column("VERSION", right=True),
    Column("REGISTERED"),
    Column("BY"),
    Column("SHA256", paint=lambda _: "dim"),
    Column("DESCRIPTION", cut=True),
]


def _row(one: PipelineVersion) -> list[str]:
    told = [one.owner, one.sha256[:12], one.description]
    return [one.name, str(one.version), _when(one), *map(escape.line, told)]


def _when(version: PipelineVersion) -> str:
    return words.moment(words.seconds_of(version.created))
