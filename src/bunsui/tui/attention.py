"""What the app keeps an eye on twice a second: whether the backend answers, and whether something takes long.

It puts the banner on whichever screen is in front, and asks again when it is time.
"""

from __future__ import annotations

import time

from textual.widgets import Input, TextArea

from bunsui.text.language import _
from bunsui.tui.asked import Busy
from bunsui.tui.loader import Loader
from bunsui.tui.screen import View
from bunsui.tui.widgets import banner
from bunsui.tui.widgets.banner import Banner

EVERY = 0.5  # seconds
_LONG = 1.0  # seconds that nobody is told of


class Attention:
    def __init__(self, loader: Loader) -> None:
        self._loader = loader

    def look(self, front: View) -> None:
        """Called again and again with the screen in front."""
        now = time.monotonic()
        outage = self._loader.missed.outage
        if outage is not None and now >= outage.retry:
            self.retry()
        lines, busy = self._said(front, now)
        for one in front.query(Banner):
            one.tell(*lines, busy=busy)
            return
        if lines:
            told = Banner()
            front.mount(told, before=0)
            told.tell(*lines, busy=busy)

    def _said(self, front: View, now: float) -> tuple[list[str], bool]:
        missed, columns = self._loader.missed, front.size.width - 2
        if missed.outage is not None:
            return banner.out(missed.outage, now, columns, tried=missed.is_tried), False
        busy = self._loader.busy()
        if busy is not None and self._is_shown(busy, front):
            return banner.working(busy, now, columns), True
        return [], False

    @property
    def is_out(self) -> bool:
        return self._loader.missed.outage is not None

    def _is_shown(self, busy: Busy, front: View) -> bool:
        """Of what another screen asked for, the one in front says nothing."""
        return busy.asked.to in (front, front.app) and time.monotonic() - busy.since >= _LONG

    def retry(self) -> None:
        self._loader.retry()

    def cancel(self, front: View) -> None:
        self._loader.cancel()
        front.cancelled()
        front.abandoned()
        front.notify(_("not waited for any more; what was begun goes on in the background"), markup=False)
        self.look(front)

    def takes(self, action: str, front: View) -> bool:
        """Whether `u` and Esc mean the outage and the long work: not while somebody types."""
        if isinstance(front.focused, Input | TextArea):
            return False
        busy = self._loader.busy()
        return self.is_out if action == "retry" else busy is not None and self._is_shown(busy, front)
