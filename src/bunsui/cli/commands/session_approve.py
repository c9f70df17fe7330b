"""`bunsui session approve`: a person's answer to an operation that waits for one."""

from __future__ import annotations

import click

from bunsui.cli.confirming import demand
from bunsui.cli.opening import workspace
from bunsui.cli.options import context_option, output_option, session_argument, yes_option
from bunsui.cli.output import Output
from bunsui.errors import Refused
from bunsui.services.views import Approval
from bunsui.text import escape


@click.command()
@session_argument
@click.argument("operation", required=False)
@click.option("--reject", is_flag=True, help="Say no: the operation fails with Bunsui.Rejected.")
@click.option("--comment", default="", metavar="TEXT", help="Kept with the answer.")
@yes_option
@context_option
@output_option
@click.pass_obj
def approve(out: Output, session: str, operation: str | None, reject: bool, comment: str, yes: bool) -> None:
    """Answer an approval that a session waits for.

    OPERATION may be left out when only one waits. Somebody at a terminal is shown the question and asked; a script
    that calls this has decided.
    """
    with workspace() as opened:
        demand(out, f"answer for {session}", yes)
        if out.can_ask and not yes:
            waiting = opened.sessions.approvals(session)
            named = [one for one in waiting if operation in (None, one.operation)]
            if len(named) == 1 and not out.ask(_question(named[0], reject)):
                raise Refused("nothing was answered", f"bunsui session approve {named[0].session} --yes")
        answer = opened.sessions.reject if reject else opened.sessions.approve
        approval = answer(session, operation, comment=comment)
    word = "rejected" if reject else "approved"
    if out.json:
        out.value({"session": approval.session, "operation": approval.operation, "answer": word, "comment": comment})
        return
    message = f": {escape.line(approval.message)}" if approval.message else ""
    style = "red" if reject else "green"
    out.data(f"{out.style.paint(word, style)} {escape.line(approval.operation)} of {approval.session}{message}")


def _question(approval: Approval, reject: bool) -> str:
    message = f" asks: {escape.line(approval.message)}" if approval.message else " waits"
    deed = "Reject it, so that it fails?" if reject else "Approve it, so that the session goes on?"
    return f"{escape.line(approval.operation)} of {approval.session}{message}\n{deed}"
