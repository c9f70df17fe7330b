"""What several commands take: --output, the session argument, parameters; and the workspace they open."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import click

from bunsui.cli.output import Output
from bunsui.errors import InvalidInput
from bunsui.settings import Settings
from bunsui.settings import load as load_settings
from bunsui.workspace import Workspace, open_workspace

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
        return click.option(*names, type=_Duration(), metavar="DURATION", default=None, help=help)(command)

    return decorate


class _Duration(click.ParamType[float]):
    name = "duration"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        units = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
        text, unit = (value[:-1], units[value[-1]]) if value[-1:] in units else (value, 1.0)
        try:
            seconds = float(text) * unit
        except ValueError:
            seconds = -1.0
        if not 0 <= seconds < 1e9:
            self.fail(f"{value!r} is not a duration such as 90, 90s, 10m or 2h", param, ctx)
        return seconds


@contextmanager
def workspace(*, host_engine: bool = False) -> Iterator[Workspace]:
    """The home, open. Without `host_engine`, what needs an engine finds or starts one in the background."""
    with open_workspace(settings(), host_engine=host_engine) as opened:
        yield opened


def settings() -> Settings:
    try:
        return load_settings()
    except ValueError as error:
        raise InvalidInput(f"an environment variable does not fit: {error}", "Check BUNSUI_WORKERS") from None
