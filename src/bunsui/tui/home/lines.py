"""A session as one line of the home screen, as wide as there is room; and the heads of its columns. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache

from bunsui.model.session import Session
from bunsui.model.status import SessionStatus
from bunsui.services.views import Place
from bunsui.text import escape, places, reasons, width, words
from bunsui.text.language import _, plural
from bunsui.text.style import Style
from bunsui.tui.home.sorting import NEWEST, Order, spent

_STATUS, _TIME, _USUAL, _BAR, _GAP = 12, 7, 7, 8, 2
_SLOW = 1.5  # times the usual
_LEAST = 24  # columns for the id and what is said: with fewer only the id is shown
_S = SessionStatus
MARK = "▌"


@dataclass(frozen=True, slots=True)
class Around:
    """What is known besides the records: progress of running sessions, places in queues, questions to people."""

    now: float
    progress: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    places: Mapping[str, Place] = field(default_factory=dict)
    asking: Mapping[str, str] = field(default_factory=dict)
    usual: Mapping[str, float | None] = field(default_factory=dict)  # seconds, by pipeline


@dataclass(frozen=True, slots=True)
class Layout:
    """How many columns each part gets; 0: it is left out."""

    id: int
    pipeline: int
    created: int
    usual: int
    owner: int
    said: int


@lru_cache(maxsize=8)
def layout(columns: int) -> Layout:
    pipeline = 16 if columns >= 130 else 0
    owner = 9 if columns >= 100 else 0
    created = 12 if columns >= 100 else 9 if columns >= 62 else 0
    usual = _USUAL if columns >= 82 else 0
    fixed = 1 + _STATUS + _GAP + _TIME + (1 + usual if usual else 0)
    fixed += sum(_GAP + one for one in (pipeline, created, owner) if one)
    rest = columns - fixed - _GAP
    if rest < _LEAST:
        return Layout(max(rest, 6), pipeline, created, usual, owner, 0)
    id = min((rest - _GAP) * 60 // 100, 44)
    return Layout(id, pipeline, created, usual, owner, rest - _GAP - id)


def head(columns: int, style: Style, order: Order = NEWEST) -> str:
    sizes = layout(columns)
    named = {
        "status": _("STATUS"),
        "pipeline": _("PIPELINE"),
        "session": _("SESSION"),
        "created": _("CREATED"),
        "time": _("TIME"),
        "owner": _("OWNER"),
    }
    named[order.column] += " ▾" if order.down else " ▴"
    usual = width.pad(" " + width.cut(_("USUAL"), _USUAL), _USUAL + 1) if sizes.usual else ""
    cells = [" " + _cell("  " + named["status"], _STATUS)]
    cells += [_cell(named["pipeline"], sizes.pipeline)] if sizes.pipeline else []
    cells += [_cell(named["session"], sizes.id)]
    cells += [_cell(named["created"], sizes.created)] if sizes.created else []
    cells += [width.pad(width.cut(named["time"], _TIME), _TIME, right=True) + usual]
    cells += [_cell(named["owner"], sizes.owner)] if sizes.owner else []
    return style.dim(width.cut("  ".join([*cells, *([_("PROGRESS")] if sizes.said else [])]), columns))


def column_at(columns: int, x: int) -> str | None:
    """The column whose head stands there, if sessions can be sorted by it."""
    sizes = layout(columns)
    usual = 1 + sizes.usual if sizes.usual else 0
    widths = {"status": 1 + _STATUS, "pipeline": sizes.pipeline, "session": sizes.id, "created": sizes.created}
    widths |= {"time": _TIME + usual, "owner": sizes.owner}
    begin = 0
    for name, room in widths.items():
        if room and begin <= x < begin + room + _GAP:
            return name
        begin += room + _GAP if room else 0
    return None


def line(session: Session, around: Around, columns: int, style: Style, *, marked: bool = False) -> str:
    sizes = layout(columns)
    created = words.seconds_of(session.created)
    seconds = spent(session, around.now)
    status = width.pad(f"{style.glyph(session.status)} {session.status}", _STATUS)
    cells = [(style.paint(MARK, "yellow") if marked else " ") + style.status(session.status, status)]
    cells += [_cell(escape.line(session.pipeline), sizes.pipeline)] if sizes.pipeline else []
    cells += [width.pad(width.cut_middle(escape.line(session.id), sizes.id), sizes.id)]
    at = _cell(moment(created, around.now, sizes.created), sizes.created)
    cells += [style.dim(at)] if sizes.created else []
    took = words.duration(seconds) if session.started else ""
    cells += [width.pad(took, _TIME, right=True) + _against(session, around, seconds, sizes, style)]
    cells += [_cell(escape.line(session.owner), sizes.owner)] if sizes.owner else []
    return "  ".join([*cells, *([said(session, around, sizes.said, style)] if sizes.said else [])])


def _cell(text: str, room: int) -> str:
    return width.pad(width.cut(text, room), room)


def moment(at: float, now: float, room: int) -> str:
    """The time today, the date before."""
    then, today = datetime.fromtimestamp(at), datetime.fromtimestamp(now)
    if then.date() == today.date():
        return then.strftime("%H:%M:%S" if room >= 8 else "%H:%M")
    return then.strftime("%m-%d %H:%M" if room >= 11 else "%m-%d")


def _against(session: Session, around: Around, seconds: float, sizes: Layout, style: Style) -> str:
    if not sizes.usual:
        return ""
    usual = around.usual.get(session.pipeline)
    cut_short = session.status in (_S.FAILED, _S.CANCELLED, _S.RETRYING)
    if not usual or session.started is None or session.recoveries or cut_short:
        return " " * (1 + _USUAL)
    return " " + against(seconds, usual, style, running=not session.status.ended)


def against(seconds: float, usual: float, style: Style, *, running: bool) -> str:
    """A bar of seven columns; the usual time ends in its middle."""
    half = _USUAL // 2
    full = min(round(seconds / usual * (half + 0.5)), _USUAL)
    text = "".join(("┿" if at < full else "┼") if at == half else ("━" if at < full else "─") for at in range(_USUAL))
    colour = "yellow" if seconds > _SLOW * usual else "cyan" if running else "green"
    return style.paint(text[:full], colour) + style.dim(text[full:])


def said(session: Session, around: Around, room: int, style: Style) -> str:
    """How far it is, where it stands, whom it waits for, or why it ended so."""
    if session.id in around.asking and not session.status.ended:
        text = _("asks: {question}").format(question=escape.line(around.asking[session.id]))
        return style.paint(width.cut(f"? {text}", room), "yellow bold")
    if session.id in around.places and session.status is _S.QUEUED:
        return style.paint(places.fitting(around.places[session.id], around.now, room), "yellow")
    if session.status is _S.RETRYING and session.due:
        return style.paint(width.cut(next_try(session, around.now), room), "yellow")
    if session.id in around.progress and not session.status.ended:
        return bar(*around.progress[session.id], room, style)
    if session.status is _S.COMPLETED:
        again = len(session.executions) - 1
        text = plural("after {count} recovery", "after {count} recoveries", again)
        return style.dim(width.cut(text, room)) if again > 0 else ""
    why = reasons.brief(session)
    return style.dim(width.cut(why if width.columns(why) <= room else why.partition(";")[0], room))


def next_try(session: Session, now: float) -> str:
    """Of one that is to be recovered by itself."""
    left = max(words.seconds_of(session.due or session.created) - now, 0)
    return _("again in {time}: {why}").format(time=words.duration(left), why=reasons.whole(session))


def bar(done: int, total: int, room: int, style: Style) -> str:
    counted = f"{done}/{total}"
    if room < _BAR + 1 + len(counted):
        return width.cut(counted, room)
    full = round(_BAR * done / total) if total else 0
    return style.paint("━" * full, "cyan") + style.dim("─" * (_BAR - full)) + f" {counted}"
