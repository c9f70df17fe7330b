"""Commands for the engine from other processes: rows in records.db with an id, and a datagram that wakes it.

What the commands do is in `commands`; that one delivered twice acts once is in `host`.
"""

from __future__ import annotations

import contextlib
import os
import socket
import threading
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from bunsui.local import database
from bunsui.local.home import Home

_SOCKET = "engine.sock"
_KEPT_SECONDS = 86_400.0  # replies that nobody fetched


@dataclass(frozen=True, slots=True)
class Command:
    id: str
    kind: str
    body: Mapping[str, Any]


class Inbox:
    """Both ends. Safe to use from several threads and several processes."""

    def __init__(self, home: Home) -> None:
        self._path = home.records
        self._address = os.fspath(home.socket(_SOCKET))
        self._lock = threading.Lock()
        with database.translated(self._path):
            self._connection = database.connect(self._path)

    # The sender's end

    def send(self, kind: str, body: Mapping[str, Any], id: str = "") -> str:
        """Durable when it returns; the id to ask for its reply. The same id again is the same command."""
        id = id or uuid.uuid4().hex
        row = (id, kind, orjson.dumps(body), time.time())
        self._execute("INSERT INTO inbox (id, kind, body, at) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING", row)
        self.wake()
        return id

    def reply(self, id: str) -> Mapping[str, Any] | None:
        found = self._execute("SELECT reply FROM inbox WHERE id = ?", (id,))
        return orjson.loads(found[0][0]) if found and found[0][0] else None

    def forget(self, id: str) -> None:
        self._execute("DELETE FROM inbox WHERE id = ?", (id,))

    def wake(self) -> None:
        """Nobody may be there: the row waits for the next engine."""
        with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
            sender.setblocking(False)
            sender.sendto(b"!", self._address)

    # The engine's end

    def waiting(self) -> list[Command]:
        rows = self._execute("SELECT id, kind, body FROM inbox WHERE reply IS NULL ORDER BY number")
        return [Command(id, kind, orjson.loads(body)) for id, kind, body in rows]

    def answer(self, replies: Sequence[tuple[str, Mapping[str, Any]]]) -> None:
        with self._lock, database.translated(self._path), database.transaction(self._connection) as connection:
            values = [(orjson.dumps(reply), id) for id, reply in replies]
            connection.executemany("UPDATE inbox SET reply = ? WHERE id = ?", values)

    def sweep(self, now: float) -> None:
        """Forget old replies whose senders died."""
        self._execute("DELETE FROM inbox WHERE reply IS NOT NULL AND at < ?", (now - _KEPT_SECONDS,))

    def listen(self, woken: Callable[[], None]) -> Callable[[], None]:
        """Call `woken` at every datagram, from a thread of its own; what it returns ends that."""
        with contextlib.suppress(FileNotFoundError):
            os.unlink(self._address)
        receiver = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        receiver.bind(self._address)
        os.chmod(self._address, 0o600)
        stopping = threading.Event()

        def run() -> None:
            with receiver:
                while not stopping.is_set():
                    receiver.recv(16)
                    woken()

        thread = threading.Thread(target=run, name="bunsui-inbox", daemon=True)
        thread.start()

        def end() -> None:
            stopping.set()
            self.wake()
            thread.join(1.0)

        return end

    def close(self) -> None:
        with self._lock:
            self._connection.close()

    def _execute(self, sql: str, values: Sequence[object] = ()) -> list[Any]:
        with self._lock, database.translated(self._path):
            return self._connection.execute(sql, values).fetchall()
