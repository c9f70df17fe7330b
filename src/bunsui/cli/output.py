"""The one module that owns stdout, stderr and exit codes: data goes out, talk and errors go beside it.

What is shown is made safe in `escape` and laid out in `table`, `preview` and `live`; here it is only written.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from typing import TextIO

from bunsui.cli.program import typed
from bunsui.errors import BunsuiError, InvalidInput
from bunsui.model.json import Json
from bunsui.model.problem import Problem
from bunsui.text import escape
from bunsui.text.problems import problem_body, problem_line
from bunsui.text.style import Style

DONE = 0
SESSION_FAILED = 1  # it ended FAILED, CANCELLED or TIMED_OUT
USAGE = 2
PROBLEMS = 3
REFUSED = 5
BUG = 7
TIMED_OUT = 124  # the command's own --timeout
INTERRUPTED = 130  # also: detached by Ctrl-C
BROKEN_PIPE = 141  # whoever read our output went away, as a shell counts it


class Output:
    """Where a command writes. With `json` the data is JSON, errors are JSON on stderr, and there is no other talk."""

    def __init__(self, out: TextIO, err: TextIO, environ: dict[str, str] | os._Environ[str] = os.environ) -> None:
        self.out = out
        self.err = err
        self.json = False
        self.environ = environ
        self.style = Style(_coloured(out, environ), _speaks_unicode(out))
        self.talk = Style(_coloured(err, environ), _speaks_unicode(err))

    # Data

    def data(self, text: str = "") -> None:
        """A line, or several, on stdout."""
        self.out.write(text + "\n")

    def lines(self, lines: Iterable[str]) -> None:
        for text in lines:
            self.data(text)

    def value(self, value: Json, *, indent: int | None = 2) -> None:
        """A JSON document on stdout."""
        self.data(escape.json_text(value, indent=indent))

    # Talk

    def say(self, text: str = "") -> None:
        """A line for the person, on stderr; nothing with --output json."""
        if not self.json:
            self.err.write(typed(text) + "\n")
            self.err.flush()

    def error(self, message: str, hint: str = "", *, code: int, problems: Iterable[Problem] = ()) -> None:
        """What went wrong, and the next thing to type."""
        found, hint = list(problems), typed(hint)
        if self.json:
            self.err.write(escape.json_text(_error_body(message, hint, code, found), indent=None) + "\n")
        else:
            self._error_text(message, hint, found)
        self.err.flush()

    def fail(self, error: BunsuiError) -> int:
        """Show a raised error; its exit code."""
        problems = error.problems if isinstance(error, InvalidInput) else ()
        self.error(str(error), error.hint, code=error.exit_code, problems=problems)
        return error.exit_code

    def ask(self, question: str) -> bool:
        """Yes or no, from the terminal. Somebody who cannot answer has said no."""
        if not self.can_ask:
            return False
        self.err.write(f"{question} [y/N] ")
        self.err.flush()
        answer = sys.stdin.readline()
        if not answer.endswith("\n"):
            self.err.write("\n")
        return answer.strip().lower() in ("y", "yes")

    def question(self, question: str) -> str | None:
        """What a person types, from the terminal; None from one who cannot answer, or ends the input."""
        if not self.can_ask:
            return None
        self.err.write(question)
        self.err.flush()
        answer = sys.stdin.readline()
        if not answer.endswith("\n"):
            self.err.write("\n")
        return answer.strip() if answer else None

    def _error_text(self, message: str, hint: str, problems: list[Problem]) -> None:
        for problem in problems:
            self.err.write(problem_line(problem, self.talk) + "\n")
        first, *rest = escape.lines(message)
        self.err.write(f"{self.talk.paint('error:', 'red bold')} {first}\n")
        for text in rest:
            self.err.write(f"       {text}\n")
        for text in escape.lines(hint) if hint else ():
            self.err.write(f"{self.talk.dim('hint:')}  {text}\n")

    # What the terminal is

    @property
    def live(self) -> bool:
        """Whether stderr is a terminal on which lines can be redrawn."""
        return not self.json and self.err.isatty() and self.environ.get("TERM", "") not in ("", "dumb")

    @property
    def can_ask(self) -> bool:
        return not self.json and sys.stdin is not None and sys.stdin.isatty() and self.err.isatty()

    @property
    def width(self) -> int:
        """Columns to lay out for; output that is no terminal gets 100 and nothing cut off."""
        return self.size()[0]

    def size(self) -> tuple[int, int]:
        """Columns and rows, by COLUMNS and LINES or whichever of our streams is a terminal."""
        columns, rows = terminal_size(self.environ)
        return max(columns, 20), max(rows, 5)

    def flush(self) -> None:
        self.out.flush()
        self.err.flush()

    def hang_up(self) -> None:
        """Nobody reads any more: what is still buffered goes nowhere, quietly."""
        nowhere = os.open(os.devnull, os.O_WRONLY)
        for stream in (self.out, self.err):
            try:
                stream.flush()
            except OSError:
                os.dup2(nowhere, stream.fileno())


def terminal_size(environ: dict[str, str] | os._Environ[str]) -> tuple[int, int]:
    found = (100, 30)
    for stream in (1, 2, 0):
        try:
            found = os.get_terminal_size(stream)
            break
        except OSError:
            continue
    columns, rows = (environ.get(name, "") for name in ("COLUMNS", "LINES"))
    return int(columns) if columns.isdecimal() else found[0], int(rows) if rows.isdecimal() else found[1]


def of_process() -> Output:
    """The output of this process; what its encoding lacks is spelt out rather than an error."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    return Output(sys.stdout, sys.stderr)


def _error_body(message: str, hint: str, code: int, problems: list[Problem]) -> Json:
    body: dict[str, Json] = {"message": message, "hint": hint, "exit_code": code}
    if problems:
        body["problems"] = [problem_body(problem) for problem in problems]
    return {"error": body}


def _coloured(stream: TextIO, environ: dict[str, str] | os._Environ[str]) -> bool:
    if environ.get("NO_COLOR"):
        return False
    if environ.get("CLICOLOR_FORCE", "0") not in ("", "0"):
        return True
    return stream.isatty() and environ.get("TERM", "") not in ("", "dumb")


def _speaks_unicode(stream: TextIO) -> bool:
    return (getattr(stream, "encoding", None) or "ascii").lower().replace("-", "").startswith("utf")
