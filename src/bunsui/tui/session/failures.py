"""What failed in a session, as lines with a cursor: why, the very lines of the log, what kind it is, what to do. Pure.

Choosing a line of evidence goes to its place in the log; that is for the pane in `errors`.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence

from bunsui.analysis.errors.telling import retry_yaml, what
from bunsui.model.failure import CAUSE, ErrorAnalysis, Evidence
from bunsui.services.views import SessionView
from bunsui.text import cause, escape, failing, reasons, width, words
from bunsui.text.folding import Fold
from bunsui.text.language import _, plural
from bunsui.text.parts import Part
from bunsui.text.said import said
from bunsui.text.style import Style

EVIDENCE, LOG, COMMAND = "evidence", "log", "command"
_TITLE = 9  # columns of what stands before a line
_MOST_ITEMS = 12


def analysed(
    view: SessionView, found: Sequence[ErrorAnalysis], left: str, columns: int, style: Style
) -> Iterator[Fold]:
    """`left`: why it was not recovered by itself."""
    session = view.session
    count = plural("{count} failure", "{count} failures", len(found))
    yield Fold("head", ((count, "bold"), (f"  {reasons.whole(session)}", "dim")))
    if left:
        told = _("not recovered by itself: {why}").format(why=escape.line(said(left)))
        for number, row in enumerate(width.wrap(told, max(columns - 2, 20))):
            yield Fold(f"left/{number}", ((row, "yellow"),), told)
    for number, one in enumerate(found):
        yield Fold(f"{number}", ())
        yield from _block(f"{number}", one, columns, style)
    yield Fold("commands", ())
    wide = max(len(command) for command, _about in _commands(session.id))
    for number, (command, about) in enumerate(_commands(session.id)):
        parts = (("  $ ", "dim"), (f"{command:<{wide}}", "cyan"), (f"  {about}", "dim"))
        yield Fold(f"commands/{number}", parts, command, kind=COMMAND)


def _commands(session: str) -> tuple[tuple[str, str], ...]:
    id = shlex.quote(session)
    return (
        (f"bunsui session recover {id}", _("every way out (r)")),
        (f"bunsui session logs {id} --around-error", _("the lines around it (enter)")),
        (f"bunsui session errors {id}", _("this, as text")),
    )


def _block(key: str, one: ErrorAnalysis, columns: int, style: Style) -> Iterator[Fold]:
    room = max(columns - _TITLE - 2, 20)
    head: list[Part] = [(f"{style.glyph('FAILED')} {escape.line(what(one))}", "red bold")]
    head.append((f"  {escape.line(one.error)}", "red"))
    yield Fold(f"{key}/what", tuple(head), f"{what(one)}: {one.error}: {one.cause}", kind=LOG)
    yield from _why(key, one, room)
    for number, line in enumerate(one.evidence):
        yield _evidence(f"{key}/evidence/{number}", line, first=number == 0)
    yield from _titled(f"{key}/kind", _("kind"), [tuple(_kind(one, style))])
    advice = width.wrap(escape.line(said(one.advice)), room)
    yield from _titled(f"{key}/do", _("do"), [((row, "bold"),) for row in advice])
    if one.retry:
        rows = [row for line in escape.lines(retry_yaml(one.retry)) for row in width.wrap(line, room)]
        yield from _titled(f"{key}/rule", _("or add"), [((row, "green"),) for row in rows])
    yield from _titled(f"{key}/where", _("where"), [((row, "dim"),) for row in width.wrap(_where(one, style), room)])


def _why(key: str, one: ErrorAnalysis, room: int) -> Iterator[Fold]:
    """Its own words, unless a line of evidence has them."""
    told = cause.one_line(one.error, one.cause)
    if told and not any(told in line.text for line in one.evidence):
        rows = width.wrap(told, room)
        yield from _titled(f"{key}/why", _("why"), [((row, ""),) for row in rows])


def _evidence(key: str, line: Evidence, *, first: bool) -> Fold:
    title = _("lines") if first else ""
    text = escape.line(line.text)
    in_log = line.place != CAUSE
    parts: tuple[Part, ...] = (
        (f"  {width.pad(title, _TITLE)}", "dim"),
        ("▌ " if in_log else "  ", "red"),
        (text, "yellow" if in_log else ""),
    )
    return Fold(key, parts, line.text, kind=EVIDENCE if in_log else LOG)


def _titled(key: str, title: str, rows: Sequence[Sequence[Part]]) -> Iterator[Fold]:
    for number, row in enumerate(rows):
        head = width.pad(title if number == 0 else "", _TITLE)
        value = "".join(text for text, _style in row)
        yield Fold(f"{key}/{number}", ((f"  {head}", "dim"), *row), value)


def _kind(one: ErrorAnalysis, style: Style) -> Iterator[Part]:
    yield f"{one.category}, ", "yellow" if one.recoverable else "red"
    chance = _("may pass by itself") if one.recoverable else _("does not pass by itself")
    yield chance, "yellow" if one.recoverable else "red"
    yield f"  {style.dot}  " + _("{share} sure").format(share=f"{one.confidence:.0%}"), "dim"
    if one.attempts > 1:
        yield f"  {style.dot}  " + _("tried {count} times").format(count=one.attempts), "dim"
    if one.alike > 1:
        shown = ", ".join(map(str, one.items[:_MOST_ITEMS]))
        more = " …" if one.alike > len(one.items[:_MOST_ITEMS]) else ""
        yield f"  {style.dot}  " + _("items {items}").format(items=shown + more), "dim"


def _where(one: ErrorAnalysis, style: Style) -> str:
    item = "" if one.item is None else f"[{one.item}]"
    attempt = _("log of {operation}, attempt {attempt}")
    log = attempt.format(operation=f"{one.operation}{item}", attempt=one.attempt) if one.attempt else ""
    event = _("event {event} of {execution}").format(event=one.event, execution=one.execution)
    parts = (words.moment(one.at), log, event, f"{_('fingerprint')} {one.fingerprint}")
    return escape.line(f" {style.dot} ".join(part for part in parts if part))


def of_view(view: SessionView, columns: int, style: Style) -> Iterator[Fold]:
    """While nothing is analysed: what has failed so far, and what is tried again."""
    failed = [*failing.failures(view), *(one for one in view.operations if one.status == "RETRYING" and one.error)]
    if not failed:
        yield Fold("none", ((_("Nothing has failed."), "dim"),))
    for one in failed:
        key = one.name
        again = "  " + _("tried again") if one.status == "RETRYING" else ""
        head = f"{style.glyph(one.status)} {escape.line(one.name)}"
        paint = "yellow" if again else "red"
        yield Fold(key, ((head, f"{paint} bold"), (f"  {escape.line(one.error or '')}{again}", paint)), kind=LOG)
        for number, text in enumerate(cause.lines(one.error, one.cause)):
            for part, row in enumerate(failing.wrapped(text, columns - 4)):
                yield Fold(f"{key}/{number}.{part}", ((f"    {row}", ""),), text, kind=LOG)
        yield Fold(f"{key}/", ())
