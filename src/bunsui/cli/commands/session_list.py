"""`bunsui session list`: sessions, the newest first, a page at a time."""

from __future__ import annotations

import shlex
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

import click

from bunsui.cli.opening import workspace
from bunsui.cli.options import context_option, output_option
from bunsui.cli.output import Output
from bunsui.model.json import Json
from bunsui.model.session import Session
from bunsui.model.status import SessionStatus
from bunsui.services.views import Approval, Place
from bunsui.text import escape, places, reasons, width, words
from bunsui.text.body import plain
from bunsui.text.style import STATUS_STYLE
from bunsui.text.table import Column, table
from bunsui.workspace import Workspace

_LIMIT = 30
_LOOKED_INTO = 20  # sessions: for each its history is read
_WHY = 2 + 16  # columns below which it is left out


@click.command("list")
@click.option(
    "--status",
    type=click.Choice([*SessionStatus], case_sensitive=False),
    metavar="STATUS",
    help="Only these: failed ...",
)
@click.option("--pipeline", metavar="NAME", help="Only sessions of this pipeline.")
@click.option("--limit", "-n", type=click.IntRange(1, 1000), default=_LIMIT, show_default=True, help="At most so many.")
@click.option("--after", metavar="PLACE", help="Go on where a former list ended.")
@context_option
@output_option
@click.pass_obj
def list_(out: Output, status: str | None, pipeline: str | None, limit: int, after: str | None) -> None:
    """List sessions, the newest first."""
    wanted = SessionStatus(status) if status else None
    with workspace() as opened:
        page = opened.sessions.list(status=wanted, pipeline=pipeline, limit=limit, after=after)
        asking = _asking(opened, page.sessions)
    if out.json:
        body: dict[str, Json] = {"sessions": plain(page.sessions), "next": page.next}
        body["approvals"] = plain(list(asking.values()))
        out.value(body | ({"places": plain(page.places)} if page.places else {}))
        return
    if not page.sessions:
        out.say("No sessions." if not (status or pipeline or after) else "No such sessions.")
        return
    shown = [replace(one, reason=_asks(asking[one.id])) if one.id in asking else one for one in page.sessions]
    columns = out.width if out.out.isatty() else None
    out.lines(table(*fitted(shown, time.time(), columns, page.places), out.style, columns))
    if page.next:
        filters = {
            "--status": status and status.lower(),
            "--pipeline": pipeline,
            "--limit": limit,
            "--after": page.next,
        }
        given = [f"{flag} {shlex.quote(str(value))}" for flag, value in filters.items() if value not in (None, _LIMIT)]
        out.say(out.talk.dim(f"more: bunsui session list {escape.line(' '.join(given))}"))


def _asking(opened: Workspace, sessions: Sequence[Session]) -> dict[str, Approval]:
    """What sessions that run wait to be told: of each the first question. Only the newest are asked."""
    running = [session.id for session in sessions if session.status is SessionStatus.RUNNING][:_LOOKED_INTO]
    return {id: waiting[0] for id in running if (waiting := opened.sessions.approvals(id))}


def _asks(approval: Approval) -> str:
    return f"{approval.operation} waits for approval" + (f": {approval.message}" if approval.message else "")


def fitted(
    sessions: Sequence[Session], now: float, limit: int | None, queue: Mapping[str, Place] = MappingProxyType({})
) -> tuple[list[Column], list[list[str]]]:
    """Columns and rows: the fuller ones, or the first that fit. An id is never cut, so that it can be copied."""
    why = Column("WHY", cut=True, paint=lambda _: "dim")
    head = [Column("SESSION"), Column("STATUS", paint=lambda text: STATUS_STYLE.get(text, ""))]
    full = [*head, Column("STARTED"), Column("TIME", right=True), why]
    rows = [_row(session, now, words.moment, reasons.whole(session), queue.get(session.id)) for session in sessions]
    if limit is None or _least(rows, (0, 1, 2, 3, 4)) <= limit:
        return full, rows
    rows = [_row(session, now, _short, reasons.brief(session), queue.get(session.id)) for session in sessions]
    if _least(rows, (0, 1, 2, 3)) + _WHY <= limit:
        return full, rows
    numbers = next((some for some in ((0, 1, 2, 3), (0, 1, 3)) if _least(rows, some) <= limit), (0, 1))
    return [full[number] for number in numbers], [[row[number] for number in numbers] for row in rows]


def _least(rows: Sequence[Sequence[str]], numbers: Sequence[int]) -> int:
    """How wide these columns are together."""
    return sum(max(8, *(width.columns(row[number]) for row in rows)) + 2 for number in numbers) - 2


def _row(session: Session, now: float, moment: Callable[[float], str], why: str, place: Place | None) -> list[str]:
    started = words.seconds_of(session.started or session.created)
    ended = words.seconds_of(session.ended) if session.ended else now
    spent = words.duration(ended - started) if session.started else ""
    return [escape.line(session.id), session.status, moment(started), spent, places.line(place, now) if place else why]


def _short(at: float) -> str:
    return words.moment(at)[5:16]  # month, day, hour and minute
