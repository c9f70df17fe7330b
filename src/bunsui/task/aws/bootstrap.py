"""The handler of every function that Bunsui deploys: runs the user's handler under the contract of tasks.

What it loaded stays in the process for the next call. Its environment: BUNSUI_HANDLER, BUNSUI_RECORDS, BUNSUI_BUCKET,
BUNSUI_SECRETS. The module is called as it is because Lambda leaves the first frames of files of this name out of the
stack of an error: what is told is the user's own.
"""

from __future__ import annotations

import json
import os
from types import TracebackType
from typing import Any

from bunsui.task import capture, current, failure, outputs
from bunsui.task.aws import secrets
from bunsui.task.aws.given import Given, given_from, variables
from bunsui.task.aws.reporter import MARK, Reporter
from bunsui.task.aws.services import Services
from bunsui.task.aws.store import BucketStore
from bunsui.task.aws.streams import Streams
from bunsui.task.handlers import Call, load


class Function:
    """The user's function in this process."""

    def __init__(self) -> None:
        self._services = Services(os.environ)
        self._call: Call | None = None
        self._secrets: dict[str, str] | None = None
        self._streams: Streams | None = None
        self._write_line: capture.LineWriter | None = None

    def run(self, event: Any, lambda_context: Any) -> Any:
        """What the handler returned, within the rules of outputs. Raises an error named as the task's failure."""
        told = event.get("bunsui") if isinstance(event, dict) else None
        if not isinstance(told, dict):  # somebody calls the function by hand: no session wants to know
            self._look_up()
            return self._loaded()(event, lambda_context)
        given = given_from(told)
        reporter = Reporter(
            self._services.bucket(os.environ["BUNSUI_BUCKET"]),
            self._services.table(os.environ["BUNSUI_RECORDS"]),
            given.context,
            lambda: lambda_context.get_remaining_time_in_millis() / 1000,
        )
        text, error = self._reported(event.get("with", {}), lambda_context, given, reporter)
        if error is not None:
            raise error
        return json.loads(text)

    def _reported(
        self, event: Any, lambda_context: Any, given: Given, reporter: Reporter
    ) -> tuple[str, BaseException | None]:
        """Its output, or its error; when this returns its log is stored."""
        store = BucketStore(self._services.bucket(os.environ["BUNSUI_BUCKET"]))
        streams = self._capturing(reporter)
        attempt = current.Attempt(given.context, store, reporter, reporter.position, self._write_line)
        current.begin(attempt)
        try:
            return self._done(event, lambda_context, given, attempt, reporter), None
        except BaseException as error:  # sys.exit of user code ends an attempt, not the process
            return "", self._failed(error, attempt, reporter)
        finally:
            current.begin(None)
            streams.end()
            reporter.end()
            store.close()

    def _capturing(self, reporter: Reporter) -> Streams:
        streams = self._streams
        if streams is None:
            streams = self._streams = Streams()
            self._write_line = capture.LineWriter(MARK, streams.pipe)
        streams.begin(reporter.feed)
        assert self._write_line is not None
        capture.install(self._write_line)
        reporter.begin()
        return streams

    def _done(self, event: Any, lambda_context: Any, given: Given, attempt: current.Attempt, reporter: Reporter) -> str:
        os.environ.update(variables(given.context))
        reporter.hide(self._look_up())
        value = self._loaded()(outputs.resolve(event, attempt.store), lambda_context)
        attempt.close(store_files=True)
        return outputs.bound(
            outputs.to_text(value), attempt.store, given.context.output_prefix(), given.inline, given.cap
        )

    def _failed(self, error: BaseException, attempt: current.Attempt, reporter: Reporter) -> BaseException:
        capture.flush()
        assert self._write_line is not None
        if isinstance(error, failure.TaskFailure) and error.__cause__ is None:
            self._write_line("ERROR", f"{error.error}: {error}")
        else:
            self._write_line("ERROR", failure.full_text(error).rstrip("\n"))
        attempt.close(store_files=False)
        described = failure.describe(error)
        kind = type(described["error"], (Exception,), {"__module__": "builtins"})  # Lambda tells an error by its class
        raised: BaseException = kind(reporter.redact(described["message"]))
        return raised.with_traceback(_of_user(error.__traceback__))

    def _look_up(self) -> list[str]:
        """The values of secrets, which are in the environment then."""
        if self._secrets is None:
            self._secrets = secrets.resolved(os.environ, self._services)
            os.environ.update(self._secrets)
        return list(self._secrets.values())

    def _loaded(self) -> Call:
        if self._call is None:
            self._call = load(os.environ["BUNSUI_HANDLER"])
        return self._call


def _of_user(trace: TracebackType | None) -> TracebackType | None:
    """From the first frame on that is not ours."""
    while trace is not None and "/bunsui/task/" in trace.tb_frame.f_code.co_filename:
        trace = trace.tb_next
    return trace


_function = Function()


def handler(event: Any, context: Any) -> Any:
    """What Lambda calls."""
    return _function.run(event, context)
