"""`bunsui tui`: opens the app on a terminal. The command line finds it by its name in a table, and imports it then."""

from __future__ import annotations

import os
import sys

import click

from bunsui.errors import InvalidInput
from bunsui.settings import BadSetting, Settings, load
from bunsui.tui.garbage import Garbage
from bunsui.workspace import open_workspace


@click.command()
def tui() -> int:
    """Open the full-screen terminal interface.

    Sessions live, their logs and errors, recovery, pipelines. Every action is also a command. What runs goes on in the
    background when it is closed.
    """
    demand_terminal()
    garbage = Garbage()
    garbage.begin()
    from bunsui.tui.app import BunsuiApp

    settings = _settings()
    app = BunsuiApp(lambda: open_workspace(settings, host_engine=False), settings.home)
    app.garbage = garbage
    app.run()
    return app.return_code or 0


def demand_terminal() -> None:
    if not (sys.stdin.isatty() and sys.stdout.isatty()) or os.environ.get("TERM", "") in ("", "dumb"):
        raise click.UsageError("the full-screen interface needs a terminal")


def _settings() -> Settings:
    try:
        return load()
    except BadSetting as error:
        raise InvalidInput(str(error), error.hint) from None
