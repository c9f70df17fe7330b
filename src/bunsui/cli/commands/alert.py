"""`bunsui alert`: what was told to whom, and whether an address works."""

from __future__ import annotations

import os
import shlex
from collections.abc import Sequence

import click

from bunsui.cli import alerts
from bunsui.cli.opening import workspace
from bunsui.cli.options import context_option, everywhere_option, output_option
from bunsui.cli.output import DONE, Output
from bunsui.errors import BackendError
from bunsui.model.json import Json
from bunsui.services.alerts.service import Tested, given_targets
from bunsui.text import escape
from bunsui.text.body import plain
from bunsui.text.problems import problem_line


@click.command("list")
@click.argument("session", metavar="[SESSION]", required=False)
@click.option("--limit", "-n", type=click.IntRange(1, 500), default=30, show_default=True, help="At most so many.")
@click.option("--after", metavar="PLACE", help="Go on where a former list ended.")
@everywhere_option
@context_option
@output_option
@click.pass_obj
def list_(out: Output, session: str | None, limit: int, after: str | None, everywhere: bool) -> int:
    """List alerts, the newest first; those of one SESSION, or all.

    \b
    Examples:
      bunsui alert list
      bunsui alert list @last --output json
    """
    if everywhere:
        if session or after:
            raise click.UsageError("--all-contexts lists the newest of all, of no SESSION and without --after")
        return _everywhere(out, limit)
    with workspace() as opened:
        about = opened.sessions.get(session) if session is not None else None
        page = opened.alerts.list(about, limit=limit, after=after)
        problems = opened.alerts.problems()
    if out.json:
        out.value({"alerts": [alerts.body(one) for one in page.alerts], "next": page.next})
        return DONE
    for problem in problems:
        out.say(problem_line(problem, out.talk))
    if not page.alerts:
        out.say("No alerts so far." if after is None else "No more.")
        return DONE
    out.lines(alerts.rows(page.alerts, out.width if out.out.isatty() else None, out.style))
    if page.next:
        which = f" {escape.line(session)}" if session else ""
        out.say(out.talk.dim(f"more: bunsui alert list{which} --after {escape.line(shlex.quote(page.next))}"))
    return DONE


def _everywhere(out: Output, limit: int) -> int:
    """Those of each context below its name."""
    from bunsui.cli import several

    answers = several.ask(lambda opened: opened.alerts.list(limit=limit).alerts)
    found = [(one.context, one.said) for one in answers if one.said]
    if out.json:
        told: list[Json] = [{"context": context, "alert": alerts.body(one)} for context, said in found for one in said]
        out.value({"alerts": told, "unreachable": several.missed_body(answers)})
        return several.code_of(answers)
    for context, said in found:
        out.data(out.style.bold(escape.line(context)))
        out.lines(alerts.rows(said, out.width if out.out.isatty() else None, out.style))
    if not found:
        out.say("No alerts so far.")
    return several.tell(out, answers)


@click.command("test")
@click.argument("targets", metavar="[TARGET]...", nargs=-1)
@click.option("--pipeline", metavar="FILE|NAME", help="Everybody whom this pipeline, or the home, names.")
@context_option
@output_option
@click.pass_obj
def test(out: Output, targets: tuple[str, ...], pipeline: str | None) -> int:
    """Send a test message, at once.

    TARGET is an address, or env:NAME or file:PATH: a reference to one that is secret.

    \b
    Exit codes:
      0  all were sent
      6  at least one was not

    \b
    Examples:
      bunsui alert test mailto:data@example.com
      bunsui alert test env:ALERT_URL
      bunsui alert test --pipeline flights.yaml
    """
    if not targets and pipeline is None:
        raise click.UsageError("name a TARGET, or a --pipeline")
    with workspace() as opened:
        wanted = list(given_targets(targets, os.getcwd()))
        if pipeline is not None:
            loaded, _ = opened.pipelines.load(pipeline)
            wanted += opened.alerts.targets(loaded.policies.get("notify"), loaded.folder)
        for problem in opened.alerts.problems():
            out.say(problem_line(problem, out.talk))
        found = []
        for tested in opened.alerts.test(wanted):
            found.append(tested)
            _show(out, tested)
    if out.json:
        out.value({"targets": plain(found)})
    return _code(found)


def _show(out: Output, tested: Tested) -> None:
    if out.json:
        return
    if not tested.error:
        out.data(f"{out.style.glyph('SUCCEEDED')} {escape.line(tested.target)}  {escape.line(tested.how)}")
        return
    out.data(f"{out.style.glyph('FAILED')} {escape.line(tested.target)}  {escape.line(tested.error)}")
    if tested.hint:
        out.say(f"  {escape.line(tested.hint)}")


def _code(found: Sequence[Tested]) -> int:
    return BackendError.exit_code if any(tested.error for tested in found) else DONE
