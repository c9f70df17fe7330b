"""The merged log of a session: chunks of all its attempts, in time order, filtered; read once or followed.

The layout of chunks is in `model.log`. Who writes them: the tasks' supervisor, and `session_log` for the session's own.
"""

from __future__ import annotations

import heapq
import json
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from bunsui.model.log import SESSION_STREAM, LogLine, log_prefix
from bunsui.ports import ObjectStore

LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")


@dataclass(frozen=True, slots=True)
class LogFilter:
    """Which lines are wanted. `operation` also selects those nested in it; `level` is the lowest one shown.

    `grep` is a plain text, found without regard to case unless it has a capital. `since` is in seconds since the epoch.
    `tail` keeps the last n lines.
    """

    operation: str | None = None
    attempt: str | None = None
    level: str | None = None
    grep: str | None = None
    since: float | None = None
    tail: int | None = None

    def takes(self, line: LogLine) -> bool:
        return (
            (self.since is None or line.time >= self.since)
            and (self.level is None or _rank(line.level) >= _rank(self.level))
            and (self.grep is None or _contains(line.message, self.grep))
        )

    def takes_chunk(self, key: str, session: str) -> bool:
        """Whether lines of this chunk can be wanted at all: told from its key."""
        operation, *_, attempt, _number = key.removeprefix(log_prefix(session)).split("/")
        wanted = self.operation
        return (wanted is None or operation == wanted or operation.startswith(f"{wanted}.")) and (
            self.attempt is None or attempt == self.attempt
        )


def _rank(level: str) -> int:
    return LEVELS.index(level.upper()) if level.upper() in LEVELS else 1


def _contains(message: str, text: str) -> bool:
    return text in message if text != text.lower() else text in message.lower()


class LogReader:
    def __init__(self, objects: ObjectStore) -> None:
        self._objects = objects

    def read(self, session: str, wanted: LogFilter) -> Iterator[LogLine]:
        """Every line that is there, in time order; of one attempt in the order it was written."""
        return _tailed(self._merged(self._chunks(session, wanted), session, wanted), wanted.tail)

    def follow(
        self, session: str, wanted: LogFilter, ended: Callable[[], bool], sleep: Callable[[float], None]
    ) -> Iterator[LogLine]:
        """As `read`, then what comes, until the session ended. Chunks are immutable: none is read twice."""
        last: dict[str, str] = {}
        tail = wanted.tail
        while True:
            over = ended()  # asked before reading: what was written before the end is then read in this very round
            chunks = [key for key in self._chunks(session, wanted) if key > last.get(_folder(key), "")]
            yield from _tailed(self._merged(chunks, session, wanted), tail)
            last.update({_folder(key): key for key in chunks})
            tail = None
            if over:
                return
            sleep(0.2)

    def _chunks(self, session: str, wanted: LogFilter) -> list[str]:
        keys = self._objects.list(log_prefix(session))
        return [key for key in keys if key.endswith(".jsonl") and wanted.takes_chunk(key, session)]

    def _merged(self, chunks: Iterable[str], session: str, wanted: LogFilter) -> Iterator[LogLine]:
        folders: dict[str, list[str]] = {}
        for key in chunks:
            folders.setdefault(_folder(key), []).append(key)
        sources = [self._lines(keys, session) for _, keys in sorted(folders.items())]
        return (line for line in heapq.merge(*sources, key=lambda line: line.time) if wanted.takes(line))

    def _lines(self, keys: Iterable[str], session: str) -> Iterator[LogLine]:
        latest = 0.0
        for key in keys:
            for text in self._objects.get(key).split(b"\n"):
                if whole := text.rstrip(b"\0"):  # a power cut may leave zeros in the place of a chunk's end
                    line = decode(whole, session, latest)
                    latest = line.time
                    yield line


def _folder(key: str) -> str:
    return key.rpartition("/")[0]


def _tailed(lines: Iterator[LogLine], tail: int | None) -> Iterator[LogLine]:
    return lines if tail is None else iter(deque(lines, maxlen=tail))


def decode(text: bytes, session: str, latest: float = 0.0) -> LogLine:
    """A stored line. What cannot be read is shown as it is, rather than hidden, at the time of the line before."""
    try:
        body = json.loads(text)
        return LogLine(
            time=_time(body["time"]),
            level=str(body.get("level") or "INFO"),
            session=str(body.get("session") or session),
            operation=str(body.get("operation") or ""),
            item=body.get("item"),
            attempt=str(body.get("attempt") or ""),
            stream=str(body.get("stream") or "log"),
            message=str(body.get("message", "")),
        )
    except (ValueError, KeyError, TypeError):
        return LogLine(latest, "INFO", session, "", None, "", SESSION_STREAM, text.decode(errors="replace"))


def _time(value: object) -> float:
    if isinstance(value, int | float):
        return float(value)
    return datetime.fromisoformat(str(value)).timestamp()
