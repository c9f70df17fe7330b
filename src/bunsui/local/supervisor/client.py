"""The engine's end: finds the home's supervisor or starts one, and tells when it was lost. Its work is in `server`."""

from __future__ import annotations

import contextlib
import os
import select
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import IO

from bunsui.errors import BackendError
from bunsui.local.launch import Ear, Launch, Lost, Report
from bunsui.local.supervisor import wire
from bunsui.local.supervisor.environment import offered
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
        self._has_ear = False
        self._recovering = False
        self._deliver: _Deliver = lambda report: None
        self._sending = threading.Lock()
        self._stopped = False
        self._spawned: subprocess.Popen[bytes] | None = None
        self._said: IO[bytes] | None = None  # of one that was spawned and not yet listened to

    def prepare(self) -> None:
        """Begin to start a supervisor, if there is none, and do not wait for it. `start` does."""
        if self._said is None and not os.path.exists(self._socket_path):
            self._spawn()

    def ear(self) -> Ear:
        """Whoever asks for it waits for us: no thread does."""
        self._has_ear = True
        return self

    def start(self, deliver: _Deliver) -> frozenset[str]:
        self._stopped = self._recovering = False
        self._deliver = deliver
        ids = self._connect()
        self._parse()
        if not self._has_ear:
            threading.Thread(target=self._read, name="supervisor", daemon=True).start()
        return ids

    def launch(self, launches: Sequence[Launch]) -> None:
        if launches:
            given: dict[str, str] = {}
            for one in launches:
                given |= offered(one.env)
            more = b',"given":' + encode(given) if given else b""  # on the socket only: it is written nowhere
            self._send(b'{"t":"launch","launches":' + encode(list(launches)) + more + b"}")

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
                if self._has_ear:
                    self._socket.close()

    def _send(self, body: bytes) -> None:
        with self._sending:
            if self._socket is not None:
                with contextlib.suppress(OSError):  # its end is noticed by the reader, and told as Lost
                    self._socket.sendall(wire.frame(body))

    # Connecting

    def _connect(self) -> frozenset[str]:
        """Connect, starting one if there is none, and deliver what is in the spool. The ids that it knows."""
        deadline = time.monotonic() + _START_PATIENCE
        while True:
            ids = self._greet()
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

    def _greet(self) -> frozenset[str] | None:
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
        self._hear(second)
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

    def fileno(self) -> int:
        end = self._socket
        return -1 if end is None or self._stopped or self._recovering else end.fileno()

    def hear(self) -> None:
        if not self._take():
            self._recovering = True
            threading.Thread(target=self._recover, name="supervisor", daemon=True).start()

    def _read(self) -> None:
        """In a thread of its own, where nobody asked for an ear."""
        while (descriptor := self.fileno()) >= 0:
            waiting = select.poll()
            waiting.register(descriptor, select.POLLIN)
            waiting.poll()
            if not self._take():
                self._recover()
        if self._socket is not None:
            self._socket.close()

    def _take(self) -> bool:
        """Deliver what is there by now. False if the supervisor is gone, and should not be."""
        assert self._socket is not None
        try:
            part = self._socket.recv(wire.PART, socket.MSG_DONTWAIT)
        except BlockingIOError:
            return True
        except OSError:
            part = b""
        self._unread += part
        self._parse()
        return bool(part) or self._stopped

    def _parse(self) -> None:
        for body in wire.frames(self._unread):
            self._hear(body)

    def _hear(self, body: bytes) -> None:
        message = decode(body)
        if message["t"] == "replaced":  # another engine has taken our place
            self._stopped = True
        for tagged in message.get("reports", ()):
            self._deliver(report_from(tagged))

    def _recover(self) -> None:
        """The supervisor died: start another, deliver what it had recorded, then say that the rest is lost."""
        if self._spawned is not None:
            self._spawned.poll()  # leave no zombie
        while not self._stopped:
            try:
                self._connect()
            except (BackendError, OSError):
                time.sleep(_RETRY)
                continue
            self._parse()
            self._recovering = False
            self._deliver(Lost())
            break
        if self._stopped:
            self.stop()  # it was meant for the socket of before
