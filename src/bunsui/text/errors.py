"""Analyses of failures as text: what failed, the very lines that say why, what kind it is, what to do.

How a session ended, in its last lines, is in `ending`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from bunsui.analysis.errors.telling import retry_yaml, what
from bunsui.model.failure import CAUSE, ErrorAnalysis
from bunsui.model.session import Session
from bunsui.services.errors.views import ErrorGroup, ErrorPage
from bunsui.text import cause, escape, failing, width, words
from bunsui.text.language import _
from bunsui.text.said import said
from bunsui.text.style import Style

_MOST_ITEMS = 8
_TITLE = 7  # columns of what stands before a row


def details(session: Session, found: Sequence[ErrorAnalysis], columns: int | None, style: Style) -> Iterator[str]:
    """All that is known of each. `columns` None: nothing is cut."""
    status = style.status(session.status, f"{style.glyph(session.status)} {session.status}")
    count = words.counted(len(found), "failure") if found else _unknown(session)
    yield f"{status}  {style.bold(escape.line(session.id))}  {count}"
    for one in found:
        yield ""
        yield from block(one, columns, style)


def _unknown(session: Session) -> str:
    return escape.line(session.reason) if session.reason and not session.started else "no failure that is known"


def summaries(page: ErrorPage, columns: int | None, style: Style) -> Iterator[str]:
    """Two lines a kind of failure: how often, what, why; then when, where, and whether it went well since."""
    wide = max(len(f"{group.count:,}") for group, _succeeded in page.groups) + 1
    for group, succeeded in page.groups:
        often = f"{f'{group.count:,}x':>{wide}}"
        why = group.cause or " ".join(cause.lines(group.error, None))
        told = f"{_where_seen(group)}  {group.category}  {escape.line(group.error)}"
        told += f": {escape.line(why)}" if why else ""
        told = told if columns is None else width.cut(told, max(columns - wide - 2, 20))
        yield f"{style.bold(often)}  {style.paint(told, 'yellow' if group.recoverable else 'red')}"
        seen = f" {style.dot} ".join(_seen(group, succeeded))
        room = max(columns - wide - 2, 20) if columns is not None else width.columns(seen)
        yield from (" " * (wide + 2) + style.dim(row) for row in width.wrap(seen, room))


def _where_seen(group: ErrorGroup) -> str:
    """The operation that failed so last; of several also how many others did."""
    others = len(set(group.operations) - {group.operation})
    return escape.line(group.operation or "the execution") + (f" +{others}" if others else "")


def _seen(group: ErrorGroup, succeeded: bool) -> Iterator[str]:
    last = f"last {words.moment(words.seconds_of(group.last_seen))}"
    if group.purged:
        yield last
        yield f"{group.stored:,} still stored, the newest in {escape.line(group.session)}"
    else:
        yield f"{last} in {escape.line(group.session)}"
    if group.count > 1:
        yield f"first {words.moment(words.seconds_of(group.first_seen))}"
    yield escape.line(words.listed(group.pipelines, 3))
    yield "succeeded since" if succeeded else "not succeeded since"
    yield f"fingerprint {group.fingerprint}"


def block(one: ErrorAnalysis, columns: int | None, style: Style) -> Iterator[str]:
    head = f"{style.glyph('FAILED')} {escape.line(what(one))}"
    yield f"{style.paint(head, 'red')}  {escape.line(one.error)}"
    yield from _titled(_("why"), _why(one, columns), style)
    yield from _titled(_("kind"), (f"{kind(one, style)}  {style.dim(_circumstances(one, style))}",), style)
    yield from _titled(_("do"), _wrapped(said(one.advice), columns), style)
    if one.retry:
        helps = _("If it may run twice, this rule in the pipeline file helps:")
        yield from _titled("", _wrapped(helps, columns), style)
        yield from _titled("", _wrapped(retry_yaml(one.retry), columns), style)
    yield from _titled(_("where"), (style.dim(row) for row in _wrapped(_where(one, style), columns)), style)


def _titled(title: str, rows: Iterable[str], style: Style) -> Iterator[str]:
    for number, row in enumerate(rows):
        yield f"  {style.dim(width.pad(title if number == 0 else '', _TITLE))}{row}"


def kind(one: ErrorAnalysis, style: Style) -> str:
    """``throttled, may pass by itself``."""
    chance = _("may pass by itself") if one.recoverable else _("does not pass by itself")
    return style.paint(f"{one.category}, {chance}", "yellow" if one.recoverable else "red")


def _circumstances(one: ErrorAnalysis, style: Style) -> str:
    tried = _("tried {count} times").format(count=one.attempts) if one.attempts > 1 else ""
    items = one.items[:_MOST_ITEMS] if one.alike > 1 else ()
    shown = ", ".join(map(str, items)) + (" ..." if one.alike > len(items) else "")
    named = _("items {items}").format(items=shown) if items else ""
    parts = (_("{share} sure").format(share=f"{one.confidence:.0%}"), tried, named)
    return f" {style.dot} ".join(part for part in parts if part)


def _where(one: ErrorAnalysis, style: Style) -> str:
    item = "" if one.item is None else f"[{one.item}]"
    attempt = _("log of {operation}, attempt {attempt}").format(operation=f"{one.operation}{item}", attempt=one.attempt)
    event = _("event {event} of {execution}").format(event=one.event, execution=one.execution)
    parts = (attempt if one.attempt else "", event, f"{_('fingerprint')} {one.fingerprint}")
    return f" {style.dot} ".join(part for part in parts if part)


def _why(one: ErrorAnalysis, columns: int | None) -> Iterator[str]:
    """The very lines, in the order in which they were written; its own words where no line has them."""
    texts = [line.text for line in sorted(one.evidence, key=lambda line: (line.place != CAUSE, line.place, line.line))]
    told = cause.one_line(one.error, one.cause)
    texts = texts if told == one.cause else [text for text in texts if text.strip() != one.cause.strip()]
    if told and not any(told in text for text in texts):
        yield from _wrapped(told, columns)
        texts = [text for text in texts if not told.startswith(_said(text, one.error))]
        texts = [] if len(texts) == 1 and texts[0].strip() in told else texts
    for text in texts:
        yield from failing.wrapped(escape.line(text), None if columns is None else columns - _TITLE - 2)


def _said(text: str, error: str) -> str:
    return text.removesuffix("; it last wrote:").removeprefix(f"{error}: ")


def _wrapped(text: str, columns: int | None) -> Iterator[str]:
    for line in escape.lines(text):
        yield from [line] if columns is None else width.wrap(line, max(columns - _TITLE - 2, 20))
