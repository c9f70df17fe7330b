"""A session as one line of the home screen, as wide as there is room. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from bunsui.model.session import Session
from bunsui.model.status import SessionStatus
from bunsui.services.views import Place
from bunsui.text import escape, places, width, words
from bunsui.text.style import Style

_BAR = 8
_STATUS = 12
_TIME = 7
_WITH_OWNER = 96
_WITH_PIPELINE = 116
_S = SessionStatus


@dataclass(frozen=True, slots=True)
class Around:
    """What is known besides the records: progress of running sessions, places in queues, questions to people."""

    now: float
    progress: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    places: Mapping[str, Place] = field(default_factory=dict)
    asking: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Sizes:
    id: int
    pipeline: int
    started: int
    owner: int

    @staticmethod
    def of(columns: int) -> _Sizes:
        pipeline = 16 if columns >= _WITH_PIPELINE else 0
        owner = 10 if columns >= _WITH_OWNER else 0
        started = 15 if columns >= _WITH_OWNER else 5
        return _Sizes(min(max(columns * 3 // 10, 12), 44), pipeline, started, owner)


def head(columns: int, style: Style) -> str:
    sizes = _Sizes.of(columns)
    return style.dim(_joined(sizes, "  STATUS", "PIPELINE", "SESSION", "STARTED", "TIME", "OWNER", "PROGRESS").rstrip())


def line(session: Session, around: Around, columns: int, style: Style) -> str:
    sizes = _Sizes.of(columns)
    began = words.seconds_of(session.started or session.created)
    ended = words.seconds_of(session.ended) if session.ended else around.now
    status = style.glyph(session.status) + " " + session.status
    fixed = _joined(
        sizes,
        width.pad(status, _STATUS),
        width.cut(escape.line(session.pipeline), sizes.pipeline),
        width.cut_middle(escape.line(session.id), sizes.id),
        _moment(began, around.now, sizes.started),
        words.duration(ended - began) if session.started else "",
        width.cut(escape.line(session.owner), sizes.owner),
        "",
    )
    room = columns - width.columns(fixed)
    painted = style.status(session.status, fixed[:_STATUS]) + fixed[_STATUS:]
    return painted + _said(session, around, max(room, 0), style)


def _joined(sizes: _Sizes, status: str, pipeline: str, id: str, started: str, spent: str, owner: str, said: str) -> str:
    parts = [width.pad(status, _STATUS)]
    parts += [width.pad(pipeline, sizes.pipeline)] if sizes.pipeline else []
    parts += [width.pad(id, sizes.id), width.pad(started[: sizes.started], sizes.started)]
    parts += [width.pad(spent, _TIME, right=True)]
    parts += [width.pad(owner, sizes.owner)] if sizes.owner else []
    return "  ".join([*parts, said])


def _moment(at: float, now: float, room: int) -> str:
    """The time today, the date before."""
    then, today = datetime.fromtimestamp(at), datetime.fromtimestamp(now)
    if room > 5:
        return then.strftime("%b %d %H:%M:%S")
    return then.strftime("%H:%M") if then.date() == today.date() else then.strftime("%m-%d")


def _said(session: Session, around: Around, room: int, style: Style) -> str:
    """How far it is, where it stands, whom it waits for, or why it ended so."""
    if session.id in around.asking:
        return style.paint(width.cut(f"asks: {escape.line(around.asking[session.id])}", room), "yellow")
    if session.id in around.places:
        return style.paint(width.cut(places.line(around.places[session.id], around.now), room), "yellow")
    if session.id in around.progress and not session.status.ended:
        return _bar(*around.progress[session.id], room, style)
    if session.status is _S.COMPLETED:
        return ""
    why = escape.line(session.reason.removeprefix("Bunsui.OperationsFailed: "))
    return style.dim(width.cut(why, room))


def _bar(done: int, total: int, room: int, style: Style) -> str:
    counted = f"{done}/{total}"
    if room < _BAR + 1 + len(counted):
        return width.cut(counted, room)
    full = round(_BAR * done / total) if total else 0
    return style.paint("━" * full, "cyan") + style.dim("─" * (_BAR - full)) + f" {counted}"
