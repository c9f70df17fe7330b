"""`bunsui tui`: opens the app on a terminal. The command line finds it by its name in a table, and imports it then."""

from __future__ import annotations

import os
import sys

import click

from bunsui.errors import InvalidInput, NotFound
from bunsui.model.context import BACKENDS
from bunsui.settings import BadSetting, NoContext, Settings, load
from bunsui.tui.garbage import Garbage
from bunsui.tui.hangup import end_with_terminal


@click.command()
@click.option("--context", metavar="NAME", help="In this context: bunsui context list.")
@click.option("--backend", type=click.Choice(BACKENDS), help="Of this backend.")
@click.pass_context
def tui(ctx: click.Context, context: str | None, backend: str | None) -> int:
    """Open the full-screen terminal interface.

    Sessions live, their logs and errors, recovery, pipelines. Every action is also a command. What runs goes on in the
    background when it is closed.
    """
    demand_terminal()
    garbage = Garbage()
    garbage.begin()
    from bunsui.tui.app import BunsuiApp
    from bunsui.tui.contexts.places import Places

    settings = _settings(context or ctx.meta.get("bunsui.context", ""), backend or ctx.meta.get("bunsui.backend", ""))
    places = Places(settings)
    app = BunsuiApp(places.open, settings.home, places=places)
    app.garbage = garbage
    end_with_terminal(sys.stdin.fileno())
    app.run()
    return app.return_code or 0


def demand_terminal() -> None:
    if not (sys.stdin.isatty() and sys.stdout.isatty()) or os.environ.get("TERM", "") in ("", "dumb"):
        raise click.UsageError("the full-screen interface needs a terminal")


def _settings(context: str, backend: str) -> Settings:
    try:
        return load(os.environ, context=context, backend=backend)
    except NoContext as error:
        raise NotFound(str(error), error.hint) from None
    except BadSetting as error:
        raise InvalidInput(str(error), error.hint, error.problems) from None
