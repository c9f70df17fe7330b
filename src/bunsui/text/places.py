"""Where a session stands in a queue, in words. Pure; who stands where is a service's business."""

from __future__ import annotations

from bunsui.services.views import Place
from bunsui.text import escape, words
from bunsui.text.language import _


def short(place: Place) -> str:
    """``2 of 7 in pool warehouse``."""
    told = _("{position} of {waiting} in {where}")
    return told.format(position=place.position, waiting=place.waiting, where=where(place.pool))


def line(place: Place, now: float) -> str:
    """With when it probably starts, and why it waits."""
    return f"{short(place)}{_start(place, now)}: {escape.line(place.why)}"


def _start(place: Place, now: float) -> str:
    if place.starts is not None:
        return _(", starts {when}").format(when=when(place, now))
    if not place.unknown:
        return ""
    pipelines = words.listed([escape.line(one) for one in place.unknown], 3)
    told = _(", start {when} (no session of {pipelines} has completed)")
    return told.format(when=when(place, now), pipelines=pipelines)


def when(place: Place, now: float) -> str:
    """``in about 3m 10s``, ``soon``, ``not known yet``; "" where nobody is admitted."""
    if place.starts is None:
        return _("not known yet") if place.unknown else ""
    left = place.starts - now
    return _("in about {time}").format(time=words.duration(left)) if left >= 1 else _("soon")


def where(pool: str) -> str:
    pipeline = pool.removeprefix("pipeline/")
    told = _("pool {name}") if pipeline == pool else _("the queue of {name}")
    return told.format(name=escape.line(pipeline))
