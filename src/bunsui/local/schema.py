"""The schemas of the two databases, as numbered migrations: entry n brings schema n to n + 1. Only ever append.

Who reads and writes these tables: `table` and `inbox` (RECORDS), `journal`, `mailboxes` and `declarations` (ENGINE).
"""

from __future__ import annotations

RECORDS = (
    """
    CREATE TABLE records (
        partition TEXT NOT NULL, sort TEXT NOT NULL, revision INTEGER NOT NULL,
        body BLOB NOT NULL, indexes BLOB,
        PRIMARY KEY (partition, sort)
    );
    CREATE TABLE entries (
        name TEXT NOT NULL, value TEXT NOT NULL, place TEXT NOT NULL,
        partition TEXT NOT NULL, sort TEXT NOT NULL,
        PRIMARY KEY (name, value, place, partition, sort)
    ) WITHOUT ROWID;
    CREATE TABLE inbox (
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        id TEXT NOT NULL UNIQUE, kind TEXT NOT NULL, body BLOB NOT NULL, at REAL NOT NULL,
        reply BLOB
    );
    CREATE INDEX inbox_open ON inbox (number) WHERE reply IS NULL
    """,
)

ENGINE = (
    """
    CREATE TABLE meta (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
    INSERT INTO meta VALUES ('epoch', 0);
    CREATE TABLE payloads (hash BLOB PRIMARY KEY, base BLOB, shared INTEGER NOT NULL, body BLOB NOT NULL)
        WITHOUT ROWID;
    CREATE TABLE machines (
        arn TEXT PRIMARY KEY, name TEXT NOT NULL, version INTEGER NOT NULL, identity TEXT NOT NULL, body BLOB NOT NULL,
        UNIQUE (name, identity), UNIQUE (name, version)
    );
    CREATE TABLE executions (
        id INTEGER PRIMARY KEY, arn TEXT NOT NULL UNIQUE, label TEXT NOT NULL UNIQUE,
        name TEXT NOT NULL, machine TEXT NOT NULL,
        status TEXT NOT NULL, started REAL NOT NULL, ended REAL,
        parent INTEGER, parent_task TEXT,
        input BLOB NOT NULL, output BLOB, error TEXT, cause TEXT,
        redrives INTEGER NOT NULL DEFAULT 0, redrivable INTEGER NOT NULL DEFAULT 0, reason TEXT NOT NULL DEFAULT '',
        told INTEGER NOT NULL DEFAULT 0
    );
    CREATE INDEX executions_open ON executions (id) WHERE status = 'RUNNING';
    CREATE INDEX executions_untold ON executions (id) WHERE told = 0 AND parent IS NULL;
    CREATE INDEX executions_by_parent ON executions (parent, id) WHERE parent IS NOT NULL;
    CREATE TABLE journal (
        execution INTEGER NOT NULL, seq INTEGER NOT NULL, epoch INTEGER NOT NULL, last_event INTEGER NOT NULL,
        input BLOB NOT NULL, delta BLOB NOT NULL, events BLOB NOT NULL, version TEXT NOT NULL,
        PRIMARY KEY (execution, seq)
    ) WITHOUT ROWID;
    CREATE TABLE snapshots (execution INTEGER PRIMARY KEY, seq INTEGER NOT NULL, state BLOB NOT NULL);
    CREATE TABLE mailboxes (name TEXT NOT NULL, k TEXT NOT NULL, item BLOB NOT NULL, PRIMARY KEY (name, k))
        WITHOUT ROWID;
    CREATE TABLE commands (id TEXT PRIMARY KEY, at REAL NOT NULL, reply BLOB NOT NULL) WITHOUT ROWID
    """,
    """
    CREATE TABLE declarations (
        kind TEXT NOT NULL, name TEXT NOT NULL, revision INTEGER NOT NULL, body BLOB NOT NULL,
        PRIMARY KEY (kind, name)
    ) WITHOUT ROWID;
    CREATE INDEX executions_by_machine ON executions (rtrim(machine, '0123456789'), id)
    """,
)
