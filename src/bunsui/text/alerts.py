"""Alerts as text: how far each got, and all that was told. Who was shown them at a terminal is a face's business."""

from __future__ import annotations

from collections.abc import Iterator

from bunsui.model.alert import Alert, AlertStatus, Failed, Message
from bunsui.model.alert_address import shown
from bunsui.text import escape, width, words
from bunsui.text.language import _, plural
from bunsui.text.said import said
from bunsui.text.style import Style

STYLES = {AlertStatus.SENT: "green", AlertStatus.GIVEN_UP: "red", AlertStatus.PENDING: "yellow"}
_TITLE = 10


def lines(alert: Alert, columns: int | None, style: Style) -> Iterator[str]:
    """``failure  sent to env:ALERT_URL at 2026-01-01 10:00:00``, the rest of a long one below it."""
    told = f"to {shown(alert.target)}: {state(alert)}" if alert.status is not AlertStatus.SENT else state(alert)
    first = f"  {alert.message.kind}  "
    safe = escape.line(told)
    rows = [safe] if columns is None else width.wrap(safe, max(columns - len(first), 20))
    for number, row in enumerate(rows):
        yield (first if number == 0 else " " * len(first)) + style.paint(row, STYLES[alert.status])


def state(alert: Alert) -> str:
    if alert.status is AlertStatus.SENT:
        sent = words.moment(words.seconds_of(alert.sent or alert.created))
        return _("{how} at {time}").format(how=said(alert.how), time=sent)
    tries = plural("{count} try", "{count} tries", alert.attempts)
    if alert.status is AlertStatus.GIVEN_UP:
        return _("given up after {tries}: {why}").format(tries=tries, why=_why(alert))
    if alert.held:
        return _("held back until {time}: too many went there").format(time=_clock(alert))
    if not alert.error:
        return _("on its way")
    return _("tried again at {time} ({tries}): {why}").format(time=_clock(alert), tries=tries, why=_why(alert))


def _why(alert: Alert) -> str:
    """The target stands beside it."""
    return alert.error.removeprefix(f"{shown(alert.target)}: ")


def _clock(alert: Alert) -> str:
    return words.clock(words.seconds_of(alert.due or alert.created))


def message_lines(message: Message, columns: int, style: Style) -> Iterator[str]:
    """What was told: the subject, the facts, every failure with its evidence, what to type."""
    yield from (style.bold(row) for row in width.wrap(escape.line(said(message.subject)), columns))
    yield ""
    for name, value in message.facts:
        yield from _titled(_(name), value, columns, style)
    for one in message.failures:
        yield ""
        yield from _failure(one, columns, style)
    if message.more:
        yield style.dim(plural("  and {count} more failure", "  and {count} more failures", message.more))
    if message.commands:
        yield ""
    for command, use in message.commands:
        yield f"  {width.cut(escape.line(command), columns - 2)}"
        yield style.dim(f"    {width.cut(escape.line(said(use)), columns - 4)}")


def _failure(one: Failed, columns: int, style: Style) -> Iterator[str]:
    head = width.cut(f"{style.glyph('FAILED')} {escape.line(said(one.what))}", columns)
    yield style.paint(head, "red")
    for title, text in ((_("why"), one.why), (_("kind"), said(one.kind)), (_("do"), said(one.advice))):
        yield from _titled(title, text, columns, style)
    for text, place in one.evidence:
        yield f"  {width.cut(escape.line(text), columns - 2)}"
        yield style.dim(f"    {width.cut(escape.line(said(place)), columns - 4)}")


def _titled(title: str, text: str, columns: int, style: Style) -> Iterator[str]:
    for number, row in enumerate(width.wrap(escape.line(text), max(columns - _TITLE - 3, 10))):
        left = width.pad(width.cut(escape.line(title), _TITLE), _TITLE) if number == 0 else " " * _TITLE
        yield f"  {style.dim(left)} {row}"
