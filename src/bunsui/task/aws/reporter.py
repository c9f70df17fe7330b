"""What one attempt tells while it runs, on its way to AWS: its log, its progress, the positions that it saves.

It stands where a task's supervisor stands on a laptop: it hears the messages of `task.channel`.
"""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from collections.abc import Callable, Iterable
from typing import Any

from bunsui.task.attempt_log import AttemptLog
from bunsui.task.aws.chunks import BucketChunks, prefix_of
from bunsui.task.aws.client import AwsError
from bunsui.task.aws.marks import Marks
from bunsui.task.aws.services import Bucket, Items
from bunsui.task.capture import LineWriter
from bunsui.task.current import Context
from bunsui.task.redaction import Redactor

CHUNK_AGE = 0.5  # seconds from a chunk's first line until it is closed
_TICK = 0.1
_FORESEEN = 1.5  # seconds before the end that Lambda sets
_LAST_TRIES = 6
_MOST_LEFT = 256 * 1024  # bytes of what no bucket took, written where the container's own output goes
MARK = os.urandom(8).hex()  # how structured lines begin in this process


class Reporter:
    """Safe to use from several threads."""

    def __init__(
        self, bucket: Bucket, items: Items, context: Context, remaining: Callable[[], float] | None = None
    ) -> None:
        """`remaining` are the seconds until this process is ended, where somebody knows."""
        self._chunks = BucketChunks(bucket, prefix_of(context))
        self._redactor = Redactor(())
        self._log = AttemptLog(_who(context), self.redact, self._chunks)
        self._log.mark = MARK.encode()
        self._marks = Marks(items, context)
        self._remaining = remaining
        self._foreseen = False
        self._lock = threading.Lock()
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self.write_line: LineWriter | None = None  # into the pipe of stdout: the order of lines is the true one
        self.pid = os.getpid()

    def redact(self, text: str) -> str:
        return self._redactor(text)

    def hide(self, secrets: Iterable[str]) -> None:
        self._redactor = Redactor(secrets)

    def begin(self) -> None:
        self._thread.start()

    def feed(self, stream: str, data: bytes) -> None:
        with self._lock:
            self._log.feed(stream, data, time.time())

    def add(self, level: str, message: str) -> None:
        with self._lock:
            self._log.add(level, "log", message, time.time())

    @property
    def last_said(self) -> list[str]:
        """The last lines of stderr, secrets blanked out."""
        with self._lock:
            return list(self._log.last_errors)

    def end(self) -> None:
        """All of it is stored, or else said where nobody can miss it."""
        self._stopped.set()
        self._thread.join()
        with self._lock:
            self._log.close()
        if not self._chunks.ship(_LAST_TRIES):
            left = self._chunks.left()[-_MOST_LEFT:].decode("utf-8", "replace")
            sys.stderr.write(f"Bunsui could not store the end of this log:\n{left}")
        self._marks.flush(all=True)

    # What a task asks of its supervisor

    def send(self, message: dict[str, Any]) -> None:
        self.hear(message)

    def ask(self, message: dict[str, Any]) -> dict[str, Any]:
        return self.hear(message) or {}

    def hear(self, message: dict[str, Any]) -> dict[str, Any] | None:
        """The answer, if the message waits for one."""
        kind = message["t"]
        if kind == "save":
            return self._save(message["position"])
        if kind == "progress":
            note = self.redact(message["note"])
            self._marks.progress(message["done"], message["total"], note, time.time())
        elif kind == "log" and self.write_line is not None:
            self.write_line(message["level"], message["message"])
        return None

    def position(self) -> Any:
        """What was saved last. Raises OSError when that cannot be known."""
        try:
            return self._marks.position()
        except AwsError as error:
            raise OSError(f"the saved position cannot be read: {error}") from error

    def _save(self, position: Any) -> dict[str, Any]:
        try:
            self._marks.save(position, time.time())
        except AwsError as error:
            return {"error": str(error)}
        return {"t": "saved"}

    # Shipping

    def _run(self) -> None:
        while not self._stopped.wait(_TICK):
            self._foresee()
            with self._lock:
                since = self._log.since
                if since is not None and (self._foreseen or time.monotonic() - since >= CHUNK_AGE):
                    self._log.write()
            self._chunks.ship(2)
            self._marks.flush()

    def _foresee(self) -> None:
        if self._remaining is None or self._foreseen or self._remaining() > _FORESEEN:
            return
        self._foreseen = True
        self.add("WARNING", f"Lambda ends this function in {_FORESEEN} s: its timeout. What it still does may be lost")


def _who(context: Context) -> bytes:
    given = {
        "session": context.session,
        "operation": context.operation,
        "item": context.item,
        "attempt": context.attempt,
    }
    return json.dumps(given, ensure_ascii=False, separators=(",", ":"))[1:-1].encode("utf-8", "replace")
