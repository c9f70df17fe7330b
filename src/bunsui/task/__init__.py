"""The task runtime: what a user's function calls (log, progress, save) and the worker that runs it.

Stands alone: runs inside Lambda, ECS and local processes, on Python 3.9 or later, with nothing to install.
"""

from __future__ import annotations

from typing import IO, Any

from bunsui.task.current import Context, attempt
from bunsui.task.files import File, OutputFile
from bunsui.task.outputs import resolve

__all__ = [
    "Context",
    "File",
    "OutputFile",
    "context",
    "idempotency_key",
    "log",
    "open",
    "output_file",
    "progress",
    "save",
    "saved",
]

context: Context  # who is running: session, operation, item, generation, attempt, key
idempotency_key: str  # the same for every try of the same work; empty outside of a run


def __getattr__(name: str) -> Any:
    if name == "context":
        return attempt().context
    if name == "idempotency_key":
        return attempt().context.key
    raise AttributeError(f"module 'bunsui.task' has no attribute {name!r}")


def log(message: str, level: str = "INFO", **fields: Any) -> None:
    """Add a line to the session's log; `fields` are shown as ``name=value``."""
    attempt().log(message, level, fields)


def progress(done: float, total: float | None = None, note: str = "") -> None:
    """Say how far this task is, as often as you like: about four times a second it is passed on."""
    attempt().progress(done, total, note)


def save(position: Any) -> None:
    """Keep a position (JSON, at most 256 KiB) for the next try of this work. It is on disk when this returns."""
    attempt().save(position)


def saved() -> Any:
    """The position that was saved last, by this try or an earlier one; None when there is none."""
    return attempt().position


def output_file(name: str) -> OutputFile:
    """A file to write and to return as output: it goes to the object store when its `with` block ends.

    ``with output_file("delays.csv") as file: open(file, "w")...; return {"delays": file}``
    """
    return attempt().output_file(name)


def open(reference: Any, mode: str = "r", **options: Any) -> IO[Any]:
    """Open a file that another operation returned."""
    file = resolve(dict(reference), attempt().store)
    if not isinstance(file, File):
        raise ValueError(f"this is no reference to a file: {reference!r}")
    return file.open(mode, **options)
