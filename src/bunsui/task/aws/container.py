"""The command of every container that Bunsui deploys: runs the user's command under the contract of tasks.

``python3 task.pyz -- ARGV``. BUNSUI_TASK says which attempt this is, what it is given, and whom to answer; further
BUNSUI_RECORDS, BUNSUI_BUCKET, BUNSUI_SECRETS, and BUNSUI_CODE, the key of a zip that becomes the working folder.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import tempfile
import threading
from collections.abc import Mapping
from typing import Any

from bunsui.task import capture, command, current, failure, outputs
from bunsui.task.aws import secrets
from bunsui.task.aws.children import Children
from bunsui.task.aws.client import AwsError
from bunsui.task.aws.given import Given, given_from, variables
from bunsui.task.aws.reporter import MARK, Reporter
from bunsui.task.aws.services import Bucket, Services, Tokens
from bunsui.task.aws.store import BucketStore
from bunsui.task.aws.streams import Streams
from bunsui.task.failure import TaskFailure

STOPPED = "Bunsui.ContainerStopped"
_BEAT = 60.0  # seconds, where the machine says nothing of a heartbeat
_PATIENCE = 10.0  # seconds that a command has to end: ECS kills the container after 30
_OWN = ("BUNSUI_TASK", "BUNSUI_SECRETS", "BUNSUI_CODE", "BUNSUI_RECORDS")  # no concern of the command
_UNWANTED = "stopped: its execution no longer waits for it"
_TOLD = "stopped: ECS ended the container (SIGTERM): somebody stopped its task, or its capacity was taken away"


def main() -> int:
    """The exit code: 0 when the execution was told of a success."""
    argv = sys.argv[2:] if sys.argv[1:2] == ["--"] else sys.argv[1:]
    if "BUNSUI_TASK" not in os.environ:  # somebody starts the container by hand: no session wants to know
        os.execvp(argv[0], argv)  # noqa: S606 (an argument vector of the pipeline's author, no shell)
    task = json.loads(os.environ["BUNSUI_TASK"])
    return Container(argv, task, given_from(task.get("bunsui") or {})).run()


class Container:
    def __init__(self, argv: list[str], task: Mapping[str, Any], given: Given) -> None:
        services = Services(os.environ)
        self._services, self._argv, self._task, self._given = services, argv, task, given
        self._bucket: Bucket = services.bucket(os.environ["BUNSUI_BUCKET"])
        self._tokens: Tokens = services.tokens()
        self._store = BucketStore(self._bucket)
        self._reporter = Reporter(self._bucket, services.table(os.environ["BUNSUI_RECORDS"]), given.context)
        self._stopper = command.Stopper(_PATIENCE)
        self._why = _TOLD
        self._over = threading.Event()

    def run(self) -> int:
        signal.signal(signal.SIGTERM, self._stopper)
        streams = Streams()
        write_line = capture.LineWriter(MARK, streams.pipe)
        self._reporter.write_line = write_line
        streams.begin(self._reporter.feed)
        try:
            capture.install(write_line)
            self._reporter.begin()
            threading.Thread(target=self._beat, daemon=True).start()
            attempt = current.Attempt(self._given.context, self._store, self._reporter, None, write_line)
            current.begin(attempt)
            text, error = self._worked(attempt)
        finally:
            streams.end()
        return self._answered(text, error)

    def _worked(self, attempt: current.Attempt) -> tuple[str, BaseException | None]:
        try:
            text = self._output(attempt)
            if self._stopper.asked:  # what a command does that is told to stop is no result
                raise TaskFailure(STOPPED, f"{self._argv[0]} was told to stop, and did: {self._why}")
            return text, None
        except Exception as error:
            if self._stopper.asked and not _is(error, STOPPED):
                return "", TaskFailure(STOPPED, f"{error}; {self._why}")
            return "", error

    def _output(self, attempt: current.Attempt) -> str:
        given = self._given
        hidden = secrets.resolved(os.environ, self._services)
        self._reporter.hide(hidden.values())
        with tempfile.TemporaryDirectory(prefix="bunsui-") as folder:
            value = outputs.resolve(self._input(), self._store)
            children = Children(folder, given, self._reporter)
            environ = {name: held for name, held in os.environ.items() if name not in _OWN}
            environ = {**environ, **hidden, **variables(given.context), **children.variables}
            where, scratch = self._folder(folder), os.path.join(folder, "scratch")
            found = command.run(self._argv, value, where, environ, None, scratch, self._stopper)
        attempt.close(store_files=True)
        prefix = given.context.output_prefix()
        return outputs.bound(outputs.to_text(found), self._store, prefix, given.inline, given.cap)

    def _input(self) -> Any:
        """Given inline, or by the key of an object: overrides hold 8,192 characters."""
        if "input" in self._task:
            return json.loads(self._store.get(self._task["input"]))
        return self._task.get("with") or {}

    def _folder(self, above: str) -> str:
        key = os.environ.get("BUNSUI_CODE")
        if not key:
            return os.getcwd()
        import zipfile

        folder = os.path.join(above, "code")
        with zipfile.ZipFile(self._store.path(key)) as archive:
            archive.extractall(folder)
            for one in archive.infolist():
                if one.external_attr >> 16 & 0o111 and not one.is_dir():
                    os.chmod(os.path.join(folder, one.filename), 0o755)  # noqa: S103 (as its author has it)
        return folder

    def _beat(self) -> None:
        """Whoever waits is told of life; when nobody does, the command is told to stop."""
        interval = self._given.heartbeat / 3 or _BEAT
        while True:
            try:
                wanted = self._tokens.beat(self._given.token)
            except AwsError:
                wanted = True  # nobody knows
            if not wanted and not self._over.is_set():
                self._why = _UNWANTED
                self._reporter.add("WARNING", _UNWANTED)
                os.kill(os.getpid(), signal.SIGTERM)
                return
            if self._over.wait(interval):
                return

    def _answered(self, text: str, error: BaseException | None) -> int:
        """The execution hears of it when the log is stored."""
        self._over.set()
        if error is None:
            self._reporter.end()
            told = self._tell(lambda: self._tokens.succeed(self._given.token, text))
        else:
            name, cause = self._failed(error)
            self._reporter.end()
            told = self._tell(lambda: self._tokens.fail(self._given.token, name, cause))
        self._store.close()
        return 0 if told and error is None else 1

    def _failed(self, error: BaseException) -> tuple[str, str]:
        described = failure.describe(error)
        message = self._reporter.redact(described["message"])
        if isinstance(error, TaskFailure) and error.__cause__ is None:
            self._reporter.add("ERROR", f"{error.error}: {message}")
        else:
            self._reporter.add("ERROR", failure.full_text(error).rstrip("\n"))
        if described["error"] in ("Bunsui.CommandFailed", STOPPED):
            message = failure.with_last_lines(message, self._reporter.last_said)
        trace = [self._reporter.redact(frame) for frame in described["trace"]]
        return described["error"], failure.cause_text(message, described["error"], trace)

    def _tell(self, answer: Any) -> bool:
        try:
            if answer():
                return True
            sys.stderr.write("Bunsui: nothing waits for this task any more\n")
        except AwsError as error:
            sys.stderr.write(f"Bunsui: the outcome of this task could not be told: {error}\n")
        return False


def _is(error: BaseException, name: str) -> bool:
    return isinstance(error, TaskFailure) and error.error == name
