"""Settings for a command, with the context that it was told: what is wrong with them is told as any bad input."""

from __future__ import annotations

import os

import click

from bunsui.errors import InvalidInput, NotFound
from bunsui.settings import BadSetting, NoContext, Settings
from bunsui.settings import load as load_settings

_CONTEXT, _BACKEND = "bunsui.context", "bunsui.backend"


def settings() -> Settings:
    try:
        return load_settings(os.environ, **told())
    except NoContext as error:
        raise NotFound(str(error), error.hint) from None
    except BadSetting as error:
        raise InvalidInput(str(error), error.hint, error.problems) from None


def told() -> dict[str, str]:
    """What --context and --backend say; nothing where they are not given."""
    current = click.get_current_context(silent=True)
    kept = current.meta if current else {}
    return {"context": kept.get(_CONTEXT, ""), "backend": kept.get(_BACKEND, "")}


def tell(ctx: click.Context, param: click.Parameter, value: str | None) -> None:
    """The callback of these options."""
    if value is not None:
        ctx.meta[f"bunsui.{param.name}"] = value
