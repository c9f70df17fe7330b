"""`bunsui session recover --status STATUS`: many sessions, a line for each step."""

from __future__ import annotations

import time
from typing import Any

import click

from bunsui.cli import output
from bunsui.cli.confirming import demand
from bunsui.cli.opening import workspace
from bunsui.cli.output import Output
from bunsui.model.json import Json
from bunsui.model.status import SessionStatus
from bunsui.services.sessions.campaign import Campaign, Selection, Step
from bunsui.services.views import Action
from bunsui.text import escape, words
from bunsui.text.body import plain
from bunsui.text.recovery import way_body

_ABLE = (Action.REDRIVE, Action.RESUME, Action.EDITED, Action.RESTART)


def run(out: Output, action: Action | None, options: dict[str, Any]) -> int:
    """0 when every one that was recovered COMPLETED."""
    if options["status"] is None:
        taken = f"; {options['edited']!r} was taken for the FILE of --edited" if options["edited"] else ""
        raise click.UsageError(f"which session? SESSION, or many with --status{taken}")
    if action not in _ABLE:
        raise click.UsageError(f"many need one of {', '.join(f'--{one}' for one in _ABLE)}")
    if options["edited"]:
        raise click.UsageError("many take the edited pipeline from where each came from: --edited without FILE")
    if options["detach"] or options["timeout"]:
        raise click.UsageError("many are watched until they ended: Ctrl-C leaves what runs in the background")
    since = None if options["since"] is None else time.time() - options["since"]
    selection = Selection(SessionStatus(options["status"].upper()), options["pipeline"], since, options["limit"])
    if not options["dry_run"]:
        demand(out, f"{action} many sessions", options["yes"])
    with workspace(host_engine=not options["dry_run"]) as opened:
        campaign = Campaign(
            opened.sessions, selection, action, time.sleep, options["max_parallel"], options["why"], options["dry_run"]
        )
        try:
            return _follow(out, campaign)
        except KeyboardInterrupt:
            opened.detach()
            out.say("What runs goes on in the background; the same command again goes on with the rest.")
            return output.INTERRUPTED


def _follow(out: Output, campaign: Campaign) -> int:
    steps: list[Step] = []
    for step in campaign.steps():
        steps.append(step)
        if not out.json:
            out.data(_line(step, out))
    if out.json:
        out.value({"steps": [_body(step) for step in steps]})
    ended = [step for step in steps if step.what == "ended"]
    good = [step for step in ended if step.status is SessionStatus.COMPLETED]
    counts = {what: sum(step.what == what for step in steps) for what in ("planned", "passed over")}
    told = [f"{count} {what}" for what, count in counts.items() if count]
    if not ended:
        out.say(f"{', '.join(told) or 'No such sessions'}: nothing was done.")
        return output.DONE
    missed = [f"{len(ended) - len(good)} did not"] if len(ended) > len(good) else []
    out.say(", ".join([f"{words.counted(len(good), 'session')} COMPLETED", *missed, *told]) + ".")
    return output.DONE if len(good) == len(ended) else output.SESSION_FAILED


def _line(step: Step, out: Output) -> str:
    status = out.style.status(step.status) if step.status and step.what == "ended" else ""
    plan = ""
    if step.way and step.what in ("planned", "started"):
        plan = f"runs {len(step.way.rerun)}, keeps {len(step.way.reused)}"
    return "  ".join(filter(None, (escape.line(step.session), step.what, status, plan, escape.line(step.why))))


def _body(step: Step) -> Json:
    return {
        "session": step.session,
        "what": step.what,
        "status": plain(step.status),
        "why": step.why,
        "way": None if step.way is None else way_body(step.way),
    }
