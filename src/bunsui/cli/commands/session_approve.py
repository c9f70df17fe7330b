"""`bunsui session approve`: a person's answer to an operation that waits for one."""

from __future__ import annotations

import click

from bunsui.cli import escape
from bunsui.cli.opening import workspace
from bunsui.cli.options import output_option, session_argument
from bunsui.cli.output import Output


@click.command()
@session_argument
@click.argument("operation", required=False)
@click.option("--reject", is_flag=True, help="Say no: the operation fails with Bunsui.Rejected.")
@click.option("--comment", default="", metavar="TEXT", help="Kept with the answer.")
@output_option
@click.pass_obj
def approve(out: Output, session: str, operation: str | None, reject: bool, comment: str) -> None:
    """Answer an approval that a session waits for.

    OPERATION may be left out when only one waits.
    """
    with workspace() as opened:
        answer = opened.sessions.reject if reject else opened.sessions.approve
        approval = answer(session, operation, comment=comment)
    word = "rejected" if reject else "approved"
    if out.json:
        out.value({"session": approval.session, "operation": approval.operation, "answer": word, "comment": comment})
        return
    message = f": {escape.line(approval.message)}" if approval.message else ""
    style = "red" if reject else "green"
    out.data(f"{out.style.paint(word, style)} {escape.line(approval.operation)} of {approval.session}{message}")
