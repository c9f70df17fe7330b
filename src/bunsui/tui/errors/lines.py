"""Kinds of failures, and the sessions in which one was seen, as lines. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from bunsui.model.failure import ErrorAnalysis
from bunsui.model.session import Session
from bunsui.services.errors.views import AlikePage, ErrorGroup
from bunsui.text import cause, errors, escape, width, words
from bunsui.text.language import _, mark, plural
from bunsui.text.said import said
from bunsui.text.style import STATUS_STYLE, Style
from bunsui.tui.home.lines import moment
from bunsui.tui.widgets import columns as table
from bunsui.tui.widgets.columns import Column
from bunsui.tui.widgets.titled import wrapped

GROUPS = (
    Column(mark("COUNT"), 6, right=True),
    Column(mark("LAST SEEN"), 11),
    Column(mark("CATEGORY"), 13, least=68),
    Column(mark("OPERATION"), 14, least=90, middle=True),
    Column(mark("ERROR"), 16, share=5),
    Column(mark("PIPELINES"), 12, share=1, least=118),
    Column(mark("FIRST SEEN"), 11, least=140),
    Column(mark("SINCE"), 11),
)
SEEN = (
    Column(mark("WHEN"), 11),
    Column(mark("SESSION"), 20, share=3, middle=True),
    Column(mark("NOW"), 12),
    Column(mark("PIPELINE"), 12, share=1, least=100, middle=True),
    Column(mark("OPERATION"), 12, share=1, least=60, middle=True),
    Column(mark("TRIES"), 5, right=True, least=90),
    Column(mark("OWNER"), 9, least=100),
)


def group(one: ErrorGroup, succeeded: bool, now: float, columns: int, style: Style) -> str:
    colour = "yellow" if one.recoverable else "red"
    texts = [
        f"{one.count:,}",
        _moment(one.last_seen, now),
        str(one.category),
        _operation(one),
        told(one),
        escape.line(words.listed(one.pipelines, 2)),
        _moment(one.first_seen, now),
        f"{style.glyph('COMPLETED')} " + _("succeeded") if succeeded else f"{style.glyph('FAILED')} " + _("not yet"),
    ]
    since = "green" if succeeded else "red"
    return table.line(GROUPS, columns, texts, style, ["bold", "dim", colour, "", "", "dim", "dim", since])


def _operation(one: ErrorGroup) -> str:
    """The one that failed so last; of several also how many others did."""
    others = len(set(one.operations) - {one.operation})
    return (escape.line(one.operation) or _("(itself)")) + (f" +{others}" if others else "")


def told(one: ErrorGroup) -> str:
    why = escape.line(one.cause) or " ".join(cause.lines(one.error, None))
    return f"{escape.line(one.error)}: {why}" if why else escape.line(one.error)


def _moment(at: str, now: float) -> str:
    return moment(words.seconds_of(at), now, 11)


def summary(one: ErrorGroup, succeeded: bool, columns: int, style: Style) -> Iterator[str]:
    """A kind in small, beside the list."""
    yield style.paint(width.cut(escape.line(one.error), columns), "red bold")
    if one.cause:
        yield from (style.paint(row, "red") for row in width.wrap(escape.line(one.cause), columns)[:6])
    yield ""
    chance = _("may pass by itself") if one.recoverable else _("does not pass by itself")
    yield from wrapped(_("kind"), f"{one.category}, {chance}", columns, style)
    yield from wrapped(_("seen"), plural("{count} time", "{count} times", one.count), columns, style)
    yield from wrapped(_("first"), words.moment(words.seconds_of(one.first_seen)), columns, style)
    yield from wrapped(_("last"), words.moment(words.seconds_of(one.last_seen)), columns, style)
    yield from wrapped(_("in"), escape.line(one.session), columns, style)
    named = [escape.line(name) or _("the execution itself") for name in reversed(one.operations or (one.operation,))]
    yield from wrapped(_("operation"), words.listed(named, 6), columns, style)
    yield from wrapped(_("pipelines"), escape.line(words.listed(one.pipelines, 6)), columns, style)
    yield from wrapped(_("since"), _since(succeeded), columns, style, "green" if succeeded else "red")
    yield ""
    yield style.bold(_("what to do"))
    yield from (f"  {row}" for row in width.wrap(escape.line(said(one.advice)), max(columns - 2, 10)))
    yield ""
    yield style.bold(_("next"))
    yield _next("enter", f"bunsui session errors --fingerprint {one.fingerprint}", columns, style)
    yield _next("r", f"bunsui session recover {escape.line(one.session)}", columns, style)


def _since(succeeded: bool) -> str:
    if succeeded:
        return _("a session of its pipelines has completed since")
    return _("no session of its pipelines has completed since")


def heading(page: AlikePage, columns: int, style: Style) -> tuple[str, str]:
    """Of one kind: what it is; how often, when, and whether it went well since."""
    one = page.group
    first = f"{_('errors')}  {one.category}  {told(one)}"
    counts = plural("{count} time", "{count} times", one.count)
    seen = _("first {first}, last {last}").format(
        first=words.moment(words.seconds_of(one.first_seen)), last=words.moment(words.seconds_of(one.last_seen))
    )
    second = width.cut(f"{counts}  {_since(page.succeeded_since)}  {seen}", columns)
    return style.bold(width.cut(first, columns)), style.paint(second, "green" if page.succeeded_since else "dim")


def evidence(page: AlikePage, columns: int, style: Style) -> Iterator[str]:
    """Of the failure that was seen last: the very lines, what kind it is, what to do."""
    if page.failures:
        yield from errors.block(page.failures[0], columns, style)
    else:
        yield from summary(page.group, page.succeeded_since, columns, style)


def seen(one: ErrorAnalysis, session: Session | None, now: float, columns: int, style: Style) -> str:
    status = f"{style.glyph(session.status)} {session.status}" if session else _("is no more")
    item = "" if one.item is None else f"[{one.item}]"
    texts = [
        moment(one.at, now, 11),
        escape.line(one.session),
        status,
        escape.line(session.pipeline) if session else "",
        escape.line(one.operation) + item or _("(itself)"),
        str(one.attempts),
        escape.line(session.owner) if session else "",
    ]
    painted = "" if session is None else STATUS_STYLE.get(session.status, "")
    return table.line(SEEN, columns, texts, style, ["dim", "", painted, "dim", "", "", "dim"])


def _next(key: str, command: str, columns: int, style: Style) -> str:
    return f"  {style.paint(key, 'cyan')} {style.dim(width.cut(command, max(columns - len(key) - 3, 8)))}"
