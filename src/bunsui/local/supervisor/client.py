"""The engine's end: finds the home's supervisor or starts one, and tells when it was lost. Its work is in `server`."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import IO

from bunsui.errors import BackendError
from bunsui.local.launch import Launch, Lost, Report
from bunsui.local.supervisor import wire
from bunsui.local.supervisor.messages import PROTOCOL, decode, encode, report_from

LINGER = 10.0
_START_PATIENCE = 20.0
_AGAIN = 0.02
_RETRY = 1.0
_Deliver = Callable[[Report], None]


class SupervisorClient:
    """A `TaskSupervisor`. `socket_path` must be short and in a private folder (`Home.socket`)."""

    def __init__(self, home: Path, socket_path: Path, workers: int, linger: float = LINGER) -> None:
        self._home = home
        self._socket_path = str(socket_path)
        self._workers = workers
        self._linger = linger
        self._socket: socket.socket | None = None
        self._unread = bytearray()
        self._sending = threading.Lock()
        self._stopped = False
        self._spawned: subprocess.Popen[bytes] | None = None
        self._said: IO[bytes] | None = None  # of one that was spawned and not yet listened to

    def prepare(self) -> None:
        """Begin to start a supervisor, if there is none, and do not wait for it. `start` does."""
        if self._said is None and not os.path.exists(self._socket_path):
            self._spawn()

    def start(self, deliver: _Deliver) -> frozenset[str]:
        self._stopped = False
        ids = self._connect(deliver)
        threading.Thread(target=self._read, args=(deliver,), name="supervisor", daemon=True).start()
        return ids

    def launch(self, launches: Sequence[Launch]) -> None:
        if launches:
            self._send(b'{"t":"launch","launches":' + encode(list(launches)) + b"}")

    def cancel(self, ids: Sequence[str]) -> None:
        self._send(encode({"t": "cancel", "ids": list(ids)}))

    def acknowledge(self, ids: Sequence[str]) -> None:
        self._send(encode({"t": "acknowledge", "ids": list(ids)}))

    def stop(self) -> None:
        self._stopped = True
        with self._sending:
            if self._socket is not None:
                with contextlib.suppress(OSError):
                    self._socket.shutdown(socket.SHUT_RDWR)

    def _send(self, body: bytes) -> None:
        with self._sending:
            if self._socket is not None:
                with contextlib.suppress(OSError):  # its end is noticed by the reader, and told as Lost
                    self._socket.sendall(wire.frame(body))

    # Connecting

    def _connect(self, deliver: _Deliver) -> frozenset[str]:
        """Connect, starting one if there is none, and deliver what is in the spool. The ids that it knows."""
        deadline = time.monotonic() + _START_PATIENCE
        while True:
            ids = self._greet(deliver)
            if ids is not None:
                return ids
            if time.monotonic() > deadline:
                raise BackendError(f"the task supervisor of {self._home} does not answer", self._hint())
            if self._said is None:
                self._spawn()
            if self._first_word() == b"taken\n":
                time.sleep(_AGAIN)  # another one is just starting, or ending

    def _hint(self) -> str:
        return f"Look into {self._home / 'run' / 'supervisor.log'}, then try again"

    def _greet(self, deliver: _Deliver) -> frozenset[str] | None:
        end = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            end.connect(self._socket_path)
            end.sendall(wire.frame(encode({"t": "engine", "protocol": PROTOCOL, "pid": os.getpid()})))
        except OSError:
            end.close()
            return None
        unread = bytearray()
        first, second = wire.read_frame(end, unread), None
        if first is not None:
            answer = decode(first)
            if answer["t"] == "refused":
                raise BackendError(f"the task supervisor refuses to serve: {answer['why']}", self._hint())
            second = wire.read_frame(end, unread)
        if first is None or second is None:
            end.close()  # it was just ending
            return None
        with self._sending:
            self._socket, self._unread = end, unread
        self._deliver(second, deliver)
        return frozenset(answer["ids"])

    def _spawn(self) -> None:
        log = os.open(self._home / "run" / "supervisor.log", os.O_CREAT | os.O_WRONLY | os.O_APPEND, 0o600)
        arguments = [str(self._home), self._socket_path, str(self._workers), str(self._linger)]
        try:
            process = subprocess.Popen(  # noqa: S603 (our own module)
                [sys.executable, "-m", "bunsui.local.supervisor", *arguments],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=log,
                cwd="/",
                start_new_session=True,
            )
        finally:
            os.close(log)
        self._spawned, self._said = process, process.stdout

    def _first_word(self) -> bytes:
        """What the one that was spawned says: ready, or taken if another one holds the home."""
        assert self._said is not None
        with self._said as said:
            word = said.readline()
        self._said = None
        if word not in (b"ready\n", b"taken\n"):
            raise BackendError(f"the task supervisor of {self._home} did not start", self._hint())
        return word

    # Listening

    def _read(self, deliver: _Deliver) -> None:
        while not self._stopped:
            assert self._socket is not None
            body = wire.read_frame(self._socket, self._unread)
            if body is not None:
                if not self._deliver(body, deliver):
                    return
            elif not self._stopped:
                self._recover(deliver)
        if self._socket is not None:
            self._socket.close()

    def _deliver(self, body: bytes, deliver: _Deliver) -> bool:
        """False when another engine has taken our place."""
        message = decode(body)
        if message["t"] == "replaced":
            self._stopped = True
            return False
        for tagged in message.get("reports", ()):
            deliver(report_from(tagged))
        return True

    def _recover(self, deliver: _Deliver) -> None:
        """The supervisor died: start another, deliver what it had recorded, then say that the rest is lost."""
        if self._spawned is not None:
            self._spawned.poll()  # leave no zombie
        while not self._stopped:
            try:
                self._connect(deliver)
            except (BackendError, OSError):
                time.sleep(_RETRY)
                continue
            deliver(Lost())
            return
