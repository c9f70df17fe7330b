"""Frames between a task and its supervisor: a length, then a JSON text. What they say is in `worker` and `current`."""

from __future__ import annotations

import json
import os
import socket
import struct
import threading
from typing import Any, Protocol

_LENGTH = struct.Struct(">I")
_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), check_circular=False).encode


class Line(Protocol):
    """Who hears an attempt. `pid` is the process that it belongs to: a fork has none."""

    pid: int

    def send(self, message: dict[str, Any]) -> None: ...

    def ask(self, message: dict[str, Any]) -> dict[str, Any]:
        """The answer to this message."""


class Channel:
    """A blocking end. Sending is safe from several threads; `ask` waits for the answer to its own message."""

    def __init__(self, end: socket.socket) -> None:
        self._socket = end
        self._unread = bytearray()
        self._sending = threading.Lock()
        self._asking = threading.Lock()
        self.pid = os.getpid()

    def send(self, message: dict[str, Any]) -> None:
        self.send_text(_encode(message))

    def send_text(self, text: str) -> None:
        """For a message whose parts are JSON already. What is no Unicode becomes a question mark."""
        body = text.encode("utf-8", "replace")
        with self._sending:
            self._socket.sendall(_LENGTH.pack(len(body)) + body)

    def ask(self, message: dict[str, Any]) -> dict[str, Any]:
        with self._asking:
            self.send(message)
            answer = self.receive()
        if answer is None:
            raise ConnectionError("the task's supervisor is gone")
        return answer

    def receive(self) -> dict[str, Any] | None:
        """The next message, or None at the end."""
        body = self.receive_body()
        if body is None:
            return None
        message: dict[str, Any] = json.loads(body)
        return message

    def receive_body(self) -> bytes | None:
        if not self._fill(_LENGTH.size):
            return None
        (length,) = _LENGTH.unpack_from(self._unread)
        if not self._fill(_LENGTH.size + length):
            return None
        body = bytes(self._unread[_LENGTH.size : _LENGTH.size + length])
        del self._unread[: _LENGTH.size + length]
        return body

    def _fill(self, size: int) -> bool:
        while len(self._unread) < size:
            try:
                part = self._socket.recv(max(65536, size - len(self._unread)))
            except ConnectionError:
                return False
            if not part:
                return False
            self._unread += part
        return True
