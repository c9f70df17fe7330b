"""The outbox of alerts: stored before it is sent, sent by one at a time, tried again, given up and said so.

A kill between any two steps costs at most that a message is sent twice, with the same id. Which alerts there are is
decided in `notifications`.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace

from bunsui.errors import BunsuiError
from bunsui.model.alert import Alert, AlertKind, AlertStatus, Message
from bunsui.model.alert_address import shown
from bunsui.ports import AlertChannel
from bunsui.services.alerts.records import AlertRecords, Sendings, alert_id, next_due
from bunsui.services.wiring import rfc3339

PAUSES = (5.0, 30.0, 120.0, 600.0, 1800.0, 3600.0, 7200.0)  # seconds before each further try; then it is given up
LEASE = 300.0  # seconds that a sender has before somebody else may try
WINDOW = 600.0  # seconds in which a target gets
MOST = 10  # messages; what is more waits, and goes in one
TOGETHER = 50  # alerts in one message
_PATIENCE = 50  # times that another sender to the same target may come first
_PENDING = AlertStatus.PENDING
log = logging.getLogger("bunsui.alerts")


class Outbox:
    def __init__(self, records: AlertRecords, channel: AlertChannel, clock: Callable[[], float]) -> None:
        self._records = records
        self._channel = channel
        self._clock = clock

    def put(self, alert: Alert) -> Alert:
        """Store it, once however often it is put, and deliver it if nobody has begun to."""
        return self.deliver(self._records.store(replace(alert, due=rfc3339(self._clock()))))

    def deliver(self, alert: Alert) -> Alert:
        """If it is due: send it, or see to it that it is tried again. Any number may call this at once."""
        for _ in range(_PATIENCE):
            if alert.status is not _PENDING or (alert.due or "") > rfc3339(self._clock()):
                return alert
            self._try(alert)
            alert = self._records.get(alert.message.id) or alert
        return alert  # others were faster each time; it stays due

    def _try(self, alert: Alert) -> None:
        sendings = self._records.sendings(alert.target, self._clock() - WINDOW)
        if len(sendings.times) >= MOST:
            self._hold(alert, sendings)
        elif claimed := self._claimed(self._together(alert), sendings):
            self._send(claimed)

    def _hold(self, alert: Alert, sendings: Sendings) -> None:
        """Until the first of those that count is so long ago that it counts no more."""
        self._records.save([replace(alert, due=rfc3339(min(sendings.times) + WINDOW), held=True)])

    def _together(self, alert: Alert) -> list[Alert]:
        """What was held back, or could not be sent, goes with all others of its kind; what went together stays so."""
        if alert.batch:
            return [alert, *(one for one in self._waiting(alert) if one.batch == alert.batch)]
        if not _is_loose(alert):
            return [alert]
        return [alert, *(one for one in self._waiting(alert) if _is_loose(one))][:TOGETHER]

    def _waiting(self, alert: Alert) -> list[Alert]:
        """The others for the same target."""
        others = self._records.waiting(alert.target, 2 * TOGETHER)
        return [one for one in others if one.message.id != alert.message.id]

    def _claimed(self, alerts: list[Alert], sendings: Sendings) -> list[Alert]:
        """Ours until the lease ends, counted before it is sent; empty if somebody else was first."""
        now = self._clock()
        batch = alerts[0].batch or _batch(alerts)
        due = next_due(now, LEASE)
        tried = [replace(one, attempts=one.attempts + 1, error="", held=False) for one in alerts]
        claimed = [replace(one, due=due, batch=batch) for one in tried]
        done = self._records.save(claimed, replace(sendings, times=(*sendings.times, now)))
        return [replace(one, revision=one.revision + 1) for one in claimed] if done else []

    def _send(self, alerts: list[Alert]) -> None:
        try:
            how = self._channel.send(_message(alerts), alerts[0].target)
        except BunsuiError as error:
            self._failed(alerts, str(error))
        except Exception as error:  # its text may hold an address
            self._failed(alerts, f"the channel failed: {type(error).__name__}")
        else:
            sent, at = AlertStatus.SENT, rfc3339(self._clock())
            self._records.save([replace(one, status=sent, sent=at, how=how, due=None) for one in alerts])

    def _failed(self, alerts: list[Alert], why: str) -> None:
        self._records.save([self._again(one, why) for one in alerts])

    def _again(self, alert: Alert, why: str) -> Alert:
        if alert.attempts <= len(PAUSES):
            return replace(alert, due=next_due(self._clock(), PAUSES[alert.attempts - 1]), error=why)
        log.warning("alert %s to %s given up: %s", alert.message.id, shown(alert.target), why)
        return replace(alert, status=AlertStatus.GIVEN_UP, due=None, error=why)


def _batch(alerts: list[Alert]) -> str:
    return alert_id(*(one.message.id for one in alerts)) if len(alerts) > 1 else ""


def _is_loose(alert: Alert) -> bool:
    """Whether it certainly was not sent: then it may go in another message than its own."""
    return not alert.batch and (alert.held or bool(alert.error))


def _message(alerts: list[Alert]) -> Message:
    if not alerts[0].batch:
        return alerts[0].message
    told = [one.message for one in sorted(alerts, key=lambda one: (one.created, one.message.id))]
    subject = f"{len(told)} alerts, the first: {told[0].subject}"
    commands = [("bunsui alert list", "all alerts; and for each of these:")]
    commands += [(f"bunsui session show {one.session}", one.subject) for one in told if one.session]
    return Message(alerts[0].batch, AlertKind.SEVERAL, subject, commands=tuple(commands))
