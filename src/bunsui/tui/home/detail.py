"""The session under the cursor in small: what it does, why it failed, what it waits for, what to type next. Pure."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence

from bunsui.analysis.progress import OperationView
from bunsui.model.session import Session
from bunsui.model.status import SessionStatus
from bunsui.services.views import Place, SessionView
from bunsui.text import cause, escape, failing, live, places, reasons, values, width, words
from bunsui.text.language import _, plural
from bunsui.text.style import Style
from bunsui.tui.home import lines as home
from bunsui.tui.home.lines import Around
from bunsui.tui.home.sorting import spent
from bunsui.tui.widgets import titled as titles
from bunsui.tui.widgets.titled import titled

_S = SessionStatus
_MOST_OPERATIONS = 14
_MOST_PARAMETERS = 8
_MOST_CAUSE = 6
_MOST_FAILURES = 2


def lines(session: Session, view: SessionView | None, around: Around, columns: int, style: Style) -> Iterator[str]:
    """`view` None: its operations are still being read."""
    status = style.status(session.status, f"{style.glyph(session.status)} {session.status}")
    room = columns - width.columns(session.status) - 4
    yield f"{status}  {style.bold(width.cut_middle(escape.line(session.id), max(room, 8)))}"
    yield from _facts(session, around, columns, style)
    yield from _why(session, view, columns, style)
    yield from _waits(session, view, around, columns, style)
    yield from _commands(session, view, columns, style)
    yield from _operations(view, around, columns, style)
    yield from _parameters(session, columns, style)


def _facts(session: Session, around: Around, columns: int, style: Style) -> Iterator[str]:
    version = f" v{session.version}" if session.version is not None else ""
    owner = _("by {owner}").format(owner=escape.line(session.owner))
    yield from titled(_("pipeline"), [f"{escape.line(session.pipeline)}{version}  {owner}"], columns, style)
    yield from titled(_("created"), [words.moment(words.seconds_of(session.created))], columns, style)
    if session.started and session.started[:19] > session.created[:19]:  # it waited
        yield from titled(_("started"), [words.moment(words.seconds_of(session.started))], columns, style)
    if session.started:
        usual = around.usual.get(session.pipeline)
        told = words.duration(spent(session, around.now))
        told += "  " + _("usually {time}").format(time=words.duration(usual)) if usual else ""
        yield from titled(_("took") if session.ended else _("runs for"), [told], columns, style)
    if len(session.executions) > 1:
        told = plural("{count} execution", "{count} executions", len(session.executions))
        yield from titled(_("tried"), [told], columns, style)


def _why(session: Session, view: SessionView | None, columns: int, style: Style) -> Iterator[str]:
    """Of the first operations that failed: their own words. Of any other end: the session's."""
    if not session.status.ended or session.status is _S.COMPLETED:
        return
    failed = failing.failures(view) if view else []
    for one in failed[:_MOST_FAILURES]:
        yield ""
        head = f"{style.glyph('FAILED')} {escape.line(one.name)}  {escape.line(one.error or '')}"
        yield style.paint(width.cut(head, columns), "red")
        told = [row for text in cause.lines(one.error, one.cause) for row in failing.wrapped(text, columns - 2)]
        yield from (f"  {width.cut(row, columns - 2)}" for row in told[:_MOST_CAUSE])
    if len(failed) > _MOST_FAILURES:
        yield style.dim(plural("… {count} more", "… {count} more", len(failed) - _MOST_FAILURES))
    if session.reason and not failed:
        rows = width.wrap(reasons.whole(session), max(columns - titles.room() - 1, 10))
        colour = "red" if session.status in (_S.FAILED, _S.TIMED_OUT) else "yellow"
        yield from titled(_("why"), rows[:_MOST_CAUSE], columns, style, colour)


