"""`bunsui session recover`: show every way out of a session, choose one, carry it out and watch; or many at once.

How plans look is in `bunsui.text.recovery`; the many are in `bunsui.cli.recovering_many`.
"""

from __future__ import annotations

from typing import Any

import click

from bunsui.cli import choosing, confirming, detaching, output, recovering_many, watching
from bunsui.cli.opening import workspace
from bunsui.cli.options import context_option, duration_option, output_option, yes_option
from bunsui.cli.output import Output
from bunsui.errors import InvalidInput, Refused
from bunsui.model.json import Json
from bunsui.model.session import Session
from bunsui.model.status import ENDED
from bunsui.services.views import Action, Ask, Way
from bunsui.text import escape, recovery
from bunsui.text.body import plain
from bunsui.workspace import Workspace

_ASKED = (Action.FROM, Action.RERUN, Action.RESTART, Action.CANCEL)  # they throw something away
_FLAGS = {
    "redrive": Action.REDRIVE,
    "resume": Action.RESUME,
    "edited": Action.EDITED,
    "begin": Action.FROM,
    "rerun": Action.RERUN,
    "skip": Action.SKIP,
    "restart": Action.RESTART,
    "cancel": Action.CANCEL,
}


@click.command()
@click.argument("session", metavar="[SESSION]", required=False)
@click.option("--redrive", is_flag=True, help="The same execution goes on from what was cut off.")
@click.option("--resume", is_flag=True, help="Keep what completed, run the rest.")
@click.option(
    "--edited", is_flag=False, flag_value="", metavar="[FILE]", help="Resume with the pipeline as it is written now."
)
@click.option("--from", "begin", multiple=True, metavar="OP", help="Keep only what OP needs, run it and all else.")
@click.option("--rerun", multiple=True, metavar="OP", help="Run OP again and all below it, keep the rest.")
@click.option("--skip", multiple=True, metavar="OP", help="Take OP for done; repeatable.")
@click.option("--output-json", "outputs", multiple=True, metavar="JSON", help="The output of a skipped OP, in order.")
@click.option("--restart", is_flag=True, help="Run it again from nothing.")
@click.option("--cancel", is_flag=True, help="Stop what runs.")
@click.option("--dry-run", is_flag=True, help="Show what it would do, and do nothing.")
@click.option("--why", default="", metavar="TEXT", help="Recorded with the recovery.")
@click.option("--detach", "-d", is_flag=True, help="Let it run in the background and return.")
@duration_option("--timeout", help="Stop waiting after this time (exit 124); the session goes on.")
@click.option(
    "--status", type=click.Choice(sorted(ENDED), case_sensitive=False), metavar="STATUS", help="Many: that ended so."
)
@click.option("--pipeline", metavar="NAME", help="Many: only sessions of this pipeline.")
@duration_option("--since", help="Many: only those that ended within this time.")
@click.option("--limit", type=click.IntRange(1), metavar="N", help="Many: at most so many.")
@click.option(
    "--max-parallel", type=click.IntRange(1), default=4, show_default=True, metavar="N", help="Many: at the same time."
)
@yes_option
@context_option
@output_option
@click.pass_obj
def recover(out: Output, /, session: str | None, **options: Any) -> int:
    """Show every way out of a session, and take one.

    Without a way it shows them all, and asks which on a terminal. With --status it recovers many: each once, so that
    the same command again goes on where it was. Exit codes are those of bunsui run.
    """
    action = _action(options)
    if session is None:
        return recovering_many.run(out, action, options)
    if options["status"] or options["pipeline"] or options["since"] or options["limit"]:
        raise click.UsageError("SESSION and the options for many do not go together")
    quiet = options["dry_run"] or options["detach"] or (action is None and not out.can_ask)
    with workspace(host_engine=not quiet) as opened:
        if action is not None:
            way = opened.sessions.plan_way(session, action, _ask(action, options), options["edited"] or None)
            return _take(out, opened, way, options, asks=action in _ASKED)
        chosen = _choose(out, opened, session, options)
        return output.DONE if chosen is None else _take(out, opened, chosen, options, asks=True)


def _action(options: dict[str, Any]) -> Action | None:
    given = [flag for flag in _FLAGS if options[flag] not in (False, None, ())]
    if len(given) > 1:
        raise click.UsageError("only one way out at a time")
    if options["outputs"] and "skip" not in given:
        raise click.UsageError("--output-json goes with --skip")
    return _FLAGS[given[0]] if given else None


def _ask(action: Action, options: dict[str, Any]) -> Ask:
    names = {Action.FROM: options["begin"], Action.RERUN: options["rerun"], Action.SKIP: options["skip"]}
    named = tuple(names.get(action, ()))
    if len(options["outputs"]) > len(named):
        raise click.UsageError("more --output-json than --skip")
    given = {name: _json(text) for name, text in zip(named, options["outputs"], strict=False)}
    return Ask(named, given)


def _json(text: str) -> Json:
    try:
        return choosing.json_of(text)
    except InvalidInput as error:
        raise click.UsageError(f"--output-json {error}") from None


def _choose(out: Output, opened: Workspace, session: str, options: dict[str, Any]) -> Way | None:
    """The whole plan; on a terminal, which way is taken."""
    plan = opened.sessions.recovery_plan(session)
    if out.json:
        out.value(recovery.plan_body(plan))
        return None
    out.lines(recovery.plan_lines(plan, out.width if out.out.isatty() else None, out.style))
    ways = recovery.numbered(plan)
    if options["dry_run"] or not out.can_ask or not ways:
        best = next((way for way in ways.values() if way.action == plan.suggested), next(iter(ways.values()), None))
        if best:
            out.say()
            out.say(f"Take one: bunsui session recover {plan.session} {recovery.flag(best, best.names)}")
        return None
    chosen = choosing.way(out, ways)
    return chosen and choosing.named(out, opened, chosen)


def _take(out: Output, opened: Workspace, way: Way, options: dict[str, Any], *, asks: bool) -> int:
    if options["dry_run"]:
        return _show(out, way)
    if not way.possible:
        opened.sessions.recover(way)  # which says why not
    for line in recovery.way_lines(way, out.width if out.err.isatty() else None):
        out.say(line)
    asks = asks or (bool(way.delicate) and out.can_ask)
    confirming.demand(out, f"{way.action} {way.session}", options["yes"])
    if asks and not options["yes"] and not out.ask("Do it?"):
        raise Refused("nothing was done", f"bunsui session recover {way.session} {recovery.flag(way, way.names)} --yes")
    session = opened.sessions.recover(way, why=options["why"])
    if way.action is Action.CANCEL:
        return _told(out, session)
    if not options["detach"]:
        return watching.watch(out, opened, session.id, timeout=options["timeout"], owner=True)
    return detaching.detach(out, opened, session)


def _show(out: Output, way: Way) -> int:
    if out.json:
        out.value(recovery.way_body(way))
    elif way.possible:
        out.lines(recovery.way_lines(way, out.width if out.out.isatty() else None))
    else:
        out.data(escape.line(recovery.not_possible(way)))
    return output.DONE if way.possible else output.REFUSED


def _told(out: Output, session: Session) -> int:
    if out.json:
        out.value(plain(session))
    else:
        out.data(f"{session.id}  {out.style.status(session.status)}")
    return output.DONE
