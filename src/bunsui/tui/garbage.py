"""When memory that only circles of objects hold is looked for: between keys, not while one is on its way to its paint.

To look at everything that a session's log and screens hold takes as long as drawing five of them, in whatever thread
it falls due. What nothing refers to goes at once, as always.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Callable

EVERY = 0.25  # seconds between two looks
_QUIET = 0.15  # seconds without a key
_LONG_QUIET = 2.5
_WHOLE = 60.0  # seconds between two looks at everything
_OVERDUE = 300.0
_SOME, _MOST = 10_000, 200_000  # objects that are new: worth a look between two keys; too many to wait for that


class Garbage:
    """Of the whole process, from `begin` on; `now`: seconds that never go back."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._pressed = self._whole = now()
        self._frozen = False

    def begin(self) -> None:
        """At the very start: what is loaded first lives until the end."""
        gc.disable()

    def pressed(self) -> None:
        self._pressed = self._now()

    def look(self) -> None:
        """As much as there is time for now."""
        quiet, since = self._now() - self._pressed, self._now() - self._whole
        if (quiet >= _LONG_QUIET and (since >= _WHOLE or not self._frozen)) or since >= _OVERDUE:
            self._all()
        elif gc.get_count()[0] >= (_SOME if quiet >= _QUIET else _MOST):
            gc.collect(1)

    def _all(self) -> None:
        gc.collect()
        self._whole = self._now()
        if not self._frozen:  # modules and the app: never looked at again
            self._frozen = True
            gc.freeze()
