"""`bunsui session cancel`: stop a session, after showing what that stops."""

from __future__ import annotations

import click

from bunsui.cli import output
from bunsui.cli.opening import workspace
from bunsui.cli.options import output_option, session_argument, yes_option
from bunsui.cli.output import Output
from bunsui.errors import Refused
from bunsui.model.status import OperationStatus
from bunsui.services.views import SessionView
from bunsui.text import escape, words
from bunsui.text.body import plain

_OPEN = (OperationStatus.RUNNING, OperationStatus.RETRYING, OperationStatus.WAITING)


@click.command()
@session_argument
@click.option("--why", default="", metavar="TEXT", help="Noted in the session's log.")
@yes_option
@output_option
@click.pass_obj
def cancel(out: Output, session: str, why: str, yes: bool) -> int:
    """Cancel a session: stop what runs, start nothing more."""
    with workspace() as opened:
        view = opened.sessions.status(session)
        if not view.session.status.ended and not yes:
            _explain(out, view)
            if not out.ask("Cancel it?"):
                raise Refused("nothing was cancelled", f"bunsui session cancel {view.session.id} --yes")
        ended = opened.sessions.cancel(view.session.id, why=why)
    if out.json:
        out.value({"session": plain(ended)})
    else:
        out.data(f"{escape.line(ended.id)}  {out.style.status(ended.status)}")
    return output.DONE


def _explain(out: Output, view: SessionView) -> None:
    running = [escape.line(one.name) for one in view.operations if one.status in _OPEN]
    pending = [one for one in view.operations if one.status is OperationStatus.PENDING]
    done = [one for one in view.operations if one.status in (OperationStatus.SUCCEEDED, OperationStatus.REUSED)]
    out.say(f"{escape.line(view.session.id)} is {out.talk.status(view.session.status)}.")
    if running:
        out.say(f"  stops      {words.listed(running, 6)}")
    if pending:
        out.say(f"  never runs {words.listed([escape.line(one.name) for one in pending], 6)}")
    out.say(f"  keeps      {words.counted(len(done), 'completed operation')}, for a resume")
