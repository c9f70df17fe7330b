"""What a command starts before it imports the rest of Bunsui: processes that take a while to be ready.

Backends themselves are built in `backend`.
"""

from __future__ import annotations

from contextlib import suppress

from bunsui.errors import BunsuiError
from bunsui.settings import load


def tasks_are_near(context: str = "", backend: str = "") -> None:
    """Something will run soon: begin to start what runs tasks. What is wrong is told when the home is opened."""
    with suppress(BunsuiError, ValueError):
        settings = load(context=context, backend=backend)
        if settings.context.backend == "local":
            from bunsui.local.supervisor import early

            early.begin(settings.home, settings.workers)
