"""The supervisor's socket: one engine at a time, and the tasks' processes that are not workers."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable
from typing import Any

from bunsui.local.supervisor import kinds
from bunsui.local.supervisor.loop import Loop
from bunsui.local.supervisor.messages import PROTOCOL, encode, launch_from, reports_message
from bunsui.local.supervisor.supervisor import Supervisor
from bunsui.local.supervisor.wire import Connection

_LOOK = 1.0  # seconds between two looks whether the home is still there


class Server:
    """`removed` tells whether its home is no longer there."""

    def __init__(
        self,
        listener: socket.socket,
        supervisor: Supervisor,
        loop: Loop,
        linger: float,
        removed: Callable[[], bool] = lambda: False,
    ) -> None:
        self._listener = listener
        self._supervisor = supervisor
        self._loop = loop
        self._linger = linger
        self._removed = removed
        self._look_at = 0.0
        self._engine: Connection | None = None
        self._tasks: dict[Connection, str] = {}  # to the token of its attempt
        self._idle_since: float | None = time.monotonic()
        listener.setblocking(False)
        loop.watch(listener.fileno(), self._accept)

    def run(self) -> None:
        """Until no engine is connected and nothing runs for a while; what runs for a home that is gone ends with us."""
        supervisor = self._supervisor
        while not self._is_over(time.monotonic()):
            self._loop.turn(min(supervisor.next_due(), self._end_time(), self._next_look()))
            supervisor.tick(time.monotonic())
            self._report()
        supervisor.spool.tidy()

    def _is_over(self, now: float) -> bool:
        if self._engine is not None or self._supervisor.is_busy:
            self._idle_since = None
        elif self._idle_since is None:
            self._idle_since = now
        return now >= self._end_time() or (now >= self._next_look() and self._look(now))

    def _next_look(self) -> float:
        """An engine looks itself, and leaves."""
        return self._look_at if self._engine is None else float("inf")

    def _look(self, now: float) -> bool:
        self._look_at = now + _LOOK
        return self._removed()

    def _end_time(self) -> float:
        return float("inf") if self._idle_since is None else self._idle_since + self._linger

    def _report(self) -> None:
        supervisor = self._supervisor
        if supervisor.reports and self._engine is not None:
            self._send(self._engine, reports_message(supervisor.reports))
        supervisor.reports.clear()  # without an engine: what matters is in the spool

    def _send(self, connection: Connection, body: bytes) -> None:
        connection.send(body)
        self._loop.update(connection)

    def _accept(self) -> None:
        try:
            end, _ = self._listener.accept()
        except OSError:
            return
        connection = Connection(end)
        self._loop.add(connection, lambda frames: self._heard(connection, frames))

    def _heard(self, connection: Connection, frames: list[bytes]) -> None:
        for body in frames:
            try:
                self._act(connection, self._loop.parse(body))
            except (ValueError, KeyError, TypeError, OSError) as error:
                self._send(connection, encode({"t": "refused", "why": f"not understood: {error!r}"}))
                connection.is_open = False
                break
        if not connection.is_open:
            self._gone(connection)

    def _gone(self, connection: Connection) -> None:
        if connection is self._engine:
            self._engine = None
        self._loop.unwatch(connection.fileno())
        connection.close()
        self._tasks.pop(connection, None)

    def _act(self, connection: Connection, message: dict[str, Any]) -> None:
        kind = message["t"]
        if connection in self._tasks:
            self._act_for_task(connection, message)
        elif kind == "engine":
            self._welcome(connection, message)
        elif kind == "task":
            self._welcome_task(connection, message)
        elif connection is self._engine:
            self._act_for_engine(message)

    def _act_for_engine(self, message: dict[str, Any]) -> None:
        supervisor = self._supervisor
        match message["t"]:
            case "launch":
                supervisor.given |= message.get("given", {})
                for fields in message["launches"]:
                    supervisor.launch(launch_from(fields))
            case "cancel":
                for id in message["ids"]:
                    supervisor.cancel(id)
            case "acknowledge":
                supervisor.acknowledge(message["ids"])

    def _welcome(self, connection: Connection, message: dict[str, Any]) -> None:
        """The newest engine is the one; it is told everything that is in the spool."""
        if message["protocol"] != PROTOCOL:
            self._send(connection, encode({"t": "refused", "why": "it is of another version of Bunsui"}))
            return
        supervisor = self._supervisor
        if self._engine is not None:
            self._send(self._engine, encode({"t": "replaced"}))
        self._engine = connection
        supervisor.reports.clear()  # they are in the spool, or nobody waits for them any more
        self._send(connection, encode({"t": "adopted", "ids": supervisor.known_ids()}))
        self._send(connection, reports_message([*supervisor.spool.reports(), *supervisor.progress()]))

    def _welcome_task(self, connection: Connection, message: dict[str, Any]) -> None:
        attempt = self._supervisor.of_token.get(message["token"])
        if attempt is None:
            connection.is_open = False
            return
        self._tasks[connection] = attempt.token
        self._send(connection, encode({"context": kinds.context(attempt.launch), "saved": attempt.saved}))

    def _act_for_task(self, connection: Connection, message: dict[str, Any]) -> None:
        attempt = self._supervisor.of_token.get(self._tasks[connection])
        if attempt is None:
            connection.is_open = False  # that attempt is over
            return
        answer = self._supervisor.hear(attempt, message)
        if answer is not None:
            self._send(connection, answer)
