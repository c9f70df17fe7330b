"""What a command starts before it imports the rest of Bunsui: processes that take a while to be ready.

Backends themselves are built in `backend`.
"""

from __future__ import annotations

from contextlib import suppress

from bunsui.errors import BunsuiError
from bunsui.settings import load


def tasks_are_near() -> None:
    """Something will run soon: begin to start what runs tasks. What is wrong is told when the home is opened."""
    from bunsui.local.supervisor import early

    with suppress(BunsuiError, ValueError):
        settings = load()
        early.begin(settings.home, settings.workers)
