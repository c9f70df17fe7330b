"""Settings for a command, with the context that it was told: what is wrong with them is told as any bad input."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

import click

from bunsui.errors import InvalidInput, NotFound
from bunsui.settings import BadSetting, NoContext, Settings
from bunsui.settings import load as load_settings


def settings() -> Settings:
    with translated():
        return load_settings(os.environ, **told())


@contextmanager
def translated() -> Iterator[None]:
    """Bad settings become bad input, with their problems and their places."""
    try:
        yield
    except NoContext as error:
        raise NotFound(str(error), error.hint) from None
    except BadSetting as error:
        raise InvalidInput(str(error), error.hint, error.problems) from None


def told() -> dict[str, str]:
    """What --context and --backend say; nothing where they are not given."""
    current = click.get_current_context(silent=True)
    kept = current.meta if current else {}
    return {name: kept.get(_key(name), "") for name in ("context", "backend")}


def tell(ctx: click.Context, param: click.Parameter, value: str | None) -> None:
    """The callback of these options. What is said last counts: of a command, over that before it."""
    if value is not None:
        ctx.meta[_key(str(param.name))] = value


def _key(name: str) -> str:
    return f"bunsui.{name}"
