"""What cancelling a session would stop, and what it keeps, before it is done."""

from __future__ import annotations

from collections.abc import Iterator

from bunsui.model.status import OperationStatus
from bunsui.services.views import SessionView
from bunsui.text import escape, words
from bunsui.text.style import Style

_OPEN = (OperationStatus.RUNNING, OperationStatus.RETRYING, OperationStatus.WAITING)


def lines(view: SessionView, style: Style) -> Iterator[str]:
    running = [escape.line(one.name) for one in view.operations if one.status in _OPEN]
    pending = [escape.line(one.name) for one in view.operations if one.status is OperationStatus.PENDING]
    done = [one for one in view.operations if one.status in (OperationStatus.SUCCEEDED, OperationStatus.REUSED)]
    yield f"{escape.line(view.session.id)} is {style.status(view.session.status)}."
    if running:
        yield f"  stops      {words.listed(running, 6)}"
    if pending:
        yield f"  never runs {words.listed(pending, 6)}"
    yield f"  keeps      {words.counted(len(done), 'completed operation')}, for a resume"
