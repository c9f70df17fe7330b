"""Frames on a socket that must not block: a length, then a JSON text. The blocking end of a task is `task.channel`."""

from __future__ import annotations

import socket
import struct

_LENGTH = struct.Struct(">I")
PART = 1 << 16  # a larger buffer would come fresh from the kernel each time, and cost ten times as much


class Connection:
    """Buffers both ways. The owner watches `fileno` for reading, and for writing while `unsent`."""

    def __init__(self, end: socket.socket) -> None:
        end.setblocking(False)
        self._socket = end
        self._unread = bytearray()
        self.unsent = bytearray()
        self.is_open = True
        self.is_watched_for_room = False  # the loop's note

    def fileno(self) -> int:
        return self._socket.fileno()

    def receive(self) -> list[bytes]:
        """The frames that are there by now; `is_open` turns False at the end."""
        try:
            part = self._socket.recv(PART)
        except BlockingIOError:
            return []
        except OSError:
            part = b""
        if not part:
            self.is_open = False
            return []
        self._unread += part
        return frames(self._unread)

    def send(self, body: bytes) -> None:
        """Send, or keep what the other side does not take yet in `unsent`."""
        data = _LENGTH.pack(len(body)) + body
        if self.unsent:
            self.unsent += data
            return
        sent = self._write(data)
        if sent < len(data):
            self.unsent += data[sent:]

    def flush(self) -> None:
        del self.unsent[: self._write(self.unsent)]

    def _write(self, data: bytes | bytearray) -> int:
        try:
            return self._socket.send(data)
        except BlockingIOError:
            return 0
        except OSError:
            return len(data)  # the other side is gone: its end is seen by reading

    def close(self) -> None:
        self.is_open = False
        self._socket.close()


def frames(unread: bytearray) -> list[bytes]:
    """The frames that are whole by now, which are taken out of it."""
    found: list[bytes] = []
    at = 0
    while len(unread) - at >= _LENGTH.size:
        (length,) = _LENGTH.unpack_from(unread, at)
        end = at + _LENGTH.size + length
        if len(unread) < end:
            break
        found.append(bytes(unread[at + _LENGTH.size : end]))
        at = end
    del unread[:at]
    return found


def frame(body: bytes) -> bytes:
    return _LENGTH.pack(len(body)) + body


def read_frame(end: socket.socket, unread: bytearray) -> bytes | None:
    """The next frame from a blocking socket, None at its end; `unread` keeps what came after it."""
    while True:
        if len(unread) >= _LENGTH.size:
            (length,) = _LENGTH.unpack_from(unread)
            if len(unread) >= _LENGTH.size + length:
                body = bytes(unread[_LENGTH.size : _LENGTH.size + length])
                del unread[: _LENGTH.size + length]
                return body
        try:
            part = end.recv(PART)
        except OSError:
            return None
        if not part:
            return None
        unread += part
