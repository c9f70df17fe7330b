"""`bunsui session list`: sessions, the newest first, a page at a time."""

from __future__ import annotations

import shlex
import time

import click

from bunsui.cli import escape, words
from bunsui.cli.body import plain
from bunsui.cli.opening import workspace
from bunsui.cli.options import output_option
from bunsui.cli.output import Output
from bunsui.cli.style import STATUS_STYLE
from bunsui.cli.table import Column, table
from bunsui.model.session import Session
from bunsui.model.status import SessionStatus


@click.command("list")
@click.option(
    "--status",
    type=click.Choice([*SessionStatus], case_sensitive=False),
    metavar="STATUS",
    help="Only these: failed ...",
)
@click.option("--pipeline", metavar="NAME", help="Only sessions of this pipeline.")
@click.option("--limit", "-n", type=click.IntRange(1, 1000), default=30, show_default=True, help="At most so many.")
@click.option("--after", metavar="PLACE", help="Go on where a former list ended.")
@output_option
@click.pass_obj
def list_(out: Output, status: str | None, pipeline: str | None, limit: int, after: str | None) -> None:
    """List sessions, the newest first."""
    wanted = SessionStatus(status) if status else None
    with workspace() as opened:
        page = opened.sessions.list(status=wanted, pipeline=pipeline, limit=limit, after=after)
    if out.json:
        out.value({"sessions": plain(page.sessions), "next": page.next})
        return
    if not page.sessions:
        out.say("No sessions." if not (status or pipeline or after) else "No such sessions.")
        return
    columns = [
        Column("SESSION"),
        Column("STATUS", paint=lambda text: STATUS_STYLE.get(text, "")),
        Column("STARTED"),
        Column("TIME", right=True),
        Column("WHY", cut=True, paint=lambda _: "dim"),
    ]
    rows = [_row(session, time.time()) for session in page.sessions]
    out.lines(table(columns, rows, out.style, out.width if out.out.isatty() else None))
    if page.next:
        out.say(out.talk.dim(f"more: bunsui session list --after {escape.line(shlex.quote(page.next))}"))


def _row(session: Session, now: float) -> list[str]:
    started = words.seconds_of(session.started or session.created)
    ended = words.seconds_of(session.ended) if session.ended else now
    spent = words.duration(ended - started) if session.started else ""
    return [escape.line(session.id), session.status, words.moment(started), spent, escape.line(session.reason)]
