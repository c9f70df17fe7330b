"""The one AlertChannel of a process: hands each message to the channel that its target asks for."""

from __future__ import annotations

from collections.abc import Callable

from bunsui.channels.addresses import resolved
from bunsui.channels.console import Console
from bunsui.errors import BackendError
from bunsui.model.alert import Message, Target
from bunsui.model.alert_address import is_topic, shown
from bunsui.model.notify import CONSOLE
from bunsui.ports import AlertChannel


class Later:
    """A channel that is made when it is first sent to."""

    def __init__(self, make: Callable[[], AlertChannel]) -> None:
        self._make = make
        self._made: AlertChannel | None = None

    def send(self, message: Message, target: Target) -> str:
        if self._made is None:
            self._made = self._make()
        return self._made.send(message, target)


class Outlets:
    """Where many look from, `own` is the topic that has the console's place: who subscribed to it is told."""

    def __init__(
        self,
        console: Console,
        topics: AlertChannel | None = None,
        own: str = "",
        secrets: Callable[[str], str] | None = None,
    ) -> None:
        """`secrets` gives what a reference to a store of AWS stands for."""
        self._console = console
        self._topics = topics
        self._own = own
        self._secrets = secrets

    def send(self, message: Message, target: Target) -> str:
        if target.address == CONSOLE:
            return self._told(message)
        address = resolved(target, stores=self._secrets)
        if is_topic(address):
            return self._hidden(message, target, address)
        from bunsui.channels.apprise_channel import send  # takes a tenth of a second to load

        return send(message, target, address)

    def _told(self, message: Message) -> str:
        if not self._own:
            return self._console.send(message)
        how = self._published(message, Target(self._own))
        self._console.send(message)
        return how

    def _hidden(self, message: Message, target: Target, address: str) -> str:
        """To a topic whose ARN may stand in a secret: then nothing that is said holds it."""
        try:
            how = self._published(message, Target(address))
        except BackendError as error:
            raise BackendError(str(error).replace(address, shown(target)), error.hint) from None
        return how.replace(address, shown(target))

    def _published(self, message: Message, target: Target) -> str:
        if self._topics is None:
            raise BackendError(f"nothing here speaks to {target.address}", "Name another address: mailto:...")
        return self._topics.send(message, target)
