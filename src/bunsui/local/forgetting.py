"""Executions that nobody wants any more go from the journal, with what only they need. When, is said by `commands`.

Payloads are shared by hash, so they are looked through as a whole: now and then, when much has gone and nothing runs.
Then the file gives back what is free in it, too, as long as nobody waits for the engine.
"""

from __future__ import annotations

import logging
import re
import sqlite3
from collections.abc import Callable, Iterator

from bunsui.local.journal import ExecutionRow, Journal

_REFERENCE = re.compile(rb'\{"\\u0000":"([0-9a-f]{40})"\}')
_COUNT = "forgotten"  # executions that went since payloads were looked through
_SHARE = 4  # a quarter of what is there must have gone before they are: that costs the reading of all
_FREE = 1 << 20  # bytes that must be free in the file, and a quarter of it, before it is written anew
_MOST_KEPT = (
    256 << 20
)  # bytes that must be copied for it: its last part cannot be given up, a gigabyte takes ten seconds
_STEPS = 2_000  # of SQLite, between two looks whether somebody waits
log = logging.getLogger("bunsui.engine")
_ROWS = (
    "SELECT input, output FROM executions",
    "SELECT input, delta, events FROM journal",
    "SELECT state FROM snapshots",
)


def tree(journal: Journal, root: ExecutionRow) -> Iterator[ExecutionRow]:
    """The execution and all that are nested in it."""
    yield root
    for child in journal.children_of(root.id):
        yield from tree(journal, child)


def forget(journal: Journal, row: ExecutionRow) -> None:
    """Within the transaction of the engine's turn."""
    journal.begin()
    connection = journal.connection
    for table in ("journal", "snapshots"):
        connection.execute(f"DELETE FROM {table} WHERE execution = ?", (row.id,))  # noqa: S608 (no user text)
    connection.execute("DELETE FROM executions WHERE id = ?", (row.id,))
    low = f"{row.name}/"
    connection.execute("DELETE FROM mailboxes WHERE k >= ? AND k < ?", (low, low[:-1] + "0"))  # 0 follows /
    connection.execute("INSERT INTO meta VALUES (?, 1) ON CONFLICT (name) DO UPDATE SET value = value + 1", (_COUNT,))


def tidy(journal: Journal) -> bool:
    """Remove payloads that no row refers to, if enough has gone. Only while no execution runs or begins."""
    connection = journal.connection
    gone = connection.execute("SELECT value FROM meta WHERE name = ?", (_COUNT,)).fetchone()
    there = connection.execute("SELECT count(*) FROM executions").fetchone()[0]
    if gone is None or gone[0] * _SHARE < there or journal.unwritten:
        return False
    journal.begin()
    connection.execute("CREATE TEMP TABLE IF NOT EXISTS used (hash BLOB PRIMARY KEY) WITHOUT ROWID")
    connection.execute("DELETE FROM used")
    for sql in _ROWS:
        for row in connection.execute(sql):
            found = {bytes.fromhex(digest.decode()) for part in row if part for digest in _REFERENCE.findall(part)}
            if found:
                connection.executemany("INSERT OR IGNORE INTO used VALUES (?)", [(digest,) for digest in found])
    connection.execute(
        "WITH RECURSIVE kept (hash) AS (SELECT hash FROM used UNION SELECT base FROM payloads JOIN kept USING (hash)"
        " WHERE base IS NOT NULL) DELETE FROM payloads WHERE hash NOT IN kept"
    )
    connection.execute("DELETE FROM meta WHERE name = ?", (_COUNT,))
    journal.forget_payloads()
    return True


def shrink(journal: Journal, waited_for: Callable[[], bool]) -> None:
    """Write the file anew without what is free in it, if that is much. Given up as soon as somebody waits."""
    connection = journal.connection
    free, pages, size = (
        connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("freelist_count", "page_count", "page_size")
    )
    worth = free * size >= _FREE and free * _SHARE >= pages and (pages - free) * size <= _MOST_KEPT
    if not worth or connection.in_transaction:
        return
    connection.set_progress_handler(lambda: int(waited_for()), _STEPS)
    try:
        connection.execute("VACUUM")
        connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()
    except sqlite3.Error as error:  # the disk is full, somebody else reads or waits: it stays as it is
        log.info("the journal keeps its %d free bytes: %s", free * size, error)
    finally:
        connection.set_progress_handler(None, 0)
