"""Analyses of failures as text: what failed, the very lines that say why, what kind it is, what to do.

How a session ended, in its last lines, is in `ending`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bunsui.analysis.errors.telling import retry_yaml, what
from bunsui.model.failure import ErrorAnalysis
from bunsui.model.session import Session
from bunsui.services.error_views import ErrorGroup, ErrorPage
from bunsui.text import escape, width, words
from bunsui.text.style import Style

_MOST_ITEMS = 8


def details(session: Session, found: Sequence[ErrorAnalysis], columns: int | None, style: Style) -> Iterator[str]:
    """All that is known of each. `columns` None: nothing is cut."""
    status = style.status(session.status, f"{style.glyph(session.status)} {session.status}")
    count = words.counted(len(found), "failure") if found else "no failure that is known"
    yield f"{status}  {style.bold(escape.line(session.id))}  {count}"
    for one in found:
        yield ""
        yield from _block(one, columns, style)


def summaries(page: ErrorPage, columns: int | None, style: Style) -> Iterator[str]:
    """Two lines a kind of failure: how often, what, why; then when, where, and whether it went well since."""
    wide = max(len(f"{group.count:,}") for group, _ in page.groups) + 1
    for group, succeeded in page.groups:
        often = f"{f'{group.count:,}x':>{wide}}"
        told = f"{group.category}  {escape.line(group.error)}: {escape.line(group.cause)}"
        told = told if columns is None else width.cut(told, max(columns - wide - 2, 20))
        yield f"{style.bold(often)}  {style.paint(told, 'yellow' if group.recoverable else 'red')}"
        yield " " * (wide + 2) + style.dim(f" {style.dot} ".join(_seen(group, succeeded)))


def _seen(group: ErrorGroup, succeeded: bool) -> Iterator[str]:
    yield f"last {words.moment(words.seconds_of(group.last_seen))} in {escape.line(group.session)}"
    if group.count > 1:
        yield f"first {words.moment(words.seconds_of(group.first_seen))}"
    yield escape.line(words.listed(group.pipelines, 3))
    yield "succeeded since" if succeeded else "not succeeded since"
    yield group.fingerprint


def _block(one: ErrorAnalysis, columns: int | None, style: Style) -> Iterator[str]:
    head = f"{style.glyph('FAILED')} {escape.line(what(one))}"
    yield f"{style.paint(head, 'red')}  {escape.line(one.error)}"
    yield from _wrapped(one.cause, columns, 2)
    yield f"  {kind(one, style)}  {style.dim(_circumstances(one, style))}"
    if one.evidence:
        yield style.dim("  evidence")
        yield from _evidence(one, columns, style)
    yield style.dim("  next")
    yield from _wrapped(one.advice, columns, 4)
    if one.retry:
        yield style.dim("  a retry rule for the operation, if it may run twice")
        yield f"    {retry_yaml(one.retry)}"


def kind(one: ErrorAnalysis, style: Style) -> str:
    """``throttled, may pass by itself``."""
    chance = "may pass by itself" if one.recoverable else "does not pass by itself"
    return style.paint(f"{one.category}, {chance}", "yellow" if one.recoverable else "red")


def _circumstances(one: ErrorAnalysis, style: Style) -> str:
    tried = f"tried {one.attempts} times" if one.attempts > 1 else ""
    items = one.items[:_MOST_ITEMS] if one.alike > 1 else ()
    named = f"items {', '.join(map(str, items))}" + (" ..." if one.alike > len(items) else "") if items else ""
    sure = f"{one.confidence:.0%} sure"
    parts = (sure, tried, named, f"event {one.event} of {one.execution}", one.fingerprint)
    return f" {style.dot} ".join(escape.line(part) for part in parts if part)


def _evidence(one: ErrorAnalysis, columns: int | None, style: Style) -> Iterator[str]:
    for line in one.evidence:
        place = line.place if line.place == "cause" else f"{line.place}:{line.line}"
        text = escape.line(line.text)
        yield "    " + (text if columns is None else width.cut(text, max(columns - 4, 20)))
        yield style.dim(f"      {escape.line(place)}")


def _wrapped(text: str, columns: int | None, indent: int) -> Iterator[str]:
    for line in escape.lines(text):
        rows = [line] if columns is None else width.wrap(line, max(columns - indent, 20))
        yield from (" " * indent + row for row in rows)
