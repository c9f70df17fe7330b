"""`bunsui run`: the one door from a pipeline to a running session, and the wait for its end."""

from __future__ import annotations

import os

import click

from bunsui import early
from bunsui.cli.options import context_option, duration_option, output_option, params_option, yes_option
from bunsui.cli.output import Output
from bunsui.cli.settings import told


@click.command()
@click.argument("source", metavar="FILE|NAME")
@params_option
@click.option("--name", metavar="NAME", help="The session's id: the same input twice starts it once.")
@click.option("--detach", "-d", is_flag=True, help="Start it in the background and return.")
@duration_option("--timeout", help="Stop waiting after this time (exit 124); the session goes on.")
@click.option("--trust", default="", metavar="SHA256", help="Allow a pipeline from S3, if it has this content.")
@yes_option
@context_option
@output_option
@click.pass_obj
def run(
    out: Output,
    source: str,
    params: dict[str, str],
    name: str | None,
    detach: bool,
    timeout: float | None,
    trust: str,
    yes: bool,
) -> int:
    """Run a pipeline and watch it.

    FILE is a pipeline file (or s3://BUCKET/KEY), NAME a registered pipeline (or NAME@VERSION). Ctrl-C leaves the
    session running in the background; a second Ctrl-C cancels it.

    \b
    Exit codes:
      0    completed
      1    failed, cancelled or timed out
      3    problems in the input
      5    rejected: its pipeline lets no more sessions run (concurrency: on_excess), or nobody allowed it (--trust),
           or in production nobody confirmed it (its name typed, or --context NAME --yes)
      124  the --timeout passed; the session goes on
      130  left by Ctrl-C; the session goes on

    \b
    Examples:
      bunsui run pipeline.yaml
      bunsui run flights -p month=2 -p carrier=UA
      bunsui run pipeline.yaml --detach --name nightly-2026-02-01
    """
    if os.path.isfile(source):
        early.tasks_are_near(**told())
    return _run(out, source, params, name, detach, timeout, trust, yes)


def _run(
    out: Output,
    source: str,
    params: dict[str, str],
    name: str | None,
    detach: bool,
    timeout: float | None,
    trust: str,
    yes: bool,
) -> int:
    # What takes long to import comes after what takes long to start.
    from bunsui.cli import confirming, detaching, trusting, watching
    from bunsui.cli.opening import workspace

    confirming.demand(out, "start a session", yes)
    with workspace(host_engine=not detach) as opened:
        opened.prepare()
        session = trusting.allowed(
            out, opened, lambda: opened.pipelines.run(source, texts=params, name=name, trust=trust)
        )
        if session.status.ended and session.executions[-1].arn:
            out.say(f"{session.id} is there already, from the same input: nothing was started.")
        if not detach:
            return watching.watch(out, opened, session.id, timeout=timeout, owner=True)
        return detaching.detach(out, opened, session)
