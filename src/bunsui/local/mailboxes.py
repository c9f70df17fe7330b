"""Mailbox items in engine.db, read and written within the transaction of the engine's turn.

What DynamoDB's calls mean is in `integrations.dynamodb`.
"""

from __future__ import annotations

from collections.abc import Mapping

import orjson

from bunsui.local.journal import Journal
from bunsui.local.payloads import dumps
from bunsui.model.json import Json


class Mailboxes:
    def __init__(self, journal: Journal) -> None:
        self._journal = journal

    def get(self, table: str, key: str) -> Mapping[str, Json] | None:
        sql = "SELECT item FROM mailboxes WHERE name = ? AND k = ?"
        row = self._journal.connection.execute(sql, (table, key)).fetchone()
        return orjson.loads(row[0]) if row else None

    def put(self, table: str, key: str, item: Mapping[str, Json]) -> None:
        self._journal.begin()
        sql = "INSERT OR REPLACE INTO mailboxes VALUES (?, ?, ?)"
        self._journal.connection.execute(sql, (table, key, dumps(item)))

    def expire(self, now: float) -> None:
        """Forget the items whose `ttl` is over, as DynamoDB does some time after."""
        self._journal.begin()
        sql = "DELETE FROM mailboxes WHERE CAST(json_extract(item, '$.ttl.N') AS REAL) < ?"
        self._journal.connection.execute(sql, (now,))
        self._journal.commit()
