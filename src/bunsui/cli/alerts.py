"""Alerts at a terminal: a table of them, a body for programs, and those for the person who sits there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bunsui.cli.output import Output
from bunsui.model.alert import Alert, AlertKind, Message
from bunsui.model.alert_address import shown
from bunsui.model.json import Json
from bunsui.text import escape, width, words
from bunsui.text.alerts import state
from bunsui.text.style import Style
from bunsui.text.table import Column, table

_TOLD = (AlertKind.FAILURE, AlertKind.SUCCESS)  # what the end of a session says anyway


def rows(alerts: Sequence[Alert], columns: int | None, style: Style) -> list[str]:
    """A table; where that does not fit, two rows for each, of which nothing is cut."""
    head = [
        Column("WHEN"),
        Column("KIND"),
        Column("SESSION"),
        Column("TO"),
        Column("STATUS"),
        Column("ALERT", paint=lambda _: "dim"),
    ]
    cells = [_row(one) for one in alerts]
    if columns is None or max(map(width.columns, table(head, cells, Style(colour=False), None))) <= columns:
        return table(head, cells, style, None)
    return [line for row in cells for line in _folded(row, columns, style)]


def _folded(row: Sequence[str], columns: int, style: Style) -> Iterator[str]:
    """What it says, then of which session, to whom, and how far it got."""
    when, _, session, to, state, subject = row
    indent = width.columns(when) + 2
    room = max(columns - indent, 20)
    for number, text in enumerate(width.wrap(subject, room)):
        yield (f"{when}  " if number == 0 else " " * indent) + text
    for text in width.wrap(f"{session} {style.dot} {to} {style.dot} {state}", room):
        yield " " * indent + style.dim(text)


def _row(alert: Alert) -> list[str]:
    about = alert.message
    when = words.moment(words.seconds_of(alert.created))
    to = escape.line(shown(alert.target))
    return [when, about.kind, escape.line(about.session), to, escape.line(state(alert)), escape.line(about.subject)]


def body(alert: Alert) -> Json:
    """For programs: nothing of an address that `shown` hides."""
    about = alert.message
    return {
        "id": about.id,
        "kind": about.kind.value,
        "session": about.session,
        "pipeline": about.pipeline,
        "subject": about.subject,
        "target": shown(alert.target),
        "status": alert.status.value,
        "created": alert.created,
        "sent": alert.sent,
        "how": alert.how,
        "attempts": alert.attempts,
        "due": alert.due,
        "error": alert.error,
    }


def notices(out: Output, found: Sequence[Message], watched: str = "") -> None:
    """Those for whoever sits here; not what the end of the session that was `watched` says by itself."""
    for message in found:
        if message.session != watched or message.kind not in _TOLD:
            for text in _notice(message, out.talk):
                out.say(text)


def _notice(message: Message, style: Style) -> Iterator[str]:
    yield f"{style.paint('alert:', 'yellow' if message.bad else 'green')} {escape.line(message.subject)}"
    for command, use in message.commands[:1]:
        yield f"       {escape.line(command)}  {style.dim(use)}"
