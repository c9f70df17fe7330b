"""`bunsui session purge`: remove ended sessions with all that is theirs, after showing which and how much."""

from __future__ import annotations

import time
from collections.abc import Sequence

import click

from bunsui.cli import output
from bunsui.cli.confirming import agreed
from bunsui.cli.opening import workspace
from bunsui.cli.options import context_option, duration_option, output_option, yes_option
from bunsui.cli.output import Output
from bunsui.errors import Refused
from bunsui.model.json import Json
from bunsui.model.status import ENDED, SessionStatus
from bunsui.services.sessions.collecting import Unused
from bunsui.services.sessions.purging import Purgeable, Selection
from bunsui.text import escape, words
from bunsui.text.style import STATUS_STYLE
from bunsui.text.table import Column, table

_SHOWN = 20  # sessions of a preview; --output json has all


@click.command()
@click.argument("sessions", metavar="[SESSION]...", nargs=-1)
@duration_option("--older-than", help="All that ended longer ago than this, such as 30d.")
@click.option(
    "--status", type=click.Choice(sorted(ENDED), case_sensitive=False), metavar="STATUS", help="All that ended so."
)
@click.option("--pipeline", metavar="NAME", help="All of this pipeline.")
@click.option("--keep", type=click.IntRange(0), metavar="N", help="But the newest N of each pipeline.")
@click.option("--dry-run", is_flag=True, help="Show what would go, and remove nothing.")
@yes_option
@context_option
@output_option
@click.pass_obj
def purge(
    out: Output,
    sessions: tuple[str, ...],
    older_than: float | None,
    status: str | None,
    pipeline: str | None,
    keep: int | None,
    dry_run: bool,
    yes: bool,
) -> int:
    """Remove ended sessions: records, histories, logs, outputs, reports.

    Which ones is said by their ids, or by options, which must all apply. It shows them, and asks.
    Texts of pipelines go when no session and no registered version refers to them any more. Files that another session
    was handed stay.

    \b
    Examples:
      bunsui session purge --older-than 30d
      bunsui session purge --pipeline flights --keep 10 --dry-run
    """
    by_options = older_than is not None or status is not None or pipeline is not None or keep is not None
    if bool(sessions) == by_options:
        raise click.UsageError("say which: SESSION ..., or --older-than, --status, --pipeline, --keep")
    before = None if older_than is None else time.time() - older_than
    wanted = Selection(sessions, SessionStatus(status) if status else None, pipeline, before, keep or 0)
    with workspace() as opened:
        found = list(opened.purging.preview(wanted))
        unused = opened.collecting.unused([one.session.id for one in found])
        if not out.json:
            _show(out, found, unused)
        gone: list[str] = []
        if (found or unused.keys) and not dry_run:
            if not agreed(out, "Remove them?", "purge sessions", yes):
                raise Refused("nothing was removed", "The same with --yes; --dry-run only shows")
            gone = list(opened.purging.purge(one.session for one in found))
            unused = opened.collecting.remove()
    if out.json:
        out.value(_body(found, gone, unused))
    elif not dry_run and (gone or unused.keys):
        out.data(f"removed {words.listed([*_sessions(gone), *_texts(unused)])}")
    return output.DONE


def _sessions(gone: Sequence[str]) -> list[str]:
    return [words.counted(len(gone), "session")] if gone else []


def _texts(unused: Unused) -> list[str]:
    return [words.counted(len(unused.keys), "text of a pipeline", "texts of pipelines")] if unused.keys else []


def _show(out: Output, found: Sequence[Purgeable], unused: Unused) -> None:
    if not found:
        out.say("No such sessions have ended.")
    else:
        _table(out, found)
    if unused.keys:
        out.lines([f"{_texts(unused)[0]} that nothing refers to then, {words.size(unused.bytes)}"])


def _table(out: Output, found: Sequence[Purgeable]) -> None:
    columns = [
        Column("SESSION"),
        Column("STATUS", paint=lambda text: STATUS_STYLE.get(text, "")),
        Column("ENDED"),
        Column("SIZE", right=True),
    ]
    rows = [
        [escape.line(one.session.id), one.session.status, _ended(one), words.size(one.bytes)] for one in found[:_SHOWN]
    ]
    lines = list(table(columns, rows, out.style, out.width if out.out.isatty() else None))
    if len(found) > _SHOWN:
        lines.append(f"... and {len(found) - _SHOWN} more")
    total = f"{words.counted(len(found), 'session')}, {words.size(sum(one.bytes for one in found))}"
    out.lines([*lines, total])


def _ended(one: Purgeable) -> str:
    return words.moment(words.seconds_of(one.session.ended or one.session.created))


def _body(found: Sequence[Purgeable], gone: Sequence[str], unused: Unused) -> dict[str, Json]:
    removed = set(gone)
    rows: list[Json] = [
        {
            "id": one.session.id,
            "pipeline": one.session.pipeline,
            "status": one.session.status.value,
            "ended": one.session.ended,
            "bytes": one.bytes,
            "removed": one.session.id in removed,
        }
        for one in found
    ]
    texts: dict[str, Json] = {"keys": list(unused.keys), "bytes": unused.bytes}
    return {"sessions": rows, "bytes": sum(one.bytes for one in found), "unused": texts}
