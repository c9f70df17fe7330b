"""Where a session stands in a queue, in words. Pure; who stands where is a service's business."""

from __future__ import annotations

from bunsui.services.views import Place
from bunsui.text import escape, words


def short(place: Place) -> str:
    """``2 of 7 in pool warehouse``."""
    return f"{place.position} of {place.waiting} in {where(place.pool)}"


def line(place: Place, now: float) -> str:
    """With why, and when it probably starts."""
    begins = "" if place.starts is None else f"; {_when(place.starts - now)}"
    return f"{short(place)}: {escape.line(place.why)}{begins}"


def where(pool: str) -> str:
    pipeline = pool.removeprefix("pipeline/")
    return f"pool {escape.line(pool)}" if pipeline == pool else f"the queue of {escape.line(pipeline)}"


def _when(seconds: float) -> str:
    return f"starts in about {words.duration(seconds)}" if seconds >= 1 else "starts soon"
