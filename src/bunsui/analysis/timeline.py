"""When every try of every task ran: what a Gantt chart draws. Statuses of operations are in `progress`."""

from __future__ import annotations

from collections.abc import Iterable

from bunsui.analysis.progress import Tracker
from bunsui.analysis.shape import Shape
from bunsui.analysis.work import Try
from bunsui.model.history import HistoryEvent


def timeline(events: Iterable[HistoryEvent], shapes: Iterable[Shape]) -> tuple[Try, ...]:
    """Tries in order of their start; those of fan-outs carry their item's index."""
    tracker = Tracker(shapes)
    tracker.feed(events)
    return tracker.tries()
