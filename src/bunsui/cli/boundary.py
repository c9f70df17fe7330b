"""Where every exception ends: a message on stderr and an exit code, never a traceback.

A traceback of a bug goes to a file in the home; the commands themselves only raise.
"""

from __future__ import annotations

import sys
import threading
from itertools import pairwise
from pathlib import Path
from typing import Any

import click

from bunsui import __version__
from bunsui.cli import help as texts
from bunsui.cli import output
from bunsui.cli.lazy import LazyGroup
from bunsui.cli.options import context_options
from bunsui.cli.output import Output
from bunsui.errors import BunsuiError
from bunsui.settings import is_text

_CONTEXT: dict[str, Any] = {"help_option_names": ["-h", "--help"], "max_content_width": 100}


def run(arguments: list[str]) -> int:
    """Carry out the command; its exit code."""
    out = output.of_process()
    out.json = _asks_for_json(arguments)  # also for what goes wrong before the option is read
    threading.excepthook = lambda failed: _keep_from_thread(failed, arguments)
    try:
        code = _outcome(arguments, out)
        out.flush()
    except OSError as error:
        return unwritable(error, out)
    return code


def _asks_for_json(arguments: list[str]) -> bool:
    given = arguments[: arguments.index("--")] if "--" in arguments else arguments
    return "--output=json" in given or ("--output", "json") in pairwise(given)


def unwritable(error: OSError, out: Output) -> int:
    """What we wrote reached nobody: the reader went away, or the disk is full."""
    if isinstance(error, BrokenPipeError):
        out.hang_up()
        return output.BROKEN_PIPE
    code = _os_error(error, out)
    out.hang_up()
    return code


def _outcome(arguments: list[str], out: Output) -> int:
    try:
        return _invoke(arguments, out)
    except click.UsageError as error:
        return _usage(error, out)
    except click.ClickException as error:
        out.error(error.format_message(), code=output.USAGE)
        return output.USAGE
    except (click.Abort, KeyboardInterrupt):
        out.say()
        return output.INTERRUPTED
    except BunsuiError as error:
        return out.fail(error)
    except BrokenPipeError:
        raise
    except OSError as error:
        return _os_error(error, out)
    except Exception as error:
        return _bug(error, arguments, out)


def _invoke(arguments: list[str], out: Output) -> int:
    for argument in arguments:
        if not is_text(argument):
            raise click.UsageError(f"{argument!r} is not UTF-8")
    root = LazyGroup(None, texts.ROOT)
    root.params += [_version_option(), *context_options()]
    # Not `root.main`: that ends the process by itself when a pipe breaks, with the exit code of a failed session.
    try:
        with root.make_context("bunsui", arguments, obj=out, **_CONTEXT) as ctx:
            code = _invoked(root, ctx, out)
    except click.exceptions.Exit as end:
        return end.exit_code
    return code if isinstance(code, int) else output.DONE


def _invoked(root: LazyGroup, ctx: click.Context, out: Output) -> object:
    """An error is shown within the context, which knows what is to be typed in the same one."""
    try:
        return root.invoke(ctx)
    except BunsuiError as error:
        return out.fail(error)


def _version_option() -> click.Option:
    return click.Option(
        ["--version"], is_flag=True, is_eager=True, expose_value=False, callback=_show_version, help="Show the version."
    )


def _show_version(ctx: click.Context, _: click.Parameter, wanted: bool) -> None:
    if wanted:
        ctx.obj.data(f"bunsui {__version__}")
        ctx.exit()


def _usage(error: click.UsageError, out: Output) -> int:
    path = error.ctx.command_path if error.ctx else "bunsui"
    out.error(error.format_message(), f"{path} --help", code=output.USAGE)
    return output.USAGE


def _os_error(error: OSError, out: Output) -> int:
    where = f"{error.filename}: " if error.filename else ""
    out.error(f"{where}{error.strerror or error}", "Check the path, its permissions and the disk", code=6)
    return 6


def _bug(error: Exception, arguments: list[str], out: Output) -> int:
    kept = _keep(error, arguments)
    hint = f"Please report it with {kept}" if kept else "Please report it; the details could not be written to the home"
    out.error(f"this is a bug in Bunsui: {type(error).__name__}: {error}", hint, code=output.BUG)
    return output.BUG


def _keep_from_thread(failed: threading.ExceptHookArgs, arguments: list[str]) -> None:
    """What a thread dies of is told by whoever waits for it; the details go to the file only."""
    if failed.exc_value is not None and not isinstance(failed.exc_value, SystemExit):
        _keep(failed.exc_value, arguments)


def _keep(error: BaseException, arguments: list[str]) -> Path | None:
    """The traceback in a file of the home: command and versions with it, so that it says enough by itself."""
    import time
    import traceback

    from bunsui import settings

    try:
        folder = settings.load().home / "run"
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        path = folder / f"bug-{time.strftime('%Y%m%d-%H%M%S')}.log"
        header = f"bunsui {__version__}, Python {sys.version}\nbunsui {' '.join(arguments)}\n\n"
        with open(path, "a", encoding="utf-8", errors="backslashreplace", opener=_private) as file:
            file.write(header + "".join(traceback.format_exception(error)))
    except (OSError, ValueError):
        return None
    return path


def _private(path: str, flags: int) -> int:
    import os

    return os.open(path, flags, 0o600)
