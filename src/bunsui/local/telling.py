"""Tells listeners what was committed, from a thread of its own: a listener may call the engine, be slow or fail."""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections.abc import Callable
from typing import TypeAlias

from bunsui.asl.effects import Ended
from bunsui.local.launch import Progress

Listener: TypeAlias = Callable[[str, Ended | Progress], None]
_TRIES = 5
_MOST_WAITING = 1000
_PAUSE = 0.2  # seconds before the second try; doubled each time
log = logging.getLogger("bunsui.engine")


class Teller:
    """In order, each at least once: what nobody took is told again by the next engine."""

    def __init__(self, listener: Listener, taken: Callable[[int], None]) -> None:
        self._listener = listener
        self._taken = taken
        self._queue: queue.SimpleQueue[tuple[int, str, Ended | Progress] | None] = queue.SimpleQueue()
        self._open = 0
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._run, name="bunsui-teller", daemon=True)
        self._thread.start()

    @property
    def idle(self) -> bool:
        return self._open == 0

    def tell(self, execution: int, arn: str, event: Ended | Progress) -> None:
        """Progress may be dropped when a listener is slow; ends are not."""
        if isinstance(event, Progress) and self._open > _MOST_WAITING:
            return
        with self._lock:
            self._open += 1
        self._queue.put((execution, arn, event))

    def close(self) -> None:
        """It ends after what it was given."""
        self._queue.put(None)

    @property
    def closed(self) -> bool:
        return not self._thread.is_alive()

    def _run(self) -> None:
        while (given := self._queue.get()) is not None:
            execution, arn, event = given
            if self._call(arn, event) and isinstance(event, Ended):
                self._taken(execution)
            with self._lock:
                self._open -= 1

    def _call(self, arn: str, event: Ended | Progress) -> bool:
        tries = _TRIES if isinstance(event, Ended) else 1
        for number in range(tries):
            try:
                self._listener(arn, event)
                return True
            except (Exception, SystemExit):  # whatever a listener does, the engine goes on
                log.warning("telling about %s failed (try %d of %d)", arn, number + 1, tries, exc_info=True)
                if number + 1 < tries:
                    time.sleep(_PAUSE * 2**number)
        return False
