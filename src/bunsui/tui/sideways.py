"""Ways from one list of the whole home to the others: sessions, pipelines, errors, pools and alerts."""

from __future__ import annotations

from textual.binding import Binding

from bunsui.text.language import mark

_LISTS = (
    ("p", "pipelines", "pipelines", mark("pipelines"), mark("the registered pipelines")),
    ("E", "failures", "errors", mark("all errors"), mark("the errors of all sessions")),
    ("P", "pools", "pools", mark("pools"), mark("pools and queues")),
    ("N", "alerts", "alerts", mark("alerts"), mark("who was told what")),
)


def sideways(screen: str, itself: str = "") -> list[Binding]:
    """The keys of a screen to all lists but `itself`, a route."""
    return [
        Binding(key, f"app.aside('{route}')", what, tooltip=about, id=f"{screen}.{name}")
        for key, name, route, what, about in _LISTS
        if route != itself
    ]
