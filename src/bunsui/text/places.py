"""Where a session stands in a queue, in words. Pure; who stands where is a service's business."""

from __future__ import annotations

from bunsui.services.views import Place
from bunsui.text import escape, words


def short(place: Place) -> str:
    """``2 of 7 in pool warehouse``."""
    return f"{place.position} of {place.waiting} in {where(place.pool)}"


def line(place: Place, now: float) -> str:
    """With when it probably starts, and why it waits."""
    return f"{short(place)}{_start(place, now)}: {escape.line(place.why)}"


def _start(place: Place, now: float) -> str:
    if place.starts is not None:
        return f", starts {when(place, now)}"
    if not place.unknown:
        return ""
    pipelines = words.listed([escape.line(one) for one in place.unknown], 3)
    return f", start {when(place, now)} (no session of {pipelines} has completed)"


def when(place: Place, now: float) -> str:
    """``in about 3m 10s``, ``soon``, ``not known yet``; "" where nobody is admitted."""
    if place.starts is None:
        return "not known yet" if place.unknown else ""
    return f"in about {words.duration(place.starts - now)}" if place.starts - now >= 1 else "soon"


def where(pool: str) -> str:
    pipeline = pool.removeprefix("pipeline/")
    return f"pool {escape.line(pool)}" if pipeline == pool else f"the queue of {escape.line(pipeline)}"
