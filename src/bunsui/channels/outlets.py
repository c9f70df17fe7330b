"""The one AlertChannel of a process: hands each message to the channel that its target asks for."""

from __future__ import annotations

from bunsui.channels.console import Console
from bunsui.model.alert import Message, Target
from bunsui.model.notify import CONSOLE


class Outlets:
    def __init__(self, console: Console) -> None:
        self._console = console

    def send(self, message: Message, target: Target) -> str:
        if target.address == CONSOLE:
            return self._console.send(message)
        from bunsui.channels.apprise_channel import send  # takes a tenth of a second to load

        return send(message, target)
