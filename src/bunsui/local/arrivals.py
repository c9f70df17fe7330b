"""What the engine's thread waits for: a queue that any thread puts into, and the supervisor's socket beside it.

A report that comes from the socket is taken by the engine's own thread: it need not wake one thread to wake another.
"""

from __future__ import annotations

import contextlib
import os
import queue
import select
from collections.abc import Callable
from typing import Generic, TypeVar

from bunsui.local.launch import Ear

T = TypeVar("T")


class Arrivals(Generic[T]):
    """`put` may be called from any thread; everything else from one."""

    def __init__(self) -> None:
        self._queue: queue.SimpleQueue[T] = queue.SimpleQueue()
        self._ear: _Listening | None = None

    def listen(self, ear: Ear) -> None:
        """Wait for this, too. What it hears it puts here. `close` ends that."""
        self._ear = _Listening(ear)

    def put(self, item: T) -> None:
        self._queue.put(item)
        if self._ear is not None:
            self._ear.wake()

    def empty(self) -> bool:
        return self._queue.empty()

    def take(self, wait: float, most: int) -> list[T]:
        """What is there, and if nothing is, what comes within `wait` seconds: at least one, perhaps none."""
        found: list[T] = []
        with contextlib.suppress(queue.Empty):
            if self._ear is not None:
                self._ear.wait(wait, self._queue.empty)
            elif wait > 0:
                found.append(self._queue.get(timeout=wait))
            while len(found) < most:
                found.append(self._queue.get_nowait())
        return found

    def close(self) -> None:
        if self._ear is not None:
            self._ear.close()


class _Listening:
    """An ear, and a bell for those who put something while nobody looks."""

    def __init__(self, ear: Ear) -> None:
        self._ear = ear
        self._poll = select.poll()
        self._heard = -1  # the descriptor that is waited for
        self._bell, self._rope = os.pipe()
        os.set_blocking(self._bell, False)
        os.set_blocking(self._rope, False)
        self._poll.register(self._bell, select.POLLIN)
        self._asleep = False

    def wake(self) -> None:
        if self._asleep:
            self._asleep = False
            with contextlib.suppress(OSError):  # closed, or rung so often that it surely is heard
                os.write(self._rope, b"!")

    def wait(self, seconds: float, is_empty: Callable[[], bool]) -> None:
        """Hear what is there; until something is, or somebody wakes us, for at most so long."""
        self._follow()
        if seconds > 0 and is_empty():
            self._asleep = True
            ready = self._poll.poll(seconds * 1000 if is_empty() else 0)  # between the two looks nobody rang
            self._asleep = False
        else:
            ready = self._poll.poll(0)
        for descriptor, _ in ready:
            if descriptor == self._bell:
                os.read(self._bell, 4096)
            else:
                self._ear.hear()

    def _follow(self) -> None:
        """The ear's socket may be another by now, or none."""
        current = self._ear.fileno()
        if current != self._heard:
            if self._heard >= 0:
                self._poll.unregister(self._heard)
            if current >= 0:
                self._poll.register(current, select.POLLIN)
            self._heard = current

    def close(self) -> None:
        bell, rope, self._bell, self._rope = self._bell, self._rope, -1, -1
        for descriptor in (bell, rope):
            if descriptor >= 0:
                os.close(descriptor)
