"""Executions that nobody wants any more go from the journal, with what only they need. When, is said by `commands`.

Payloads are shared by hash, so they are looked through as a whole: now and then, when much has gone and nothing runs.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from bunsui.local.journal import ExecutionRow, Journal

_REFERENCE = re.compile(rb'\{"\\u0000":"([0-9a-f]{40})"\}')
_COUNT = "forgotten"  # executions that went since payloads were looked through
_SHARE = 4  # a quarter of what is there must have gone before they are: that costs the reading of all
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
