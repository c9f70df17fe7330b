"""What a worker does so that prints and logging arrive whole and in order. Reading them is the supervisor's work."""

from __future__ import annotations

import io
import json
import logging
import os
import sys
import time

_MARK = b"\x1e"
_LONGEST = 1 << 20  # characters of one message


class LineWriter:
    """Structured lines into the pipe of stdout, between what is printed: the order is the true one.

    `mark` is a secret of this process, so that no printed text can pass for such a line.
    """

    def __init__(self, mark: str, pipe: int | None = None) -> None:
        self._lead = _MARK + mark.encode("ascii")
        # Still whoever reads it now, when user code points 1 somewhere else.
        self._pipe = os.dup(1) if pipe is None else pipe

    def __call__(self, level: str, message: str) -> None:
        if len(message) > _LONGEST:
            message = message[:_LONGEST] + f"... ({len(message) - _LONGEST} characters more were dropped)"
        body = json.dumps([level, time.time(), message], ensure_ascii=False)
        self._write(self._lead + body.encode("utf-8", "replace") + b"\n")

    def _write(self, data: bytes) -> None:
        try:
            while data:
                data = data[os.write(self._pipe, data) :]
        except OSError:
            pass  # the supervisor is gone; a task does not fail over a log line


class _ToLineWriter(logging.Handler):
    def __init__(self, write_line: LineWriter) -> None:
        super().__init__()
        self._write_line = write_line

    def emit(self, record: logging.LogRecord) -> None:
        try:
            self._write_line(_level(record.levelno), self.format(record))
        except Exception:  # as every handler: a bad format string must not end the task
            self.handleError(record)


def _level(number: int) -> str:
    for name in ("CRITICAL", "ERROR", "WARNING", "INFO"):
        if number >= getattr(logging, name):
            return name
    return "DEBUG"


def install(write_line: LineWriter) -> None:
    """Lines leave at their end, and standard logging goes to the session's log from INFO up, and nowhere else."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(line_buffering=True, errors="backslashreplace")
    if not any(isinstance(there, _ToLineWriter) for there in logging.getLogger().handlers):
        handlers = [_ToLineWriter(write_line)]
        logging.basicConfig(level=logging.INFO, handlers=handlers, format="%(message)s", force=True)
    logging.captureWarnings(False)


def flush() -> None:
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError, AttributeError):  # closed or replaced by user code
            continue
