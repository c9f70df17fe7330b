"""`bunsui session list`: sessions, the newest first, a page at a time."""

from __future__ import annotations

import shlex
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

import click

from bunsui.cli import output
from bunsui.cli.opening import workspace
from bunsui.cli.options import context_option, everywhere_option, output_option
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
_MOST_QUEUED = 5  # whose places are told in full below a list that cuts them


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
@everywhere_option
@context_option
@output_option
@click.pass_obj
def list_(
    out: Output, status: str | None, pipeline: str | None, limit: int, after: str | None, everywhere: bool
) -> int:
    """List sessions, the newest first."""
    wanted = SessionStatus(status) if status else None
    if everywhere:
        if after:
            raise click.UsageError("--after goes on with one context, --all-contexts begins with all")
        return _everywhere(out, wanted, pipeline, limit)
    with workspace() as opened:
        page = opened.sessions.list(status=wanted, pipeline=pipeline, limit=limit, after=after)
        asking = _asking(opened, page.sessions)
        stale = _is_stale(opened, page.sessions)
        since = opened.reconciling.looked_since() if stale else None
    if out.json:
        body: dict[str, Json] = {"sessions": plain(page.sessions), "next": page.next}
        body["approvals"] = plain(list(asking.values()))
        body |= {"looked_since": since} if stale else {}
        out.value(body | ({"places": plain(page.places)} if page.places else {}))
        return output.DONE
    if not page.sessions:
        out.say("No sessions." if not (status or pipeline or after) else "No such sessions.")
        return output.DONE
    shown = [replace(one, reason=_asks(asking[one.id])) if one.id in asking else one for one in page.sessions]
    columns = out.width if out.out.isatty() else None
    now = time.time()
    heads, rows = fitted(shown, now, columns, page.places)
    out.lines(table(heads, rows, out.style, columns))
    for text in cut_places(page.places, now, {one.id: row[-1] for one, row in zip(shown, rows, strict=True)}):
        out.say(out.talk.dim(text))
    if stale:
        out.say(out.talk.dim(_staleness(since)))
    if page.next:
        filters = {
            "--status": status and status.lower(),
            "--pipeline": pipeline,
            "--limit": limit,
            "--after": page.next,
        }
        given = [f"{flag} {shlex.quote(str(value))}" for flag, value in filters.items() if value not in (None, _LIMIT)]
        out.say(out.talk.dim(f"more: bunsui session list {escape.line(' '.join(given))}"))
    return output.DONE


def _everywhere(out: Output, status: SessionStatus | None, pipeline: str | None, limit: int) -> int:
    """The newest of all contexts together; each row says its context."""
    from bunsui.cli import several

    answers = several.ask(lambda opened: opened.sessions.list(status=status, pipeline=pipeline, limit=limit))
    found = [(one.context, session) for one in answers if one.said for session in one.said.sessions]
    found = sorted(found, key=lambda each: each[1].started or each[1].created, reverse=True)[:limit]
    queue = {id: place for one in answers if one.said for id, place in one.said.places.items()}
    if out.json:
        sessions: list[Json] = [{"context": context, "session": plain(session)} for context, session in found]
        out.value({"sessions": sessions, "unreachable": several.missed_body(answers)})
        return several.code_of(answers)
    if found:
        columns, rows = fitted([session for _, session in found], time.time(), None, queue)
        rows = [[escape.line(context), *row] for (context, _), row in zip(found, rows, strict=True)]
        out.lines(table([Column("CONTEXT"), *columns], rows, out.style, out.width if out.out.isatty() else None))
    else:
        out.say("No sessions.")
    return several.tell(out, answers)


def _is_stale(opened: Workspace, sessions: Sequence[Session]) -> bool:
    """Whether something runs, as far as is recorded, of which an end may not be recorded yet."""
    running = any(session.status is SessionStatus.RUNNING for session in sessions)
    return running and opened.context.backend == "aws"


def _staleness(since: str | None) -> str:
    if since is None:
        return "What runs is shown as it is recorded; bunsui session show SESSION looks at it now"
    return f"What runs was looked at since {words.moment(words.seconds_of(since))}, or told of its end"


def _asking(opened: Workspace, sessions: Sequence[Session]) -> dict[str, Approval]:
    """What sessions that run wait to be told: of each the first question. Only the newest are asked; on AWS none, where
    it takes a request each."""
    if opened.context.backend == "aws":
        return {}
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
    rows = [_row(session, now, _short, reasons.brief(session), None) for session in sessions]
    room = limit - _least(rows, (0, 1, 2, 3)) - 2
    for row, session in zip(rows, sessions, strict=True):
        row[-1] = places.fitting(queue[session.id], now, room) if session.id in queue else row[-1]
    if _least(rows, (0, 1, 2, 3)) + _WHY <= limit:
        return full, rows
    numbers = next((some for some in ((0, 1, 2, 3), (0, 1, 3)) if _least(rows, some) <= limit), (0, 1))
    return [full[number] for number in numbers], [[row[number] for number in numbers] for row in rows]


def cut_places(queue: Mapping[str, Place], now: float, cells: Mapping[str, str]) -> list[str]:
    """Why those wait whose row had no room to say it, each in a line of its own. `cells`: the last of each row."""
    full = {id: places.line(queue[id], now) for id in cells if id in queue}
    told = [f"{escape.line(id)}: {why}" for id, why in full.items() if cells[id] != why]
    more = [f"and {len(told) - _MOST_QUEUED} more: bunsui pool list"] if len(told) > _MOST_QUEUED else []
    return [*told[:_MOST_QUEUED], *more]


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
