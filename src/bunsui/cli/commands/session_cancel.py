"""`bunsui session cancel`: stop a session, after showing what that stops."""

from __future__ import annotations

from collections.abc import Iterator

import click

from bunsui.cli import output
from bunsui.cli.confirming import agreed
from bunsui.cli.opening import workspace
from bunsui.cli.options import context_option, output_option, session_argument, yes_option
from bunsui.cli.output import Output
from bunsui.errors import Refused
from bunsui.model.log import SESSION_STREAM, LogLine
from bunsui.model.session import Session
from bunsui.services.logs.filter import LogFilter
from bunsui.services.sessions.manager import SessionManager
from bunsui.text import cancelling, escape
from bunsui.text.body import plain


@click.command()
@session_argument
@click.option("--why", default="", metavar="TEXT", help="Noted in the session's log.")
@yes_option
@context_option
@output_option
@click.pass_obj
def cancel(out: Output, session: str, why: str, yes: bool) -> int:
    """Cancel a session: stop what runs, start nothing more."""
    with workspace() as opened:
        view = opened.sessions.status(session)
        if not view.session.status.ended:
            if not yes:
                for line in cancelling.lines(view, out.talk):
                    out.say(line)
            if not agreed(out, "Cancel it?", f"cancel {view.session.id}", yes):
                raise Refused("nothing was cancelled", f"bunsui session cancel {view.session.id} --yes")
        ended = opened.sessions.cancel(view.session.id, why=why)
        for said in _said(opened.sessions, ended):
            out.say(escape.line(said.message))
    if out.json:
        out.value({"session": plain(ended)})
    else:
        out.data(f"{escape.line(ended.id)}  {out.style.status(ended.status)}")
    return output.DONE


def _said(sessions: SessionManager, ended: Session) -> Iterator[LogLine]:
    """What was stopped elsewhere, and what goes on though nobody waits for it."""
    attempt = f"{len(ended.executions)}.{ended.executions[-1].redrives}.0"
    lines = sessions.logs(ended.id, LogFilter(operation=SESSION_STREAM, attempt=attempt, level="WARNING"))
    return (line for line in lines if line.level == "WARNING")
