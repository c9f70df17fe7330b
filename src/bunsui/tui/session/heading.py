"""The lines at the top of a session's screen: what it is, how it stands, how far it is. Pure."""

from __future__ import annotations

from collections import Counter

from bunsui.model.status import OperationStatus
from bunsui.services.views import SessionView
from bunsui.text import escape, live, places, width, words
from bunsui.text.style import Style

_S = OperationStatus
_DONE = (_S.SUCCEEDED, _S.REUSED, _S.SKIPPED)
_ORDER = (_S.SUCCEEDED, _S.REUSED, _S.FAILED, _S.UPSTREAM_FAILED, _S.CANCELLED, _S.SKIPPED)
_OPEN = (_S.RUNNING, _S.RETRYING, _S.WAITING, _S.PENDING)
_BAR = 20


def lines(view: SessionView, now: float, columns: int, style: Style) -> tuple[str, str]:
    session = view.session
    spent = live.execution_elapsed(view, now)
    right = f"{style.glyph(session.status)} {session.status}  {words.duration(spent or 0)}"
    left = width.cut(escape.line(session.id), max(columns - width.columns(right) - 2, 8))
    gap = " " * max(columns - width.columns(left) - width.columns(right), 1)
    return f"{style.bold(left)}{gap}{style.status(session.status, right)}", _below(view, now, columns, style)


def _below(view: SessionView, now: float, columns: int, style: Style) -> str:
    """What a person has to know first: a question, a queue, a wait; else how far it is and why it ended so."""
    if view.approvals:
        one = view.approvals[0]
        said = f"{escape.line(one.operation)} asks: {escape.line(one.message)}   a answers"
        return style.paint(width.cut(said, columns), "yellow bold")
    if view.place:
        return style.paint(width.cut(places.line(view.place, now), columns), "yellow")
    if waits := live.waiting(view, now, Style(False)):
        return style.paint(width.cut(waits[0], columns), "yellow")
    return _counts(view, columns, style)


def _counts(view: SessionView, columns: int, style: Style) -> str:
    top = [one for one in view.operations if not one.depth]
    found = Counter(one.status for one in top)
    done = sum(found[status] for status in _DONE)
    full = round(_BAR * done / len(top)) if top else 0
    said = ", ".join(
        f"{found[status]} {status.lower().replace('_', ' ')}" for status in (*_ORDER, *_OPEN) if found[status]
    )
    owner = f"{escape.line(view.session.pipeline)} by {escape.line(view.session.owner)}"
    bar = style.status(view.session.status, "━" * full) + style.dim("─" * (_BAR - full))
    room = columns - _BAR - 2
    text = width.cut(f"{done}/{len(top)}  {said}  {owner}", room)
    return f"{bar}  {text}"
