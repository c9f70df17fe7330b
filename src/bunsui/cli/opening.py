"""A backend, opened for a command: all that commands know of services and backends."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import click

from bunsui.cli.alerts import notices
from bunsui.cli.settings import settings
from bunsui.model.context import LOCAL
from bunsui.workspace import Workspace, open_workspace


@contextmanager
def workspace(*, host_engine: bool = False, here: bool = False) -> Iterator[Workspace]:
    """The context's backend, open, and at the end the alerts that came for this terminal.

    Without `host_engine`, what needs an engine finds or starts one in the background. `here` is the home, whatever
    context was chosen.
    """
    found = replace(settings(), context=LOCAL) if here else settings()
    with open_workspace(found, host_engine=host_engine) as opened:
        yield opened
        notices(click.get_current_context().obj, opened.noticed())
