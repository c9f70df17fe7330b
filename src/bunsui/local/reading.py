"""What any process may read of engine.db, while the engine writes it: only what is committed is ever seen."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from bunsui.asl.state import RETRY
from bunsui.errors import NotFound
from bunsui.local import codec, database
from bunsui.local.home import Home
from bunsui.local.payloads import Unpacker, unpack
from bunsui.model.history import NEXT_TRY, Execution, HistoryEvent
from bunsui.model.status import ExecutionStatus

_REDRIVE_DAYS = 14  # AWS's limit
_FAILURES = frozenset({"TaskFailed", "TaskTimedOut", "TaskStartFailed", "TaskSubmitFailed", "LambdaFunctionFailed"})
_ROWS_AT_ONCE = 200  # short read transactions: a long one keeps the WAL from shrinking


class EngineReader:
    """Safe to use from several threads: each has its own connection."""

    def __init__(self, home: Home, clock: Callable[[], float] = time.time) -> None:
        self._path = home.engine
        self._local = threading.local()
        self._clock = clock

    def describe(self, arn: str) -> Execution:
        found = self._select(
            "SELECT name, machine, status, started, ended, input, output, error, cause, redrives, redrivable, reason"
            " FROM executions WHERE arn = ?",
            arn,
        )
        if not found:
            raise NotFound(f"there is no execution {arn}")
        name, machine, status, started, ended, given, output, error, cause, redrives, redrivable, reason = found[0]
        if redrivable and ended is not None and self._clock() - ended > _REDRIVE_DAYS * 86_400:
            redrivable, reason = False, f"it ended more than {_REDRIVE_DAYS} days ago"
        return Execution(
            arn=arn,
            name=name,
            machine_arn=machine,
            status=ExecutionStatus(status),
            started=datetime.fromtimestamp(started, UTC),
            ended=None if ended is None else datetime.fromtimestamp(ended, UTC),
            input=unpack(self._connection, given),
            output=unpack(self._connection, output) if status == ExecutionStatus.SUCCEEDED else None,
            error=error,
            cause=cause,
            redrive_count=redrives,
            redrivable=bool(redrivable),
            redrive_reason=reason,
        )

    def history(self, arn: str, after: int = 0) -> Iterator[HistoryEvent]:
        execution, seq = self._id(arn), 0
        sql = (
            "SELECT seq, events FROM journal WHERE execution = ? AND seq > ? AND last_event > ?"
            " ORDER BY seq LIMIT ?"
        )  # fmt: skip
        unpacker = Unpacker(self._connection)
        while rows := self._select(sql, execution, seq, after, _ROWS_AT_ONCE):
            seq = rows[-1][0]
            for number, packed in rows:
                events = self._with_next_try(execution, number, codec.events_from_json(unpacker.unpack(packed)))
                yield from (event for event in events if event.id > after)
            if len(rows) < _ROWS_AT_ONCE:
                return

    def _with_next_try(self, execution: int, seq: int, events: list[HistoryEvent]) -> list[HistoryEvent]:
        """The failure of a try that is to be made again also says when: Step Functions does not tell that."""
        failed = next((place for place, event in enumerate(events) if event.type in _FAILURES), None)
        if failed is None:
            return events
        (packed,) = self._select("SELECT delta FROM journal WHERE execution = ? AND seq = ?", execution, seq)
        frames = unpack(self._connection, packed[0]).get("frames", {}).values()
        due = next((frame["due"] for frame in frames if frame.get("phase") == RETRY and "due" in frame), None)
        if due is not None:
            events[failed] = replace(events[failed], details={**events[failed].details, NEXT_TRY: due})
        return events

    def children(self, arn: str) -> list[str]:
        return [
            row[0] for row in self._select("SELECT arn FROM executions WHERE parent = ? ORDER BY id", self._id(arn))
        ]

    def find_machine(self, name: str, identity: str) -> str | None:
        found = self._select("SELECT arn FROM machines WHERE name = ? AND identity = ?", name, identity)
        return found[0][0] if found else None

    def has_machine(self, arn: str) -> bool:
        return bool(self._select("SELECT 1 FROM machines WHERE arn = ?", arn))

    def add_machine(self, name: str, identity: str, body: Callable[[str], Mapping[str, Any]]) -> str | None:
        """Only the engine adds: None tells `machines.deploy` to ask it."""
        return None

    def open_count(self) -> int:
        return int(self._select("SELECT count(*) FROM executions WHERE status = 'RUNNING'")[0][0])

    def close(self) -> None:
        connection = getattr(self._local, "connection", None)
        if connection is not None:
            connection.close()
            del self._local.connection

    @property
    def _connection(self) -> Any:
        if not hasattr(self._local, "connection"):
            with database.translated(self._path):
                self._local.connection = database.connect_readonly(self._path)
        return self._local.connection

    def _id(self, arn: str) -> int:
        found = self._select("SELECT id FROM executions WHERE arn = ?", arn)
        if not found:
            raise NotFound(f"there is no execution {arn}")
        return int(found[0][0])

    def _select(self, sql: str, *values: object) -> list[Any]:
        with database.translated(self._path):
            return list(self._connection.execute(sql, values).fetchall())
