"""Where a session stands in a queue, in words. Pure; who stands where is a service's business."""

from __future__ import annotations

from bunsui.services.views import Place
from bunsui.text import escape, width, words
from bunsui.text.language import _
from bunsui.text.said import said


def short(place: Place) -> str:
    """``2 of 7 in pool warehouse``."""
    told = _("{position} of {waiting} in {where}")
    return told.format(position=place.position, waiting=place.waiting, where=where(place.pool))


def line(place: Place, now: float) -> str:
    """With when it probably starts, and why it waits."""
    return f"{short(place)}{_start(place, now)}: {escape.line(said(place.why))}"


def fitting(place: Place, now: float, room: int) -> str:
    """As much as there is room for: where, when it starts, why."""
    begins, told = when(place, now), short(place)
    tellings = [line(place, now), f"{told}, {begins}" if begins else told, told]
    return next((text for text in tellings if width.columns(text) <= room), width.cut(told, room))


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
