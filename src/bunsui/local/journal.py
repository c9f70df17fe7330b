"""The journal in engine.db: what happened to every execution, appended by the one engine that holds the epoch.

What other processes may read of it is in `reading`; what an input means is decided in `asl`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from bunsui import __version__
from bunsui.asl.effects import Ended
from bunsui.asl.inputs import Input
from bunsui.errors import BackendError
from bunsui.local import codec, database, names
from bunsui.local.home import Home
from bunsui.local.payloads import Packer, Unpacker, unpack
from bunsui.model.history import HistoryEvent
from bunsui.model.json import Json
from bunsui.model.status import ExecutionStatus


class Fenced(BackendError):
    hint = "Nothing was lost: the newer engine goes on"


@dataclass(frozen=True, slots=True)
class ExecutionRow:
    """An execution as the journal's table of executions has it when it starts."""

    id: int
    arn: str
    label: str  # unique in the home: the name, unless another machine's execution has it
    name: str
    machine: str  # ARN
    started: float
    input: Json
    parent: int | None = None
    parent_task: str | None = None


class Journal:
    """All writes happen between `begin` and `commit`; `rollback` forgets them."""

    def __init__(self, home: Home, committed: Callable[[int], None] | None = None) -> None:
        self._path = home.engine
        self._packer = Packer()
        self._rows: list[tuple[Any, ...]] = []
        self._total = 0
        self._committed = committed
        with database.translated(self._path):
            self.connection = database.connect(self._path)
            self._room = database.Room(self.connection, self._path, pages=2000)
            self.epoch = self._claim()

    def _claim(self) -> int:
        with database.transaction(self.connection) as connection:
            sql = "UPDATE meta SET value = value + 1 WHERE name = 'epoch' RETURNING value"
            return int(connection.execute(sql).fetchall()[0][0])

    # Writing

    def begin(self) -> None:
        """Open the turn's transaction, if it is not open yet."""
        if self.connection.in_transaction:
            return
        with database.translated(self._path):
            self.connection.execute("BEGIN IMMEDIATE")
            found = self.connection.execute("SELECT value FROM meta WHERE name = 'epoch'").fetchone()[0]
        if found != self.epoch:
            self.rollback()
            raise Fenced(f"another engine took over {self._path} (epoch {found}, ours was {self.epoch})")

    def append(self, execution: int, seq: int, entry: Input, delta: Any, events: Sequence[HistoryEvent]) -> None:
        last = events[-1].id if events else 0
        packer = self._packer
        packed = (
            packer.fields(codec.input_to_json(entry), execution),
            packer.state(delta, execution),
            packer.events(events, execution),
        )
        self._rows.append((execution, seq, self.epoch, last, *packed, __version__))

    def add_execution(self, row: ExecutionRow) -> None:
        self.connection.execute(
            "INSERT INTO executions (id, arn, label, name, machine, status, started, parent, parent_task, input)"
            " VALUES (?, ?, ?, ?, ?, 'RUNNING', ?, ?, ?, ?)",
            (row.id, row.arn, row.label, row.name, row.machine, row.started, row.parent, row.parent_task,
             self._packer.value(row.input, row.id)),
        )  # fmt: skip

    def end_execution(self, execution: int, at: float, end: Ended, redrives: int, redrivable: tuple[bool, str]) -> None:
        self.connection.execute(
            "UPDATE executions SET status = ?, ended = ?, output = ?, error = ?, cause = ?, redrives = ?,"
            " redrivable = ?, reason = ?, told = 0 WHERE id = ?",
            (end.status.value, at, self._packer.value(end.output, execution), end.error, end.cause, redrives,
             *redrivable, execution),
        )  # fmt: skip

    def reopen_execution(self, execution: int, redrives: int) -> None:
        self.connection.execute(
            "UPDATE executions SET status = 'RUNNING', ended = NULL, output = NULL, error = NULL, cause = NULL,"
            " redrives = ?, redrivable = 0, reason = '' WHERE id = ?",
            (redrives, execution),
        )

    def mark_told(self, executions: Sequence[int]) -> None:
        marks = [(execution,) for execution in executions]
        self.connection.executemany("UPDATE executions SET told = 1 WHERE id = ? AND status != 'RUNNING'", marks)

    def snapshot(self, execution: int, seq: int, state: Mapping[str, Json]) -> None:
        self.connection.execute(
            "INSERT OR REPLACE INTO snapshots VALUES (?, ?, ?)",
            (execution, seq, self._packer.state(state, execution)),
        )

    def record_command(self, id: str, at: float, reply: Mapping[str, Json]) -> None:
        self.connection.execute("INSERT INTO commands VALUES (?, ?, ?)", (id, at, orjson.dumps(reply)))

    def commit(self) -> None:
        """Durable when it returns: one fsync for all that was written since `begin`."""
        if not self.connection.in_transaction:
            return
        with database.translated(self._path):
            self._packer.store(self.connection)
            self.connection.executemany("INSERT INTO journal VALUES (?, ?, ?, ?, ?, ?, ?, ?)", self._rows)
            self.connection.execute("COMMIT")
            self._room.committed()
        self._packer.committed()
        self._total += len(self._rows)
        self._rows.clear()
        if self._committed:
            self._committed(self._total)

    @property
    def unwritten(self) -> bool:
        """Whether rows wait for the commit."""
        return bool(self._rows)

    def forget_payloads(self) -> None:
        """Some may be gone: what is referred to from now on is written again."""
        self._packer = Packer()

    def rollback(self) -> None:
        self._packer.discard()
        self._rows.clear()
        if self.connection.in_transaction:
            self.connection.execute("ROLLBACK")

    # Reading, for the engine itself

    def open_executions(self) -> list[ExecutionRow]:
        return [self._row(found) for found in self._select(f"{_EXECUTIONS} WHERE status = 'RUNNING' ORDER BY id")]

    def execution(self, arn: str) -> ExecutionRow | None:
        """Also one of the transaction that is open: what its row refers to is written before it is read."""
        if self.connection.in_transaction:
            self._packer.store(self.connection)
        found = self._select(f"{_EXECUTIONS} WHERE arn = ?", arn)
        return self._row(found[0]) if found else None

    def child_of(self, execution: int, task: str) -> ExecutionRow | None:
        found = self._select(f"{_EXECUTIONS} WHERE parent = ? AND parent_task = ?", execution, task)
        return self._row(found[0]) if found else None

    def children_of(self, execution: int) -> list[ExecutionRow]:
        return [self._row(found) for found in self._select(f"{_EXECUTIONS} WHERE parent = ? ORDER BY id", execution)]

    def end_of(self, arn: str) -> Ended:
        sql = "SELECT status, output, error, cause FROM executions WHERE arn = ?"
        status, output, error, cause = self._select(sql, arn)[0]
        return Ended(ExecutionStatus(status), unpack(self.connection, output), error, cause)

    def untold(self) -> list[tuple[int, str]]:
        """Ended executions, not nested ones, whose end nobody was told yet."""
        sql = "SELECT id, arn FROM executions WHERE told = 0 AND status != 'RUNNING' AND parent IS NULL ORDER BY id"
        return [(row[0], row[1]) for row in self._select(sql)]

    def next_execution(self) -> int:
        return int(self._select("SELECT coalesce(max(id), 0) + 1 FROM executions")[0][0])

    def free_label(self, name: str, id: int) -> str:
        taken = self._select("SELECT 1 FROM executions WHERE label = ?", name)
        return f"{name}~{id}" if taken else name

    def snapshot_of(self, execution: int) -> tuple[int, Any] | None:
        found = self._select("SELECT seq, state FROM snapshots WHERE execution = ?", execution)
        return (found[0][0], unpack(self.connection, found[0][1])) if found else None

    def deltas(self, execution: int, after: int) -> Iterator[tuple[int, Any]]:
        sql = "SELECT seq, delta FROM journal WHERE execution = ? AND seq > ? ORDER BY seq"
        unpacker = Unpacker(self.connection)
        for seq, delta in self._select(sql, execution, after):
            yield seq, unpacker.unpack(delta)

    def submitted(self, execution: int) -> frozenset[str]:
        """Tasks whose call was accepted."""
        mark = codec.input_mark("TaskSubmitted")
        sql = "SELECT input FROM journal WHERE execution = ? AND substr(input, 1, ?) = ?"
        found = self._select(sql, execution, len(mark), mark)
        return frozenset(orjson.loads(row[0])["task"] for row in found)

    def reply_to(self, command: str) -> Mapping[str, Json] | None:
        found = self._select("SELECT reply FROM commands WHERE id = ?", command)
        return orjson.loads(found[0][0]) if found else None

    def machine(self, arn: str) -> Mapping[str, Any] | None:
        found = self._select("SELECT body FROM machines WHERE arn = ?", arn)
        return orjson.loads(found[0][0]) if found else None

    # The registry that `machines.deploy` writes to

    def find_machine(self, name: str, identity: str) -> str | None:
        found = self._select("SELECT arn FROM machines WHERE name = ? AND identity = ?", name, identity)
        return found[0][0] if found else None

    def add_machine(self, name: str, identity: str, body: Callable[[str], Mapping[str, Any]]) -> str:
        newest = self._select("SELECT coalesce(max(version), 0) FROM machines WHERE name = ?", name)[0][0]
        arn = names.machine_arn(name, newest + 1)
        values = (arn, name, newest + 1, identity, orjson.dumps(body(arn)))
        self.connection.execute("INSERT INTO machines VALUES (?, ?, ?, ?, ?)", values)
        return arn

    def newest_version(self, name: str) -> str | None:
        """The ARN of a machine's newest version."""
        found = self._select("SELECT arn FROM machines WHERE name = ? ORDER BY version DESC LIMIT 1", name)
        return found[0][0] if found else None

    def close(self) -> None:
        self.rollback()
        self.connection.close()

    def _row(self, found: Any) -> ExecutionRow:
        id, arn, label, name, machine, started, given, parent, task = found
        return ExecutionRow(id, arn, label, name, machine, started, unpack(self.connection, given), parent, task)

    def _select(self, sql: str, *values: object) -> list[Any]:
        with database.translated(self._path):
            return self.connection.execute(sql, values).fetchall()


_EXECUTIONS = "SELECT id, arn, label, name, machine, started, input, parent, parent_task FROM executions"
