"""The session's own lines in its log (started, cancelled, resumed, ended), and the log's manifest.

Every line is written once, whoever and however many write it. Reading is in `logs`.
"""

from __future__ import annotations

import json
from dataclasses import asdict

from bunsui.model.log import LogLine, attempt_prefix, chunk_key, manifest_key
from bunsui.model.session import Session
from bunsui.ports import ObjectStore
from bunsui.services.wiring import rfc3339

_FIRST, _LAST = 1, 900_000  # chunks of the first and the last line of an execution; others come between


class SessionLog:
    def __init__(self, objects: ObjectStore) -> None:
        self._objects = objects

    def begin(self, session: Session, at: float, message: str) -> None:
        """Initialise log storage, and the line that an execution started."""
        manifest = {"schema": 1, "session": session.id, "pipeline": session.pipeline, "created": session.created}
        self._objects.put_if_absent(manifest_key(session.id), json.dumps(manifest).encode())
        self._write(session, _FIRST, at, "INFO", message)

    def end(self, session: Session, at: float, message: str, *, bad: bool) -> None:
        self._write(session, _LAST, at, "ERROR" if bad else "INFO", message)

    def note(self, session: Session, at: float, message: str) -> None:
        """A line between the first and the last, after those that are there."""
        number = _FIRST + 1
        while not self._write(session, number, at, "INFO", message):
            number += 1

    def _write(self, session: Session, number: int, at: float, level: str, message: str) -> bool:
        attempt = f"{len(session.executions)}.{session.executions[-1].redrives}.0"
        line = LogLine(at, level, session.id, "", None, attempt, "session", message)
        key = chunk_key(attempt_prefix(session.id, "", None, attempt), number)
        return self._objects.put_if_absent(key, encode(line))


def encode(line: LogLine) -> bytes:
    return json.dumps({**asdict(line), "time": rfc3339(line.time)}, ensure_ascii=False).encode() + b"\n"
