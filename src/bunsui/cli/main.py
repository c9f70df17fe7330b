"""The program's entry: it runs a command and turns whatever happens into a message and an exit code.

Help and version come before click is even imported: they must be instant.
"""

from __future__ import annotations

import os
import sys
from contextlib import suppress


def main() -> None:
    """The console script."""
    try:
        code = run(sys.argv[1:])
    except KeyboardInterrupt:  # before any command could say something about it
        code = 130
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):
            stream.flush()
    os._exit(code)  # all is closed by now: taking the interpreter apart would only take its time


def run(arguments: list[str]) -> int:
    if _name_no_command(arguments):
        arguments = [*arguments, *_bare()]
    if arguments in (["--help"], ["-h"], ["--version"], []):
        return _instant(arguments)
    from bunsui.cli import boundary

    return boundary.run(arguments)


def _name_no_command(arguments: list[str]) -> bool:
    """Whether there is nothing, or only where it is to be."""
    rest = list(arguments)
    while rest and rest[0].partition("=")[0] in ("--context", "--backend"):
        rest = rest[1:] if "=" in rest[0] else rest[2:]
    return not rest


def _bare() -> list[str]:
    """On a terminal that can show it, the full-screen interface."""
    capable = os.environ.get("TERM", "") not in ("", "dumb")
    return ["tui"] if capable and sys.stdin.isatty() and sys.stdout.isatty() else []


def _instant(arguments: list[str]) -> int:
    from bunsui import __version__
    from bunsui.cli import help as texts

    stream = sys.stdout if arguments else sys.stderr
    try:
        print(f"bunsui {__version__}" if arguments == ["--version"] else texts.root(), file=stream, flush=True)
    except OSError as error:
        from bunsui.cli import boundary, output

        return boundary.unwritable(error, output.of_process())
    return 0 if arguments else 2
