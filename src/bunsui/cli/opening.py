"""The home, opened for a command: all that commands know of services and backends."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import click

from bunsui.cli.alerts import notices
from bunsui.cli.settings import settings
from bunsui.workspace import Workspace, open_workspace


@contextmanager
def workspace(*, host_engine: bool = False) -> Iterator[Workspace]:
    """The home, open, and at the end the alerts that came for this terminal.

    Without `host_engine`, what needs an engine finds or starts one in the background.
    """
    with open_workspace(settings(), host_engine=host_engine) as opened:
        yield opened
        notices(click.get_current_context().obj, opened.noticed())
