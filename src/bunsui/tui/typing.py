"""Keys in their order: what is typed before a question has opened is typed into it, not lost and not done elsewhere.

Textual sends each key to what has the focus when it comes, while the one before may still be on its way to open
something. Here a key waits until all that the one before it did is done.
"""

from __future__ import annotations

import asyncio
from collections import deque

from textual.app import App
from textual.events import Event, Key
from textual.message_pump import MessagePump

_LONGEST = 1.0  # seconds that a key waits for what is closing


class InOrder(App[None]):
    def __init__(self) -> None:
        super().__init__()
        self._typed: deque[Key] = deque()
        self._settling: asyncio.Task[None] | None = None

    async def on_event(self, event: Event) -> None:
        if not isinstance(event, Key) or event.is_forwarded:
            await super().on_event(event)
        elif self._settling is not None:
            self._typed.append(event)
        else:
            await self._press(event)

    async def _press(self, key: Key) -> None:
        if not self.screen_stack:  # it is closing
            return
        target: MessagePump = self.focused or self.screen
        await super().on_event(key)
        self._settling = asyncio.create_task(self._settle(target))

    async def _settle(self, target: MessagePump) -> None:
        """The key goes from the widget up to the app; a screen that it opened is ready when it has seen its focus."""
        node: MessagePump | None = target
        while node is not None:
            await _seen(node)
            node = node._parent
        if self.screen_stack:
            await _seen(self.screen)
        self.call_next(self._next)

    async def _next(self) -> None:
        self._settling = None
        if self._typed:
            await self._press(self._typed.popleft())


async def _seen(node: MessagePump) -> None:
    """When it has done what was in its queue."""
    done = asyncio.Event()
    if node.is_running and node.call_later(done.set):
        try:
            await asyncio.wait_for(done.wait(), _LONGEST)
        except TimeoutError:
            return
