"""The attempt that runs in this process, and what it may ask of its supervisor. The public names are in the package.

Outside of a run everything works on its own: logs go to stderr, positions are kept in memory, files in a temporary
folder.
"""

from __future__ import annotations

import json
import os
import socket
import sys
import threading
import time
from collections.abc import Callable
from typing import Any, NamedTuple

from bunsui.task.channel import Channel, Line
from bunsui.task.files import FILES, OutputFile, file_name
from bunsui.task.store import FolderStore, Store

_PROGRESS_INTERVAL = 0.25
_POSITION_LIMIT = 256 * 1024
LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")


class Context(NamedTuple):
    """Who is running. Empty texts outside of a run."""

    session: str = ""
    operation: str = ""
    item: "int | None" = None
    generation: int = 0
    attempt: str = ""
    key: str = ""  # the idempotency key: the same for every try of the same work

    def output_prefix(self) -> str:
        item = "" if self.item is None else f"{self.item}/"
        return f"outputs/{self.session or '_none'}/{self.operation or '_none'}/{item}{self.attempt or '0'}/"


class Attempt:
    """One attempt as the user's code sees it. Without a channel nobody listens."""

    def __init__(
        self,
        context: Context,
        store: Store,
        channel: Line | None = None,
        saved: Any = None,
        write_line: Callable[[str, str], None] | None = None,
    ) -> None:
        """`saved` is the position that an earlier attempt saved, or what gives it when it is asked for."""
        self.context = context
        self.store = store
        self._position = saved
        self._channel = channel
        self._write_line = write_line
        self._files: list[OutputFile] = []
        self._reported = 0.0
        self._pending: dict[str, Any] | None = None

    @property
    def position(self) -> Any:
        if callable(self._position):
            self._position = self._position()
        return self._position

    def log(self, message: str, level: str, fields: dict[str, Any]) -> None:
        level = level.upper()
        if level not in LEVELS:
            raise ValueError(f"level is {level!r}, but must be one of {', '.join(LEVELS)}")
        text = " ".join([str(message), *(f"{name}={_shown(value)}" for name, value in fields.items())])
        if self._write_line is not None:
            self._write_line(level, text)
        elif self._channel is not None:
            self._channel.send({"t": "log", "level": level, "message": text, "time": time.time()})
        else:
            sys.stderr.write(f"{level} {text}\n")

    def progress(self, done: float, total: float | None, note: str) -> None:
        self._pending = {"t": "progress", "done": done, "total": total, "note": str(note), "at": time.time()}
        if done == total or time.monotonic() - self._reported >= _PROGRESS_INTERVAL:
            self.report_progress()

    def report_progress(self) -> None:
        """Send what the rate limit held back."""
        if self._pending is not None and self._channel is not None:
            self._channel.send(self._pending)
        self._pending = None
        self._reported = time.monotonic()

    def save(self, position: Any) -> None:
        text = json.dumps(position, ensure_ascii=False, allow_nan=False)
        if len(text.encode("utf-8")) > _POSITION_LIMIT:
            raise ValueError(f"a saved position has at most {_POSITION_LIMIT} bytes, this one has {len(text)}")
        if self._channel is not None:
            answer = self._channel.ask({"t": "save", "position": position})
            if answer.get("error"):
                raise OSError(f"the position could not be saved: {answer['error']}")
        self._position = json.loads(text)

    def note_group(self, pid: int, alive: bool) -> None:
        """A process group that must end with the attempt, whoever ends it."""
        (groups.add if alive else groups.discard)(pid)
        if self._channel is not None:
            self._channel.send({"t": "child", "pid": pid, "alive": alive})

    def output_file(self, name: str) -> OutputFile:
        file = OutputFile(f"{self.context.output_prefix()}{FILES}/{file_name(name)}", self.store)
        self._files.append(file)
        return file

    def close(self, store_files: bool) -> None:
        """Nothing that was written is lost, nothing half-written is kept."""
        for file in self._files:
            if store_files and os.path.exists(file.path):
                file.store()
            else:
                file.discard()
        self.report_progress()


def _shown(value: Any) -> str:
    if isinstance(value, str) and value and not any(each.isspace() or each in "\"'" for each in value):
        return value
    try:
        return json.dumps(value, ensure_ascii=False, default=str)
    except (TypeError, ValueError):
        return repr(value)


groups: set[int] = set()  # that this process started and that still run
starting = threading.Lock()  # held while one is started and not yet in `groups`
_running: Attempt | None = None
_outside: Attempt | None = None


def begin(attempt: Attempt | None) -> None:
    """Make it the process's attempt (None: there is none)."""
    global _running
    _running = attempt


def attempt() -> Attempt:
    """The worker's attempt; in a command, or in a child of a task, the one that the environment names."""
    global _outside
    if _running is not None and (_running._channel is None or _running._channel.pid == os.getpid()):
        return _running
    if _outside is None or (_outside._channel is not None and _outside._channel.pid != os.getpid()):
        _outside = _connected() or _alone()
    return _outside


def _connected() -> Attempt | None:
    path, token = os.environ.get("BUNSUI_TASK_SOCKET"), os.environ.get("BUNSUI_TASK_TOKEN")
    if not path or not token:
        return None
    end = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        end.connect(path)
    except OSError:
        return None
    channel = Channel(end)
    welcome = channel.ask({"t": "task", "token": token})
    return Attempt(Context(*welcome["context"]), _store(), channel, welcome["saved"])


def _store() -> Store:
    if "BUNSUI_OBJECTS" in os.environ:
        return FolderStore(os.environ["BUNSUI_OBJECTS"])
    from bunsui.task.aws.services import Services
    from bunsui.task.aws.store import BucketStore

    return BucketStore(Services(os.environ).bucket(os.environ["BUNSUI_BUCKET"]))


def _alone() -> Attempt:
    import tempfile

    return Attempt(Context(), FolderStore(tempfile.mkdtemp(prefix="bunsui-")))
