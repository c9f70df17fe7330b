"""Alerts as text: where each went and how far it got, and those for the person at this terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bunsui.cli.output import Output
from bunsui.model.alert import Alert, AlertKind, AlertStatus, Message
from bunsui.model.alert_address import shown
from bunsui.model.json import Json
from bunsui.text import escape, words
from bunsui.text.style import Style
from bunsui.text.table import Column, table

_TOLD = (AlertKind.FAILURE, AlertKind.SUCCESS)  # what the end of a session says anyway
_STYLES = {AlertStatus.SENT: "green", AlertStatus.GIVEN_UP: "red", AlertStatus.PENDING: "yellow"}


def rows(alerts: Sequence[Alert], columns: int | None, style: Style) -> list[str]:
    head = [
        Column("WHEN"),
        Column("KIND"),
        Column("SESSION"),
        Column("TO", cut=True),
        Column("STATUS", cut=True),
        Column("ALERT", cut=True, paint=lambda _: "dim"),
    ]
    return table(head, [_row(one) for one in alerts], style, columns)


def _row(alert: Alert) -> list[str]:
    about = alert.message
    when = words.moment(words.seconds_of(alert.created))
    to = escape.line(shown(alert.target))
    return [when, about.kind, escape.line(about.session), to, escape.line(state(alert)), escape.line(about.subject)]


def line(alert: Alert, style: Style) -> str:
    """``failure  sent to env:ALERT_URL at 2026-01-01 10:00:00``."""
    told = f"to {shown(alert.target)}: {state(alert)}" if alert.status is not AlertStatus.SENT else state(alert)
    return f"{alert.message.kind}  {style.paint(escape.line(told), _STYLES[alert.status])}"


def state(alert: Alert) -> str:
    if alert.status is AlertStatus.SENT:
        return f"{alert.how} at {words.moment(words.seconds_of(alert.sent or alert.created))}"
    tries = words.counted(alert.attempts, "try", "tries")
    if alert.status is AlertStatus.GIVEN_UP:
        return f"given up after {tries}: {_why(alert)}"
    if alert.held:
        return f"held back until {_clock(alert)}: too many went there"
    return f"tried again at {_clock(alert)} ({tries}): {_why(alert)}" if alert.error else "on its way"


def _why(alert: Alert) -> str:
    """The target stands beside it."""
    return alert.error.removeprefix(f"{shown(alert.target)}: ")


def _clock(alert: Alert) -> str:
    return words.clock(words.seconds_of(alert.due or alert.created))


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
