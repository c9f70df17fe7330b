"""A task's failure as data: the error name and what a cause is made of, in the shape that Lambda gives."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

_LONGEST_MESSAGE = 8192
_MOST_FRAMES = 40
_MOST_SAID = 20  # lines of a program
_LONGEST_CAUSE = 32_768  # characters: the limit of Step Functions


class TaskFailure(Exception):
    """Ends the attempt with this error name; `str(failure)` is the cause's message."""

    def __init__(self, error: str, message: str) -> None:
        super().__init__(message)
        self.error = error


def describe(error: BaseException) -> dict[str, Any]:
    """``{error, message, trace}`` of what a handler raised; frames of the runtime itself are left out."""
    if isinstance(error, TaskFailure):
        return {"error": error.error, "message": _text(error), "trace": []}
    if isinstance(error, SystemExit):
        message = f"the handler called sys.exit({error.code!r}); return a value or raise an error instead"
        return {"error": "Runtime.ExitError", "message": message, "trace": _frames(error)}
    return {"error": type(error).__name__, "message": _text(error), "trace": _frames(error)}


def _text(error: BaseException) -> str:
    try:
        return _cut(str(error))
    except Exception as second:  # a broken __str__ must not hide the error itself
        return f"(its message cannot be shown: {type(second).__name__})"


def _cut(text: str) -> str:
    if len(text) <= _LONGEST_MESSAGE:
        return text
    return text[:_LONGEST_MESSAGE] + f"... ({len(text) - _LONGEST_MESSAGE} characters more)"


def _frames(error: BaseException) -> list[str]:
    import traceback

    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if _is_users(frame)]
    return [_cut(text) for text in traceback.format_list(frames[-_MOST_FRAMES:])]


def _is_users(frame: Any) -> bool:
    return "/bunsui/task/" not in frame.filename and not frame.filename.startswith("<frozen importlib")


def full_text(error: BaseException) -> str:
    """The traceback as Python prints it, causes included, for the log; and what a program said that failed."""
    import traceback

    if isinstance(error, TaskFailure) and error.__cause__ is not None:
        error = error.__cause__  # ours only names it
    shown = traceback.TracebackException(type(error), error, error.__traceback__)
    _hide_runtime(shown)
    return "".join(shown.format()) + _said(error)


def _said(error: BaseException) -> str:
    """The end of what `subprocess` caught of a program: the exception itself keeps it to itself."""
    import subprocess

    if not isinstance(error, (subprocess.CalledProcessError, subprocess.TimeoutExpired)):
        return ""
    caught = error.stderr or error.output or b""
    text = caught.decode("utf-8", "replace") if isinstance(caught, bytes) else str(caught)
    lines = [line for line in text[-_LONGEST_MESSAGE:].splitlines() if line.strip()][-_MOST_SAID:]
    return "\n".join(["the program wrote at last:", *lines, ""]) if lines else ""


def _hide_runtime(shown: Any) -> None:
    shown.stack[:] = [frame for frame in shown.stack if _is_users(frame)]
    for other in (shown.__cause__, shown.__context__):
        if other is not None:
            _hide_runtime(other)


def with_last_lines(message: str, lines: Iterable[str]) -> str:
    """And what the process wrote to stderr at last."""
    said = [line for line in lines if line.strip()]
    return "\n".join([f"{message}; it last wrote:" if said else message, *said])


def how_it_ended(exit_code: int) -> str:
    """``exited with code 3``, ``was killed by SIGTERM``: of a process, by its return code."""
    import signal

    if exit_code >= 0:
        return f"exited with code {exit_code}"
    try:
        name = signal.Signals(-exit_code).name
    except ValueError:
        name = f"signal {-exit_code}"
    hint = " (out of memory?)" if exit_code == -signal.SIGKILL else ""
    return f"was killed by {name}{hint}"


def cause_text(message: str, kind: str, trace: list[str]) -> str:
    """A cause as Lambda gives it: JSON with the message, the type and the stack, within Step Functions' limit."""
    import json

    while True:
        body = {"errorMessage": message, "errorType": kind, "stackTrace": trace}
        text = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
        if len(text) <= _LONGEST_CAUSE:
            return text
        if trace:
            trace = trace[1:]  # the frame nearest to the error is the last
        else:
            message = message[: len(message) // 2] + "..."
