"""The port Table on SQLite: small records with conditional writes, in records.db. DynamoDB's is in `aws`."""

from __future__ import annotations

import dataclasses
import sqlite3
import threading
from collections.abc import Iterable, Sequence
from typing import Any

import orjson

from bunsui.errors import Conflict, InvalidInput
from bunsui.local import database
from bunsui.local.home import Home
from bunsui.ports import Deletion, Page, Record, checked_writes

_LAST = "\U0010ffff"  # sorts after every text
_COLUMNS = "r.partition, r.sort, r.revision, r.body, r.indexes"


class SqliteTable:
    """Safe to use from several threads and several processes."""

    def __init__(self, home: Home) -> None:
        self._path = home.records
        self._lock = threading.Lock()
        with database.translated(self._path):
            self._connection = database.connect(self._path)
            self._room = database.Room(self._connection, self._path, pages=1000)

    def get(self, partition: str, sort: str) -> Record | None:
        rows = self._select(
            f"SELECT {_COLUMNS} FROM records r WHERE partition = ? AND sort = ?",  # noqa: S608
            (partition, sort),
        )
        return _record(rows[0]) if rows else None

    def put(self, record: Record) -> Record:
        self.transact([record])
        return dataclasses.replace(record, revision=record.revision + 1)

    def transact(self, writes: Sequence[Record | Deletion]) -> None:
        checked_writes(writes)
        with self._lock, database.translated(self._path):
            with database.transaction(self._connection) as connection:
                for write in writes:
                    if isinstance(write, Deletion):
                        _delete(connection, write)
                    else:
                        _put(connection, write)
            self._room.committed()

    def query(
        self,
        partition: str,
        prefix: str = "",
        *,
        newest_first: bool = False,
        limit: int = 100,
        after: str | None = None,
    ) -> Page:
        low, high = prefix, prefix + _LAST
        bound = "sort >= ? AND sort < ?"
        if after is not None:
            bound += " AND sort < ?" if newest_first else " AND sort > ?"
        rows = self._select(
            f"SELECT {_COLUMNS} FROM records r WHERE partition = ? AND {bound}"  # noqa: S608 (no user text)
            f" ORDER BY sort {'DESC' if newest_first else 'ASC'} LIMIT ?",
            (partition, low, high, *(() if after is None else (after,)), limit + 1),
        )
        more = len(rows) > limit
        return Page(tuple(_record(row) for row in rows[:limit]), rows[limit - 1][1] if more else None)

    def query_index(
        self, index: str, value: str, *, newest_first: bool = False, limit: int = 100, after: str | None = None
    ) -> Page:
        bound, place = "", tuple[str, ...]()
        if after is not None:
            bound = f"AND (e.place, e.partition, e.sort) {'<' if newest_first else '>'} (?, ?, ?)"
            place = _place(after)
        order = "DESC" if newest_first else "ASC"
        rows = self._select(
            f"SELECT {_COLUMNS}, e.place FROM entries e JOIN records r USING (partition, sort)"  # noqa: S608
            f" WHERE e.name = ? AND e.value = ? {bound}"
            f" ORDER BY e.place {order}, e.partition {order}, e.sort {order} LIMIT ?",
            (index, value, *place, limit + 1),
        )
        more = len(rows) > limit
        last = rows[limit - 1] if more else None
        following = orjson.dumps([last[5], last[0], last[1]]).decode() if last else None
        return Page(tuple(_record(row) for row in rows[:limit]), following)

    def close(self) -> None:
        with self._lock:
            self._connection.close()

    def _select(self, sql: str, values: Sequence[object]) -> list[Any]:
        with self._lock, database.translated(self._path):
            return self._connection.execute(sql, values).fetchall()


def _place(after: str) -> tuple[str, str, str]:
    """Where a page ended. It may come from a person."""
    try:
        place, partition, sort = orjson.loads(after)
    except (ValueError, TypeError):
        place = partition = sort = None
    if not (isinstance(place, str) and isinstance(partition, str) and isinstance(sort, str)):
        raise InvalidInput(f"{after!r} is not where a page ended", "Begin without it, and take what the list names")
    return place, partition, sort


def _record(row: Any) -> Record:
    indexes = {name: (value, place) for name, (value, place) in orjson.loads(row[4]).items()} if row[4] else {}
    return Record(row[0], row[1], orjson.loads(row[3]), indexes, row[2])


def _put(connection: sqlite3.Connection, record: Record) -> None:
    key = (record.partition, record.sort)
    entries = set(record.indexes.items())
    if record.revision:
        before = _entries(connection, key)
        _remove(connection, key, before - entries)
        entries -= before
    values = (record.revision + 1, orjson.dumps(record.body), _packed(record), *key)
    if record.revision:
        sql = "UPDATE records SET revision = ?, body = ?, indexes = ? WHERE partition = ? AND sort = ? AND revision = ?"
        done = connection.execute(sql, (*values, record.revision)).rowcount
    else:
        sql = "INSERT INTO records (revision, body, indexes, partition, sort) VALUES (?, ?, ?, ?, ?)"
        done = connection.execute(sql + " ON CONFLICT DO NOTHING", values).rowcount
    if not done:
        raise Conflict(f"{record.partition} {record.sort} is not at revision {record.revision} any more")
    for name, entry in entries:
        connection.execute("INSERT INTO entries VALUES (?, ?, ?, ?, ?)", (name, *entry, *key))


def _packed(record: Record) -> bytes | None:
    return orjson.dumps({name: list(entry) for name, entry in record.indexes.items()}) if record.indexes else None


def _delete(connection: sqlite3.Connection, deletion: Deletion) -> None:
    key = (deletion.partition, deletion.sort)
    _remove(connection, key, _entries(connection, key))
    sql = "DELETE FROM records WHERE partition = ? AND sort = ? AND revision = ?"
    if not connection.execute(sql, (*key, deletion.revision)).rowcount:
        raise Conflict(f"{deletion.partition} {deletion.sort} is not at revision {deletion.revision} any more")


def _entries(connection: sqlite3.Connection, key: tuple[str, str]) -> set[tuple[str, tuple[str, str]]]:
    """What the record is found by now."""
    row = connection.execute("SELECT indexes FROM records WHERE partition = ? AND sort = ?", key).fetchone()
    found = orjson.loads(row[0]) if row and row[0] else {}
    return {(name, (value, place)) for name, (value, place) in found.items()}


def _remove(
    connection: sqlite3.Connection, key: tuple[str, str], entries: Iterable[tuple[str, tuple[str, str]]]
) -> None:
    for name, entry in entries:
        connection.execute(
            "DELETE FROM entries WHERE name = ? AND value = ? AND place = ? AND partition = ? AND sort = ?",
            (name, *entry, *key),
        )
