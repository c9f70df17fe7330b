"""The doctor's slow work on a home: replay every journal and compare, and copy the whole home while it is used.

The quick checks are in `examination`. Nothing here writes to the home.
"""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import orjson

from bunsui.asl.advance import advance
from bunsui.asl.machine import Machine, parse
from bunsui.asl.state import State, fold
from bunsui.errors import BunsuiError, Refused
from bunsui.local import codec, database
from bunsui.local.home import Home
from bunsui.local.machines import deployed_from_json
from bunsui.local.payloads import dumps, unpack
from bunsui.model.check import Check

_MOST_SHOWN = 20  # findings; a damaged home would fill the screen


def verify(home: Home) -> list[Check]:
    """Every execution advanced again from its recorded inputs, each step compared with what was recorded."""
    found = [*_integrity(home.records), *_integrity(home.engine)]
    with database.translated(home.engine), closing(database.connect_readonly(home.engine)) as connection:
        rows = connection.execute("SELECT id, arn, machine, status FROM executions ORDER BY id").fetchall()
        replay = _Replay(connection)
        wrong = [check for row in rows if (check := replay.check(*row))]
    found += wrong[:_MOST_SHOWN]
    if len(wrong) > _MOST_SHOWN:
        found.append(Check("verify", "error", f"and {len(wrong) - _MOST_SHOWN} more executions"))
    if not wrong:
        found.append(Check("verify", "ok", f"{len(rows)} executions, {replay.steps} steps: replayed, all equal"))
    return found


def backup(home: Home, folder: Path) -> list[Check]:
    """A copy that is a home of its own: BUNSUI_HOME=folder. Each database is as it was at one moment.

    Objects are copied last: whatever a record names was there before it.
    """
    if folder.exists():
        raise Refused(f"{folder} exists already", "Name a folder that does not exist yet")
    with database.translated(folder):
        folder.mkdir(mode=0o700, parents=True)
        for path in (home.engine, home.records):
            _copy_database(path, folder / path.name)
        for source in (home.spool, home.objects):
            shutil.copytree(source, folder / source.name, ignore=shutil.ignore_patterns(".aside"))
        copied = [path for path in folder.rglob("*") if path.is_file()]
    size = sum(path.stat().st_size for path in copied)
    return [Check("backup", "ok", f"{len(copied)} files, {size / (1 << 20):.1f} MiB, in {folder}")]


def _copy_database(source: Path, target: Path) -> None:
    target.touch(0o600)
    with closing(database.connect_readonly(source)) as connection, closing(sqlite3.connect(target)) as copy:
        connection.backup(copy)


def _integrity(path: Path) -> Iterator[Check]:
    with database.translated(path), closing(database.connect_readonly(path)) as connection:
        problems = [row[0] for row in connection.execute("PRAGMA integrity_check(5)")]
    if problems == ["ok"]:
        yield Check("integrity", "ok", f"{path.name} is whole")
    for problem in () if problems == ["ok"] else problems:
        yield Check(
            "integrity", "error", f"{path.name}: {problem}", "Restore a backup: bunsui doctor --backup DIR made it"
        )


class _Replay:
    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._machines: dict[str, Machine] = {}
        self.steps = 0

    def check(self, id: int, arn: str, machine: str, status: str) -> Check | None:
        """What is wrong with an execution, if anything."""
        try:
            problem = self._problem(id, self._machine(machine), status)
        except (BunsuiError, ValueError, KeyError, TypeError) as error:
            problem = f"cannot be replayed: {error!r}"
        return Check("verify", "error", f"{arn}: {problem}", "Please report this as a bug") if problem else None

    def _problem(self, id: int, machine: Machine, status: str) -> str:
        state: State | None = None
        sql = "SELECT seq, input, delta, events, version FROM journal WHERE execution = ? ORDER BY seq"
        for number, (seq, *packed, version) in enumerate(self._connection.execute(sql, (id,)), 1):
            entry, delta, events = (unpack(self._connection, part) for part in packed)
            if seq != number:
                return f"row {number} is missing"
            step = advance(machine, state, codec.input_from_json(entry))
            if _plain(step.delta) != delta or _plain(codec.events_to_json(step.events)) != events:
                return f"row {seq} ({entry['kind']}, written by {version}) replays differently"
            state = fold(state, delta)
            self.steps += 1
        if state is None or state.status.value != status:
            return f"is recorded as {status}, its journal says {state and state.status.value}"
        return ""

    def _machine(self, arn: str) -> Machine:
        if arn not in self._machines:
            row = self._connection.execute("SELECT body FROM machines WHERE arn = ?", (arn,)).fetchone()
            deployed = deployed_from_json(orjson.loads(row[0]))
            self._machines[arn] = parse(deployed.definition, limits=deployed.limits)
        return self._machines[arn]


def _plain(value: Any) -> Any:
    """As it comes back from the disk."""
    return orjson.loads(dumps(value))
