"""What cancelling a session would stop, and what it keeps, before it is done."""

from __future__ import annotations

from collections.abc import Iterator

from bunsui.model.status import OperationStatus
from bunsui.services.views import SessionView
from bunsui.text import escape, width, words
from bunsui.text.language import _, plural
from bunsui.text.style import Style

_OPEN = (OperationStatus.RUNNING, OperationStatus.RETRYING, OperationStatus.WAITING)


def lines(view: SessionView, style: Style) -> Iterator[str]:
    running = [escape.line(one.name) for one in view.operations if one.status in _OPEN]
    pending = [escape.line(one.name) for one in view.operations if one.status is OperationStatus.PENDING]
    done = [one for one in view.operations if one.status in (OperationStatus.SUCCEEDED, OperationStatus.REUSED)]
    what = _("{session} is {status}.")
    yield what.format(session=escape.line(view.session.id), status=style.status(view.session.status))
    kept = plural("{count} completed operation, for a resume", "{count} completed operations, for a resume", len(done))
    rows = (
        (_("stops"), words.listed(running, 6)),
        (_("never runs"), words.listed(pending, 6)),
        (_("keeps"), kept),
    )
    wide = max(width.columns(title) for title, _text in rows)
    yield from (f"  {width.pad(title, wide)} {text}" for title, text in rows if text)
