"""Many senders on one real Table at once: every alert goes out once, and no target gets more than its limit."""

from __future__ import annotations

import threading
import time
from collections import Counter

from bunsui.local.home import open_home
from bunsui.local.table import SqliteTable
from bunsui.model.alert import Alert, AlertKind, AlertStatus, Message, Target
from bunsui.services.alerts.outbox import MOST, Outbox
from bunsui.services.alerts.records import AlertRecords
from bunsui.services.wiring import rfc3339

SENDERS, ALERTS = 6, 8


class Post:
    def __init__(self) -> None:
        self.got: list[tuple[str, str]] = []

    def send(self, message: Message, target: Target) -> str:
        time.sleep(0.002)
        self.got.append((message.id, str(target.address)))
        return "sent"


def test_every_alert_goes_out_once_and_no_target_gets_more_than_its_limit(home) -> None:
    opened = open_home(home)
    tables = [SqliteTable(opened) for _ in range(SENDERS)]
    post, now = Post(), time.time()
    targets = [Target("json://one"), Target("json://two")]
    alerts = [
        Alert(Message(f"{target.address}-{number:02}", AlertKind.FAILURE, "failed"), target, rfc3339(now))
        for target in targets
        for number in range(2 * ALERTS)
    ]

    def send(table: SqliteTable) -> None:
        outbox = Outbox(AlertRecords(table), post, lambda: now)
        for alert in alerts:
            outbox.put(alert)

    threads = [threading.Thread(target=send, args=(table,)) for table in tables]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert [id for id, times in Counter(id for id, _ in post.got).items() if times > 1] == []
    assert all(times <= MOST for times in Counter(target for _, target in post.got).values())
    records = AlertRecords(tables[0])
    found = [records.get(alert.message.id) for alert in alerts]
    sent = {alert.message.id for alert in found if alert and alert.status is AlertStatus.SENT}
    assert sent == {id for id, _ in post.got}
    assert Counter(alert.held for alert in found if alert) == {False: 2 * MOST, True: 4 * ALERTS - 2 * MOST}
    for table in tables:
        table.close()
