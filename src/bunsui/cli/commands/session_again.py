"""`bunsui session resume` and `restart`: show the plan, ask where it does harm to go on unasked, run and watch."""

from __future__ import annotations

import click

from bunsui.cli import confirming, detaching, output, watching
from bunsui.cli.opening import workspace
from bunsui.cli.options import context_option, duration_option, output_option, session_argument, yes_option
from bunsui.cli.output import Output
from bunsui.errors import Refused
from bunsui.model.session import Session
from bunsui.services.views import Way
from bunsui.text import recovery, words
from bunsui.workspace import Workspace


@click.command()
@session_argument
@click.option("--why", default="", metavar="TEXT", help="Noted in the session's log.")
@click.option("--detach", "-d", is_flag=True, help="Let it run in the background and return.")
@click.option("--plan", "only_plan", is_flag=True, help="Show what it would do, and do nothing.")
@duration_option("--timeout", help="Stop waiting after this time (exit 124); the session goes on.")
@yes_option
@context_option
@output_option
@click.pass_obj
def resume(out: Output, session: str, why: str, detach: bool, only_plan: bool, timeout: float | None, yes: bool) -> int:
    """Go on from what completed: its outputs are kept, the rest runs.

    A new execution with the definition and the parameters of the session. Exit codes are those of bunsui run.
    """
    with workspace(host_engine=not (detach or only_plan)) as opened:
        plan = opened.sessions.plan_resume(session)
        if only_plan:
            return _only_plan(out, plan)
        _explain(out, plan)
        confirming.demand(out, f"resume {plan.session}", yes)
        if plan.delicate and out.can_ask and not yes and not out.ask("Resume it?"):
            raise Refused("nothing was resumed", f"bunsui session resume {plan.session} --yes")
        return _go_on(out, opened, opened.sessions.recover(plan, why=why), detach, timeout)


@click.command()
@session_argument
@click.option("--why", default="", metavar="TEXT", help="Noted in the session's log.")
@click.option("--detach", "-d", is_flag=True, help="Let it run in the background and return.")
@click.option("--plan", "only_plan", is_flag=True, help="Show what it would do, and do nothing.")
@duration_option("--timeout", help="Stop waiting after this time (exit 124); the session goes on.")
@yes_option
@context_option
@output_option
@click.pass_obj
def restart(
    out: Output, session: str, why: str, detach: bool, only_plan: bool, timeout: float | None, yes: bool
) -> int:
    """Run it again from nothing: also what had completed.

    A new execution of the same session, at raised generations. Exit codes are those of bunsui run.
    """
    with workspace(host_engine=not (detach or only_plan)) as opened:
        plan = opened.sessions.plan_restart(session)
        if only_plan:
            return _only_plan(out, plan)
        _explain(out, plan)
        question = f"Run {words.counted(len(plan.rerun), 'operation')} again?"
        if not confirming.agreed(out, question, f"restart {plan.session}", yes):
            raise Refused("nothing was restarted", f"bunsui session restart {plan.session} --yes")
        return _go_on(out, opened, opened.sessions.recover(plan, why=why), detach, timeout)


def _only_plan(out: Output, plan: Way) -> int:
    if out.json:
        out.value(recovery.way_body(plan))
    else:
        out.lines(recovery.way_lines(plan, out.width if out.out.isatty() else None))
    return output.DONE


def _explain(out: Output, plan: Way) -> None:
    for line in recovery.way_lines(plan, out.width if out.err.isatty() else None):
        out.say(line)


def _go_on(out: Output, opened: Workspace, session: Session, detach: bool, timeout: float | None) -> int:
    if not detach:
        return watching.watch(out, opened, session.id, timeout=timeout, owner=True)
    return detaching.detach(out, opened, session)
