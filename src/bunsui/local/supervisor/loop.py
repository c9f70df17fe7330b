"""The one thread of the supervisor: waits for sockets, pipes and dead children, then calls who watches them."""

from __future__ import annotations

import contextlib
import os
import selectors
import signal
import time
from collections.abc import Callable

from bunsui.local.supervisor.messages import decode
from bunsui.local.supervisor.wire import Connection


def complain(text: str) -> None:
    """Into the supervisor's own log, if it can be written."""
    with contextlib.suppress(OSError):
        os.write(2, f"{time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime())} {text}\n".encode())


class Loop:
    def __init__(self) -> None:
        self._selector = selectors.DefaultSelector()
        self.on_child: Callable[[], None] = lambda: None
        self._wake, wake = os.pipe()
        os.set_blocking(self._wake, False)
        os.set_blocking(wake, False)
        signal.set_wakeup_fd(wake, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        self.watch(self._wake, self._child)

    parse = staticmethod(decode)

    def watch(self, descriptor: int, read: Callable[[], None]) -> None:
        self._selector.register(descriptor, selectors.EVENT_READ, (read, None))

    def unwatch(self, descriptor: int) -> None:
        try:
            self._selector.unregister(descriptor)
        except (KeyError, ValueError):
            return

    def add(self, connection: Connection, heard: Callable[[list[bytes]], None]) -> None:
        """Hand its frames to `heard`, and once more at its end, when `is_open` is False."""

        def read() -> None:
            frames = connection.receive()
            if not connection.is_open:
                self.unwatch(connection.fileno())
            if frames or not connection.is_open:
                heard(frames)

        self._selector.register(connection.fileno(), selectors.EVENT_READ, (read, connection))

    def update(self, connection: Connection) -> None:
        """After sending: wait for room if there was not enough."""
        if not connection.unsent and not connection.is_watched_for_room:
            return
        try:
            key = self._selector.get_key(connection.fileno())
        except (KeyError, ValueError):
            return
        wanted = selectors.EVENT_READ | (selectors.EVENT_WRITE if connection.unsent else 0)
        if key.events != wanted:
            self._selector.modify(connection.fileno(), wanted, key.data)
        connection.is_watched_for_room = bool(connection.unsent)

    def turn(self, until: float) -> None:
        """Wait until something happens or this time (of `time.monotonic`) is there, and act on it."""
        patience = max(0.0, until - time.monotonic())
        for key, events in self._selector.select(None if patience == float("inf") else patience):
            self._act(key, events)

    def _act(self, key: selectors.SelectorKey, events: int) -> None:
        if key.fd not in self._selector.get_map():
            return  # somebody before it in this turn ended it
        read, connection = key.data
        if connection is not None and events & selectors.EVENT_WRITE:
            connection.flush()
            self.update(connection)
        if events & selectors.EVENT_READ:
            read()

    def _child(self) -> None:
        try:
            while os.read(self._wake, 4096):
                continue
        except BlockingIOError:
            self.on_child()