def _waits(session: Session, view: SessionView | None, around: Around, columns: int, style: Style) -> Iterator[str]:
    room = max(columns - titles.room() - 1, 10)
    place = _place(session, view, around)
    if place:
        yield from titled(_("waits"), width.wrap(places.line(place, around.now), room), columns, style, "yellow")
    if session.status is _S.RETRYING and session.due:
        yield from titled(_("waits"), width.wrap(home.next_try(session, around.now), room), columns, style, "yellow")
    for one in view.approvals if view else ():
        asked = _("{operation}: {question}").format(operation=one.operation, question=one.message)
        waited = _("for {time}").format(time=words.duration(max(around.now - one.since, 0)))
        told = [*width.wrap(escape.line(asked), room), waited]
        yield from titled(_("asks"), told, columns, style, "yellow")


def _place(session: Session, view: SessionView | None, around: Around) -> Place | None:
    if session.status is not _S.QUEUED:
        return None
    return around.places.get(session.id) or (view.place if view else None)


def _operations(view: SessionView | None, around: Around, columns: int, style: Style) -> Iterator[str]:
    yield ""
    if view is None:
        yield style.dim(_("operations ..."))
        return
    if not view.operations:
        yield style.dim(_("No operation has begun."))
        return
    done, total = progress(view)
    yield style.bold(_("operations")) + "  " + home.bar(done, total, 30, style)
    shown = _chosen(view)
    yield from live.operation_lines(view, shown, around.now, columns, style)
    left = len(view.operations) - len(shown)
    if left:
        yield style.dim(plural("… {count} more", "… {count} more", left))


def _chosen(view: SessionView) -> Sequence[OperationView]:
    """Those that fit, in their order: what failed or runs before what is done or has not begun."""
    found = view.operations
    if len(found) <= _MOST_OPERATIONS:
        return found
    quiet = ("SUCCEEDED", "REUSED", "PENDING", "SKIPPED", "UPSTREAM_FAILED")
    order = sorted(range(len(found)), key=lambda at: (found[at].status in quiet, at))
    return [found[at] for at in sorted(order[:_MOST_OPERATIONS])]


def progress(view: SessionView) -> tuple[int, int]:
    """How many operations are done, and all; nested ones are their parent's."""
    top = [one for one in view.operations if not one.depth]
    return sum(one.status in ("SUCCEEDED", "REUSED", "SKIPPED") for one in top), len(top)


def _parameters(session: Session, columns: int, style: Style) -> Iterator[str]:
    if not session.params:
        return
    yield ""
    yield style.bold(_("parameters"))
    rows = list(values.rows(session.params, columns))
    yield from rows[:_MOST_PARAMETERS]
    if len(rows) > _MOST_PARAMETERS:
        yield style.dim(plural("… {count} more", "… {count} more", len(rows) - _MOST_PARAMETERS))


def _commands(session: Session, view: SessionView | None, columns: int, style: Style) -> Iterator[str]:
    yield ""
    yield style.bold(_("next"))
    for key, command in commands(session, view):
        shown = width.cut(escape.line(command), max(columns - 4, 8))
        yield f"  {style.paint(key, 'cyan')} {style.dim(shown)}"


def commands(session: Session, view: SessionView | None) -> Iterator[tuple[str, str]]:
    """Keys with the command that does the same: the likeliest first."""
    id = shlex.quote(session.id)
    if view and view.approvals:
        yield "a", f"bunsui session approve {id}"
    if session.status in (_S.FAILED, _S.TIMED_OUT):
        yield "r", f"bunsui session recover {id}"
        yield "e", f"bunsui session errors {id}"
    elif session.status is _S.CANCELLED:
        yield "r", f"bunsui session recover {id}"
    if session.status is _S.QUEUED and session.queue:
        yield "P", f"bunsui pool show {shlex.quote(session.queue)}"
    yield "l", f"bunsui session logs {id}"
    if not session.status.ended:
        yield "c", f"bunsui session cancel {id}"
