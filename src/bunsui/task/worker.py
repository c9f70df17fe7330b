"""A warm process that runs launches one at a time: loads a handler once, calls it, answers on its channel.

What the user's code may call is in the package itself; who starts and ends this process is `local.supervisor`.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import sys
import threading
import time
from typing import Any

from bunsui.task import capture, current, failure, outputs
from bunsui.task.channel import Channel
from bunsui.task.handlers import Call, LoadedFiles, load
from bunsui.task.store import FolderStore


class LambdaContext:
    """What a Lambda handler reads of its second argument."""

    def __init__(self, context: current.Context, launch: dict[str, Any]) -> None:
        self.function_name = context.operation
        self.function_version = "$LATEST"
        self.invoked_function_arn = f"arn:aws:lambda:local:000000000000:function:{context.operation}"
        self.aws_request_id = launch["id"]
        self.memory_limit_in_mb = str(launch.get("memory") or "")
        self._deadline = time.time() + (launch.get("timeout") or 86400)

    def get_remaining_time_in_millis(self) -> int:
        return max(0, int((self._deadline - time.time()) * 1000))


class Worker:
    def __init__(self, channel: Channel, setup: dict[str, Any]) -> None:
        os.environ.clear()
        os.environ.update(setup["environ"])
        self._channel = channel
        self._folder = setup["folder"]
        self._store = FolderStore(setup["objects"])
        self._write_line = capture.LineWriter(setup["mark"])
        self._code = os.path.abspath(setup["code"] or setup["folder"])  # as modules will tell their files
        self._loaded = LoadedFiles(self._code)
        self._calls: dict[str, Call] = {}
        sys.path.insert(1, self._code)
        capture.install(self._write_line)

    def run(self) -> None:
        while True:
            body = self._channel.receive_body()
            if body is None:
                return
            launch = json.loads(body)
            launch["references"] = b'"$ref"' in body
            self._channel.send_text(self._answer(launch))

    def _answer(self, launch: dict[str, Any]) -> str:
        context = current.Context(*launch["context"])
        attempt = current.Attempt(context, self._store, self._channel, launch.get("saved"), self._write_line)
        os.environ.update(launch["environ"])
        beats = Beats(self._channel, launch["heartbeat"]) if launch.get("heartbeat") else None
        current.begin(attempt)
        try:
            answer = self._done(self._call(launch, attempt), launch, attempt)
        except BaseException as error:  # sys.exit and interrupts of user code end an attempt, not the worker
            answer = self._failed(error, attempt)
        finally:
            current.begin(None)
            if beats is not None:
                beats.stop()
        capture.flush()
        return answer

    def _call(self, launch: dict[str, Any], attempt: current.Attempt) -> Any:
        try:
            os.chdir(self._folder)
        except OSError as error:
            message = f"the working folder {self._folder} cannot be entered: {error.strerror}"
            raise failure.TaskFailure("Bunsui.WorkerNotStarted", message) from None
        handler = launch["handler"]
        call = self._calls.get(handler)
        if call is None:
            call = self._calls[handler] = self._load(handler)
        event = launch["event"]
        if launch["references"] and not launch.get("plain"):
            event = outputs.resolve(event, self._store)
        return call(event, LambdaContext(attempt.context, launch))

    def _load(self, handler: str) -> Call:
        if not os.path.isdir(self._code):
            message = f"Unable to import handler {handler!r}: the code folder {self._code} does not exist"
            raise failure.TaskFailure("Runtime.ImportModuleError", message)
        return load(handler)

    def _done(self, value: Any, launch: dict[str, Any], attempt: current.Attempt) -> str:
        attempt.close(store_files=True)
        if launch.get("plain"):
            return '{"t":"done","output":' + outputs.plain_text(value) + self._files() + "}"
        text = outputs.to_text(value)
        prefix = attempt.context.output_prefix()
        text = outputs.bound(text, self._store, prefix, launch["inline"], launch["cap"] or outputs.DEFAULT_CAP)
        return '{"t":"done","output":' + text + self._files() + "}"

    def _failed(self, error: BaseException, attempt: current.Attempt) -> str:
        if isinstance(error, failure.TaskFailure) and error.__cause__ is None:
            self._write_line("ERROR", f"{error.error}: {error}")
        else:
            self._write_line("ERROR", failure.full_text(error).rstrip("\n"))
        with contextlib.suppress(OSError):
            attempt.close(store_files=False)
        described = failure.describe(error)
        retire = described["error"].startswith("Runtime.") or isinstance(error, MemoryError)
        return json.dumps({"t": "failed", "retire": retire, **described}, ensure_ascii=False)[:-1] + self._files() + "}"

    def _files(self) -> str:
        files = self._loaded.changed()
        return "" if files is None else ',"files":' + json.dumps(files)


class Beats:
    """Tells the supervisor that this process still gets to run, three times in each heartbeat."""

    def __init__(self, channel: Channel, heartbeat: float) -> None:
        self._stopped = threading.Event()
        self._channel = channel
        self._interval = heartbeat / 3
        threading.Thread(target=self._run, daemon=True).start()

    def _run(self) -> None:
        while not self._stopped.wait(self._interval):
            self._channel.send({"t": "beat"})

    def stop(self) -> None:
        self._stopped.set()


def _end_with(supervisor: int) -> None:
    """When the supervisor is gone, so is everything in this process's group and in those that it started."""
    try:
        os.read(supervisor, 1)
    finally:
        with current.starting:
            for group in list(current.groups):
                with contextlib.suppress(OSError):
                    os.killpg(group, signal.SIGKILL)
            os.killpg(0, signal.SIGKILL)


def _limit_memory(mebibytes: int | None) -> None:
    if not mebibytes:
        return
    import resource

    # On Linux the limit on data counts what a program uses; that on address space also what it only reserves.
    kind = resource.RLIMIT_DATA if sys.platform.startswith("linux") else resource.RLIMIT_AS
    hard = resource.getrlimit(kind)[1]
    size = mebibytes << 20
    resource.setrlimit(kind, (size if hard == resource.RLIM_INFINITY else min(size, hard), hard))


def main(arguments: list[str]) -> None:
    channel_end, life = int(arguments[0]), int(arguments[1])
    for descriptor in (channel_end, life):
        os.set_inheritable(descriptor, False)
    threading.Thread(target=_end_with, args=(life,), daemon=True).start()
    channel = Channel(socket.socket(fileno=channel_end))
    setup = channel.receive()
    if setup is not None:
        _limit_memory(setup["memory"])
        Worker(channel, setup).run()
