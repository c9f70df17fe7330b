"""`bunsui session errors`: why a session failed, or which failures there are over all sessions."""

from __future__ import annotations

import shlex
from collections.abc import Iterator

import click

from bunsui.cli.ending import commands
from bunsui.cli.opening import workspace
from bunsui.cli.options import context_option, output_option
from bunsui.cli.output import Output
from bunsui.cli.program import program
from bunsui.model.failure import ErrorAnalysis
from bunsui.model.json import Json
from bunsui.services.errors.views import ErrorPage
from bunsui.text import errors, escape, words
from bunsui.text.body import plain
from bunsui.text.problems import problem_line
from bunsui.text.style import Style
from bunsui.text.table import Column, table


@click.command("errors")
@click.argument("session", metavar="[SESSION]", required=False)
@click.option("--all", "every", is_flag=True, help="Of all its executions, not only the last.")
@click.option(
    "--limit", "-n", type=click.IntRange(1, 500), default=30, show_default=True, help="At most so many kinds."
)
@click.option("--after", metavar="PLACE", help="Go on where a former list ended.")
@click.option("--fingerprint", metavar="KIND", help="One kind of failure, and every session that failed so.")
@context_option
@output_option
@click.pass_obj
def errors_(
    out: Output, session: str | None, every: bool, limit: int, after: str | None, fingerprint: str | None
) -> None:
    """Show why a session failed: what, the lines that say why, what kind, what to do.

    Without SESSION: the same failures of all sessions together, those seen last first.

    \b
    Examples:
      bunsui session errors @last
      bunsui session errors
    """
    if session is not None and fingerprint is not None:
        raise click.UsageError("SESSION and --fingerprint do not go together")
    if fingerprint is not None:
        _of_kind(out, fingerprint, limit, after)
    elif session is not None:
        _of_session(out, session, every)
    else:
        _of_all(out, limit, after)


def _of_session(out: Output, ref: str, every: bool) -> None:
    with workspace() as opened:
        session = opened.sessions.refresh(ref)
        strategy = opened.errors.strategy(session)
        found = opened.errors.of_session(session) if every else strategy.analyses
        problems = opened.errors.problems(session)
    if out.json:
        body = {"session": session.id, "status": session.status, "recoverable": strategy.recoverable, "errors": found}
        out.value(plain(body))
        return
    for problem in problems:
        out.say(problem_line(problem, out.talk))
    columns = out.width if out.out.isatty() else None
    out.lines(errors.details(session, found, columns, out.style))
    if found:
        out.lines(_next(session.id, columns, out.style))


def _next(id: str, columns: int | None, style: Style) -> Iterator[str]:
    yield ""
    yield style.bold("next")
    rows = [
        (f"{program()} session recover {id}", "every way out, and what each would rerun"),
        (f"{program()} session logs {id} --around-error", "the log around these lines"),
    ]
    yield from commands(rows, columns, style)


def _of_all(out: Output, limit: int, after: str | None) -> None:
    with workspace() as opened:
        page = opened.errors.groups(limit=limit, after=after)
    if out.json:
        out.value(plain(_body(page)))
        return
    if not page.groups:
        out.say("No session has failed so far." if after is None else "No more.")
        return
    out.lines(errors.summaries(page, out.width if out.out.isatty() else None, out.style))
    out.say()
    out.say(out.talk.dim(f"all about one: {program()} session errors SESSION"))
    if page.next:
        out.say(out.talk.dim(f"more: bunsui session errors --after {escape.line(page.next)}"))


def _body(page: ErrorPage) -> dict[str, object]:
    return {"groups": _groups(page), "next": page.next}


def _groups(page: ErrorPage) -> list[dict[str, Json]]:
    groups = [(plain(group), done) for group, done in page.groups]
    return [{**body, "succeeded_since": done} for body, done in groups if isinstance(body, dict)]


def _of_kind(out: Output, fingerprint: str, limit: int, after: str | None) -> None:
    with workspace() as opened:
        page = opened.errors.alike(fingerprint, limit=limit, after=after)
    whole = ErrorPage(((page.group, page.succeeded_since),))
    if out.json:
        out.value({"group": _groups(whole)[0], "failures": plain(page.failures), "next": page.next})
        return
    columns = out.width if out.out.isatty() else None
    out.lines(errors.summaries(whole, columns, out.style))
    if page.failures and after is None:
        out.lines(["", *errors.block(page.failures[0], columns, out.style)])
    head = [Column("WHEN"), Column("SESSION"), Column("OPERATION", cut=True), Column("TRIES", right=True)]
    rows = [[words.moment(one.at), escape.line(one.session), _where(one), str(one.attempts)] for one in page.failures]
    out.lines(["", *table(head, rows, out.style, columns)])
    if page.next:
        more = f"--fingerprint {fingerprint} --after {escape.line(shlex.quote(page.next))}"
        out.say(out.talk.dim(f"more: bunsui session errors {more}"))


def _where(one: ErrorAnalysis) -> str:
    item = "" if one.item is None else f"[{one.item}]"
    return escape.line(one.operation) + item or "the execution"
