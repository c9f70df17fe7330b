"""What several commands take: --output, --context, the session, parameters. The home is opened in `opening`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

from bunsui.cli.output import Output
from bunsui.cli.settings import tell
from bunsui.model.context import BACKENDS

__all__ = [
    "context_option",
    "context_options",
    "duration_option",
    "everywhere_option",
    "output_option",
    "params_option",
    "seconds_in",
    "session_argument",
    "target_option",
    "yes_option",
]

Command = TypeVar("Command", bound=Callable[..., Any])


def output_option(command: Command) -> Command:
    """--output: how data is written; errors and talk follow it."""
    return click.option(
        "--output",
        type=click.Choice(["text", "json"]),
        default="text",
        show_default=True,
        expose_value=False,
        is_eager=True,
        callback=_set_output,
        help="How to write the data.",
    )(command)


def _set_output(ctx: click.Context, _: click.Parameter, value: str) -> None:
    out = ctx.obj
    assert isinstance(out, Output)
    out.json = value == "json"


def context_option(command: Command) -> Command:
    """--context and --backend: whose sessions and pipelines these are. `settings` makes of them what they mean."""
    for name, given in reversed(_CONTEXT.items()):
        command = click.option(name, **given)(command)
    return command


def everywhere_option(command: Command) -> Command:
    """--all-contexts: what `several` asks."""
    return click.option("--all-contexts", "everywhere", is_flag=True, help="In every context at once.")(command)


def target_option(command: Command) -> Command:
    """--for: the backend that a file is checked for; without it that of the context."""
    help = "Check what it breaks there (default: the context's backend)."
    return click.option("--for", "target", type=click.Choice(BACKENDS), help=help)(command)


def context_options() -> list[click.Option]:
    """The same before a command's name."""
    return [click.Option([name], **given) for name, given in _CONTEXT.items()]


_CONTEXT: dict[str, dict[str, Any]] = {
    "--context": {
        "metavar": "NAME",
        "expose_value": False,
        "callback": tell,
        "help": "In this context, see bunsui context list.",
    },
    "--backend": {
        "type": click.Choice(BACKENDS),
        "expose_value": False,
        "callback": tell,
        "help": "On this backend.",
    },
}


def session_argument(command: Command) -> Command:
    return click.argument("session", metavar="SESSION")(command)


def yes_option(command: Command) -> Command:
    return click.option("--yes", "-y", is_flag=True, help="Do not ask.")(command)


def params_option(command: Command) -> Command:
    return click.option(
        "--param", "-p", "params", multiple=True, metavar="KEY=VALUE", callback=_pairs, help="A parameter; repeatable."
    )(command)


def _pairs(ctx: click.Context, param: click.Parameter, values: tuple[str, ...]) -> dict[str, str]:
    found: dict[str, str] = {}
    for value in values:
        key, equals, text = value.partition("=")
        if not equals or not key:
            raise click.BadParameter(f"{value!r} is not KEY=VALUE", ctx, param)
        if key in found:
            raise click.BadParameter(f"{key!r} is given twice", ctx, param)
        found[key] = text
    return found


def duration_option(*names: str, help: str) -> Callable[[Command], Command]:
    """Seconds, or a number with s, m, h or d."""

    def decorate(command: Command) -> Command:
        return click.option(*names, callback=_duration, metavar="DURATION", help=help)(command)

    return decorate


def _duration(ctx: click.Context, param: click.Parameter, value: str | None) -> float | None:
    seconds = None if value is None else seconds_in(value)
    if value is not None and seconds is None:
        raise click.BadParameter(f"{value!r} is not a duration such as 90, 90s, 10m or 2h", ctx, param)
    return seconds


def seconds_in(text: str) -> float | None:
    """What ``90``, ``90s``, ``10m``, ``2h`` or ``1d`` mean; None for anything else."""
    units = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
    digits, unit = (text[:-1], units[text[-1]]) if text[-1:] in units else (text, 1.0)
    return float(digits) * unit if digits.replace(".", "", 1).isdecimal() and len(digits) < 10 else None
