"""`bunsui session logs`: the merged log, filtered, once or followed."""

from __future__ import annotations

import re
import time
from collections.abc import Iterable, Mapping
from datetime import datetime

import click

from bunsui.analysis.progress import OperationView
from bunsui.cli.opening import workspace
from bunsui.cli.options import context_option, output_option, seconds_in, session_argument
from bunsui.cli.output import Output
from bunsui.errors import NotFound
from bunsui.model.log import LogLine
from bunsui.model.nearest import did_you_mean
from bunsui.services.logs.reader import LogFilter, of_item
from bunsui.text import escape, words
from bunsui.text.body import plain
from bunsui.text.logs import Tries, log_line
from bunsui.workspace import Workspace

_AROUND = 10  # lines
_ATTEMPT = re.compile(r"\d{1,9}\.\d{1,9}\.\d{1,9}")
_LEVELS = ("debug", "info", "warning", "error", "critical")


def _since(ctx: click.Context, param: click.Parameter, value: str | None) -> float | None:
    """A moment, or how long ago."""
    if value is None:
        return None
    ago = seconds_in(value)
    if ago is not None:
        return time.time() - ago
    try:
        return datetime.fromisoformat(value).timestamp()
    except ValueError:
        message = f"{value!r} is neither a time such as 2026-02-01T06:00 nor a duration such as 10m"
        raise click.BadParameter(message, ctx, param) from None


def _lines(
    opened: Workspace, session: str, wanted: LogFilter, follow: bool, around_error: int | None
) -> Iterable[LogLine]:
    if around_error is None:
        return opened.sessions.logs(session, wanted, follow=follow)
    return opened.errors.log_around(opened.sessions.get(session), wanted, around_error)


def _attempt(ctx: click.Context, param: click.Parameter, value: str | None) -> str | None:
    if value is not None and not _ATTEMPT.fullmatch(value):
        message = f"{value!r} is no attempt: write execution.redrive.retry, such as 1.0.0"
        raise click.BadParameter(message, ctx, param)
    return value


def _are_there(opened: Workspace, ref: str, wanted: LogFilter) -> None:
    """The operation and the execution that are asked for. Raises NotFound."""
    view = opened.sessions.status(ref)
    session, there = view.session.id, {one.name: one for one in view.operations}
    name, _ = of_item(wanted.operation or "")
    if there and wanted.operation is not None and not _may_have(there, name):
        names = did_you_mean(name, there, f"It has {words.listed([*there], 12)}")
        raise NotFound(f"session {session} has no operation {name!r}", names)
    number, known = int((wanted.attempt or "1").partition(".")[0]), len(view.session.executions)
    if not 1 <= number <= known:
        began = f"It has {words.counted(known, 'execution')}: bunsui session show {session}"
        raise NotFound(
            f"attempt {wanted.attempt} is of execution {number}, which session {session} does not have", began
        )


def _may_have(there: Mapping[str, OperationView], operation: str) -> bool:
    """Of a nested pipeline that has not begun, the operations are not known."""
    outer = there.get(operation.rpartition(".")[0])
    begun = outer is not None and any(name.startswith(f"{outer.name}.") for name in there)
    return operation in there or (outer is not None and outer.kind == "pipeline" and not begun)


@click.command()
@session_argument
@click.option("--follow", "-f", is_flag=True, help="Go on until the session ends.")
@click.option(
    "--operation", "-o", metavar="NAME", help="Only this operation and what is nested in it; NAME[3]: one item."
)
@click.option("--attempt", callback=_attempt, metavar="E.R.T", help="Only this attempt: execution.redrive.retry.")
@click.option("--level", type=click.Choice(_LEVELS, case_sensitive=False), help="This level and above.")
@click.option("--grep", "-g", metavar="REGEX", help="Lines that it is found in; a capital in it makes case matter.")
@click.option("--since", callback=_since, metavar="TIME", help="From a time on, or 10m ago.")
@click.option("--tail", "-n", type=click.IntRange(0), metavar="N", help="Only the last N lines.")
@click.option(
    "--around-error",
    is_flag=False,
    flag_value=_AROUND,
    type=click.IntRange(0, 10_000),
    metavar="[N]",
    help=f"Errors and the lines that say why, each with N of its attempt before and after (default {_AROUND}).",
)
@context_option
@output_option
@click.pass_obj
def logs(
    out: Output,
    session: str,
    follow: bool,
    operation: str | None,
    attempt: str | None,
    level: str | None,
    grep: str | None,
    since: float | None,
    tail: int | None,
    around_error: int | None,
) -> None:
    """Read a session's merged log.

    With --output json each line is a JSON object.

    \b
    Examples:
      bunsui session logs @last --tail 50 --follow
      bunsui session logs @last --operation load --level warning
      bunsui session logs @last --around-error
      bunsui session logs @last --grep 'timed? ?out|refused' --since 2h
    """
    if around_error is not None and (follow or tail is not None):
        raise click.UsageError("--around-error goes with neither --follow nor --tail")
    wanted = LogFilter(operation, attempt, level.upper() if level else None, grep, since, tail)
    found, tries = False, Tries()
    with workspace() as opened:
        if follow:
            _are_there(opened, session, wanted)
        for line in _lines(opened, session, wanted, follow, around_error):
            if out.json:
                out.data(escape.json_text(plain(line), indent=None))
            else:
                out.lines([*tries.begun_by(line, out.style), log_line(line, out.style, None)])
            found = True
            if follow:
                out.out.flush()
        if not found:
            _are_there(opened, session, wanted)
    if not found:
        out.say("No such lines.")
