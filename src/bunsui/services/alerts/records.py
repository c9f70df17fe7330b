"""Alerts in the Table: stored once each, claimed by one sender at a time, counted by target. Delivers nothing.

An alert's id is made of what it is about and whom it is for: whoever stores it again finds it there.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from bunsui.errors import Conflict
from bunsui.model.alert import Alert, AlertKind, AlertStatus, Failed, Message, Target
from bunsui.model.json import Json
from bunsui.model.secret import Secret
from bunsui.ports import Record, Table
from bunsui.services.agenda import due_at
from bunsui.services.wiring import rfc3339

PARTITION, SORT = "alerts", "alert"
_TARGETS = "alert-targets"
_NEWEST, _SESSION, _WAITING = "alerts", "session-alerts", "waiting-alerts"
_MOST = 500  # of one session


@dataclass(frozen=True, slots=True)
class AlertPage:
    """Some alerts, newest first. `next`: where to go on."""

    alerts: tuple[Alert, ...]
    next: str | None = None


@dataclass(frozen=True, slots=True)
class Sendings:
    """When something was sent to a target, as far back as its limit looks."""

    target: str
    times: tuple[float, ...]
    revision: int = 0

    def record(self) -> Record:
        return Record(_TARGETS, self.target, {"times": list(self.times)}, revision=self.revision)


def alert_id(*about: str) -> str:
    return hashlib.sha256("\0".join(about).encode()).hexdigest()[:24]


def target_key(target: Target) -> str:
    """Tells targets apart, and nothing of their addresses."""
    address = target.address
    text = f"secret\0{address.ref}\0{target.folder}" if isinstance(address, Secret) else address
    return hashlib.sha256(text.encode()).hexdigest()[:24]


class AlertRecords:
    def __init__(self, table: Table) -> None:
        self._table = table

    def store(self, alert: Alert) -> Alert:
        """The intent, before anything is sent. If it is there already: as it is there."""
        try:
            return _alert(self._table.put(record_of(alert)))
        except Conflict:
            return self.get(alert.message.id) or alert

    def get(self, id: str) -> Alert | None:
        record = self._table.get(PARTITION, f"{SORT}#{id}")
        return _alert(record) if record else None

    def save(self, alerts: Sequence[Alert], sendings: Sendings | None = None) -> bool:
        """All of them as they are now, unless somebody else was first with one: False."""
        more = [sendings.record()] if sendings else []
        try:
            self._table.transact([*(record_of(alert) for alert in alerts), *more])
        except Conflict:
            return False
        return True

    def list(self, session: str | None, limit: int, after: str | None) -> AlertPage:
        index, value = (_NEWEST, "all") if session is None else (_SESSION, session)
        page = self._table.query_index(index, value, newest_first=True, limit=limit, after=after)
        return AlertPage(tuple(map(_alert, page.records)), page.next)

    def of_session(self, session: str) -> tuple[Alert, ...]:
        """The oldest first."""
        page = self._table.query_index(_SESSION, session, limit=_MOST)
        return tuple(map(_alert, page.records))

    def waiting(self, target: Target, limit: int) -> tuple[Alert, ...]:
        """What is still to be delivered to a target, the oldest first."""
        page = self._table.query_index(_WAITING, target_key(target), limit=limit)
        return tuple(map(_alert, page.records))

    def sendings(self, target: Target, since: float) -> Sendings:
        key = target_key(target)
        record = self._table.get(_TARGETS, key)
        times = record.body.get("times") if record else None
        kept = [float(one) for one in times if isinstance(one, int | float)] if isinstance(times, list) else []
        return Sendings(key, tuple(one for one in kept if one > since), record.revision if record else 0)


def record_of(alert: Alert) -> Record:
    id, created = alert.message.id, f"{alert.created}#{alert.message.id}"
    indexes = {_NEWEST: ("all", created)}
    if alert.message.session:
        indexes[_SESSION] = (alert.message.session, created)
    if alert.status is AlertStatus.PENDING:
        indexes[_WAITING] = (target_key(alert.target), created)
    if alert.due:
        indexes |= due_at(alert.due, id)
    return Record(PARTITION, f"{SORT}#{id}", _body(alert), indexes, alert.revision)


def _body(alert: Alert) -> dict[str, Json]:
    body: dict[str, Any] = asdict(replace(alert, target=Target("")))
    address = alert.target.address
    body["target"] = {"folder": alert.target.folder, **_address(address)}
    body["status"], body["message"]["kind"] = alert.status.value, alert.message.kind.value
    del body["revision"]
    return body


def _address(address: str | Secret) -> dict[str, str]:
    return {"secret": address.ref} if isinstance(address, Secret) else {"address": address}


def of_record(record: Record) -> Alert:
    return _alert(record)


def _alert(record: Record) -> Alert:
    values: dict[str, Any] = dict(record.body)
    values["message"] = _message(values["message"])
    there = values["target"]
    address = Secret(there["secret"]) if "secret" in there else there["address"]
    values["target"] = Target(address, there["folder"])
    values["status"] = AlertStatus(values["status"])
    return Alert(**values, revision=record.revision)


def _message(body: Mapping[str, Any]) -> Message:
    values = dict(body)
    values["kind"] = AlertKind(values["kind"])
    values["facts"], values["commands"] = _pairs(values["facts"]), _pairs(values["commands"])
    values["failures"] = tuple(Failed(**{**one, "evidence": _pairs(one["evidence"])}) for one in values["failures"])
    return Message(**values)


def _pairs(found: Sequence[Sequence[str]]) -> tuple[tuple[str, str], ...]:
    return tuple((one, other) for one, other in found)


def next_due(now: float, pause: float) -> str:
    return rfc3339(now + pause)
