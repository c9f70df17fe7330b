"""A line of a session's merged log, and where its chunks lie in the object store."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class LogLine:
    """`attempt` is ``execution.redrive.retry``; `operation` is empty for lines of the session itself."""

    time: float  # seconds since the epoch, UTC
    level: str  # DEBUG, INFO, WARNING, ERROR, CRITICAL
    session: str
    operation: str
    item: int | None
    attempt: str
    stream: str  # stdout, stderr, log, session
    message: str


@dataclass(frozen=True, slots=True)
class ForeignLine:
    """Of a task that ran without our runtime, as a backend kept it."""

    time: float
    message: str
    level: str


@dataclass(frozen=True, slots=True)
class ForeignAttempt:
    """The lines of one try, in order; `problem` says why there are none, or not all."""

    state: str
    item: int | None
    redrive: int
    retry: int
    lines: tuple[ForeignLine, ...]
    problem: str = ""


SESSION_STREAM = "_session"  # the folder of lines that belong to no operation


def log_prefix(session: str) -> str:
    return f"logs/{session}/"


def archive_prefix(session: str) -> str:
    """Folder of the files that chunks of ended executions were compacted into."""
    return f"logs/{session}/archive/"


def archive_key(session: str, number: int) -> str:
    """Numbered from 1 in the order in which they were written; each chunk is in one of them only."""
    return f"{archive_prefix(session)}{number:06d}.log.gz"


def folder_of(key: str) -> str:
    """Of a chunk: what lies between the session's prefix and its number."""
    return key.split("/", 2)[2].rpartition("/")[0]


def manifest_key(session: str) -> str:
    return f"logs/{session}/manifest.json"


def attempt_prefix(session: str, operation: str, item: int | None, attempt: str) -> str:
    """Folder of one attempt's chunks: ``logs/<session>/<operation>/[<item>/]<execution.redrive.retry>/``."""
    middle = f"{operation or SESSION_STREAM}/" + (f"{item}/" if item is not None else "")
    return f"logs/{session}/{middle}{attempt}/"


def chunk_key(prefix: str, number: int) -> str:
    """Chunks are immutable and numbered from 1."""
    return f"{prefix}{number:06d}.jsonl"
