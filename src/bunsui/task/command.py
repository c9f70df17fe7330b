"""Runs a command as a task: input and output as files, the whole process group ended with it.

Called by a worker like any handler, so that its output is bounded by `outputs` and its prints are the worker's own.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import stat
import subprocess
import sys
import threading
from types import FrameType
from typing import Any

from bunsui.task import current
from bunsui.task.failure import TaskFailure, how_it_ended
from bunsui.task.files import File
from bunsui.task.store import make_folder

_LARGEST_OUTPUT = 256 * 1024 * 1024
_UNBUFFERED = {"PYTHONUNBUFFERED": "1"}  # a Python command's lines are in the log when they are printed


class Stopper:
    """Told by a signal that nobody waits any more: asks the command to stop, then makes it."""

    def __init__(self, patience: float = 1.0) -> None:
        """`patience`: seconds between the two."""
        self.asked = False
        self._patience = patience
        self._group = 0

    def __call__(self, number: int, frame: FrameType | None) -> None:
        self.asked = True
        if self._group:
            self._stop()

    def watch(self, group: int) -> None:
        self._group = group
        if self.asked:
            self._stop()

    def _stop(self) -> None:
        _signal_group(self._group, signal.SIGTERM)
        timer = threading.Timer(self._patience, _signal_group, (self._group, signal.SIGKILL))
        timer.daemon = True
        timer.start()


def run(
    argv: list[str],
    value: Any,
    folder: str,
    environ: dict[str, str],
    memory: int | None,
    scratch: str,
    stopper: Stopper | None = None,
) -> dict[str, Any]:
    """The object that the command wrote to $BUNSUI_OUTPUT. Raises TaskFailure."""
    make_folder(scratch)
    try:
        paths = {"BUNSUI_INPUT": os.path.join(scratch, "input.json"), "BUNSUI_OUTPUT": os.path.join(scratch, "output")}
        with open(paths["BUNSUI_INPUT"], "w", encoding="utf-8") as file:
            json.dump(_with_paths(value), file, ensure_ascii=False)
        whole = {**_UNBUFFERED, **environ, **_import_path(environ), **paths}
        code = _execute(argv, folder, whole, memory, stopper or Stopper())
        if code:
            raise TaskFailure("Bunsui.CommandFailed", f"{argv[0]} {how_it_ended(code)}")
        return _output(paths["BUNSUI_OUTPUT"])
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _import_path(environ: dict[str, str]) -> dict[str, str]:
    """`import bunsui.task` works in a Python command."""
    own = sys.path[0]
    return {"PYTHONPATH": os.pathsep.join(each for each in (own, environ.get("PYTHONPATH")) if each)}


def _with_paths(value: Any) -> Any:
    """A command gets, with the reference of a file, the path where it lies."""
    if isinstance(value, File):
        return {**value, "path": value.path}
    if isinstance(value, dict):
        return {name: _with_paths(part) for name, part in value.items()}
    if isinstance(value, list):
        return [_with_paths(part) for part in value]
    return value


def _execute(argv: list[str], folder: str, environ: dict[str, str], memory: int | None, stopper: Stopper) -> int:
    before = signal.signal(signal.SIGTERM, stopper)
    try:
        with current.starting:
            process = _start(argv, folder, environ)
            current.attempt().note_group(process.pid, alive=True)
        stopper.watch(process.pid)
        _limit(process.pid, memory)
        _wait(process)
        stopper.watch(0)
        current.attempt().note_group(process.pid, alive=False)
        return process.returncode
    finally:
        signal.signal(signal.SIGTERM, before)


def _start(argv: list[str], folder: str, environ: dict[str, str]) -> subprocess.Popen[bytes]:
    try:
        return subprocess.Popen(  # noqa: S603 (an argument vector of the pipeline's author, no shell)
            argv, cwd=folder, env=environ, stdin=subprocess.DEVNULL, start_new_session=True
        )
    except OSError as error:
        if not os.path.isdir(folder):
            raise TaskFailure("Bunsui.CommandNotStarted", f"the working folder {folder} does not exist") from None
        raise TaskFailure("Bunsui.CommandNotStarted", _why_not(argv[0], environ, error)) from None
    except ValueError as error:
        raise TaskFailure("Bunsui.CommandNotStarted", f"cannot run {argv[0]!r}: {error}") from None


def _why_not(program: str, environ: dict[str, str], error: OSError) -> str:
    if isinstance(error, FileNotFoundError) and os.sep not in program:
        folders = environ.get("PATH", "").split(os.pathsep)
        among = folders[0] if len(folders) == 1 else f"{folders[0]} and {len(folders) - 1} more folders"
        return f"cannot run {program!r}: there is no such program in PATH ({among})"
    return f"cannot run {program!r}: {error.strerror}"


def _wait(process: subprocess.Popen[bytes]) -> None:
    """Until it ended; what it left running in its group ends too, while the group's number is still its own."""
    if hasattr(os, "waitid"):
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
        _signal_group(process.pid, signal.SIGKILL)
        process.wait()
    else:
        process.wait()
        _signal_group(process.pid, signal.SIGKILL)


def _signal_group(group: int, number: int) -> None:
    try:
        os.killpg(group, number)
    except (ProcessLookupError, PermissionError):
        return


def _limit(pid: int, mebibytes: int | None) -> None:
    import resource

    if mebibytes and hasattr(resource, "prlimit"):
        size = mebibytes << 20
        try:
            resource.prlimit(pid, resource.RLIMIT_DATA, (size, size))
        except (OSError, ValueError):
            return  # it ended already, or has a lower limit


def _output(path: str) -> dict[str, Any]:
    try:
        found = os.stat(path)
    except FileNotFoundError:
        return {}
    if not stat.S_ISREG(found.st_mode):
        raise TaskFailure("Bunsui.OutputNotJson", "the output is not JSON: $BUNSUI_OUTPUT is no regular file")
    if found.st_size > _LARGEST_OUTPUT:
        message = f"$BUNSUI_OUTPUT has {found.st_size} bytes, more than {_LARGEST_OUTPUT}: write a file and its path"
        raise TaskFailure("Bunsui.OutputTooLarge", message)
    with open(path, "rb") as file:
        return _parsed(file.read())


def _parsed(body: bytes) -> dict[str, Any]:
    if not body.strip():
        return {}
    try:
        value = json.loads(body, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise TaskFailure("Bunsui.OutputNotJson", f"what was written to $BUNSUI_OUTPUT is not JSON: {error}") from None
    if not isinstance(value, dict):
        kind = {list: "array", str: "string", bool: "boolean", type(None): "null"}.get(type(value), "number")
        message = f"what was written to $BUNSUI_OUTPUT is a JSON {kind}, but must be an object"
        raise TaskFailure("Bunsui.OutputNotAnObject", message)
    return value


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is no JSON number")
