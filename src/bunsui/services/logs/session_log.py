"""The session's own lines in its log (started, cancelled, resumed, ended), and the log's manifest.

Every line is written once, whoever and however many write it. Reading is in `logs`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from itertools import count

from bunsui.errors import NotFound
from bunsui.model.log import LogLine, attempt_prefix, chunk_key, manifest_key
from bunsui.model.session import Session
from bunsui.ports import ObjectStore
from bunsui.services.wiring import rfc3339

FIRST, LAST = 1, 900_000  # chunks of the first and the last line of an execution; others come between


class SessionLog:
    def __init__(self, objects: ObjectStore) -> None:
        self._objects = objects

    def begin(self, session: Session, at: float, message: str) -> None:
        """Initialise log storage, and the line that an execution started."""
        manifest = {"schema": 1, "session": session.id, "pipeline": session.pipeline, "created": session.created}
        self._objects.put_if_absent(manifest_key(session.id), json.dumps(manifest).encode(), lasting=False)
        self._write(session, FIRST, at, "INFO", message)

    def end(self, session: Session, at: float, message: str, *, bad: bool) -> None:
        self._write(session, LAST, at, "ERROR" if bad else "INFO", message)

    def note(self, session: Session, at: float, message: str, level: str = "INFO", *, once: bool = False) -> None:
        """A line between the first and the last, after those that are there; with `once`, unless it is."""
        number = FIRST + 1
        while not self._write(session, number, at, level, message, lasting=True):
            if once and self._says(session, number, message):
                return
            number += 1

    def notes(self, session: Session) -> Iterator[str]:
        """The messages between the first line and the last of its latest attempt, in order."""
        for number in count(FIRST + 1):
            try:
                line: dict[str, object] = json.loads(self._objects.get(_key(session, number)))
            except NotFound:
                return
            yield str(line.get("message", ""))

    def _says(self, session: Session, number: int, message: str) -> bool:
        line: dict[str, object] = json.loads(self._objects.get(_key(session, number)))
        return line.get("message") == message

    def _write(
        self, session: Session, number: int, at: float, level: str, message: str, *, lasting: bool = False
    ) -> bool:
        line = LogLine(at, level, session.id, "", None, _attempt(session), "session", message)
        return self._objects.put_if_absent(_key(session, number), encode(line), lasting=lasting)


def _attempt(session: Session) -> str:
    return f"{len(session.executions)}.{session.executions[-1].redrives}.0"


def _key(session: Session, number: int) -> str:
    return chunk_key(attempt_prefix(session.id, "", None, _attempt(session)), number)


def encode(line: LogLine) -> bytes:
    return json.dumps({**asdict(line), "time": rfc3339(line.time)}, ensure_ascii=False).encode() + b"\n"
