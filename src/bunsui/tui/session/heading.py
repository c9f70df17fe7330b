"""The lines at the top of a session's screen: what it is, how it stands, how far it is, what was done about it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from bunsui.model.alert import Alert, AlertStatus
from bunsui.model.status import OperationStatus
from bunsui.text import escape, live, places, recovery, width, words
from bunsui.text.language import _, plural
from bunsui.text.parts import Part, columns_of, fitted
from bunsui.text.style import STATUS_STYLE, Style
from bunsui.tui.session.pane import Shown
from bunsui.tui.session.table import next_try

_S = OperationStatus
_DONE = (_S.SUCCEEDED, _S.REUSED, _S.SKIPPED)
_ORDER = (
    *_DONE,
    _S.FAILED,
    _S.UPSTREAM_FAILED,
    _S.CANCELLED,
    _S.RUNNING,
    _S.RETRYING,
    _S.WAITING,
    _S.PENDING,
)
_BAR = 24
_FEWEST = 10  # columns in which a pipeline can be told
_SLOW = 1.5  # times the usual
BETWEEN: Part = ("  ·  ", "dim")


def lines(shown: Shown, columns: int, style: Style) -> list[str]:
    found: list[Sequence[Part]] = [_first(shown, columns, style), _second(shown)]
    found += [[part] for part in _urgent(shown)]
    found += in_rows(_kept(shown), columns)
    return [fitted(row, columns, style) for row in found]


def _first(shown: Shown, columns: int, style: Style) -> list[Part]:
    session = shown.view.session
    paint = STATUS_STYLE.get(session.status, "")
    left: list[Part] = [
        (f"{style.glyph(session.status)} {session.status}", f"{paint} bold" if paint != "dim" else paint)
    ]
    right = _times(shown)
    room = max(columns - columns_of(left) - columns_of(right) - 4, 8)
    left.append(("  " + width.cut(escape.line(session.id), room), "bold"))
    room = columns - columns_of(left) - columns_of(right) - 4
    left += [("  " + width.cut(_of(shown), room), "dim")] if room >= _FEWEST else []
    gap = max(columns - columns_of(left) - columns_of(right), 2)
    return [*left, (" " * gap, ""), *right]


def _of(shown: Shown) -> str:
    session = shown.view.session
    version = f" v{session.version}" if session.version is not None else ""
    return escape.line(_("{pipeline} by {owner}").format(pipeline=session.pipeline + version, owner=session.owner))


def _times(shown: Shown) -> list[Part]:
    """Of one that was recovered, what the last execution took; of others, what is usual for those."""
    spent, last = live.session_elapsed(shown.view, shown.now) or 0.0, live.execution_elapsed(shown.view, shown.now)
    usual = None if shown.view.session.recoveries else shown.about.usual
    slow = bool(usual and spent > usual * _SLOW and spent - usual > 1)
    parts: list[Part] = [(words.duration(spent), "yellow" if slow else "bold")]
    if last is not None:
        parts.append((" / " + _("{time} since the recovery").format(time=words.duration(last)), "dim"))
    elif usual:
        parts.append((" / " + _("usually {time}").format(time=words.duration(usual)), "dim"))
    return parts


def _second(shown: Shown) -> list[Part]:
    """A bar of all operations by how they stand, and their counts."""
    top = shown.top
    found = Counter(one.status for one in top)
    done = sum(found[status] for status in _DONE)
    parts = [*_bar(found, len(top)), (f"  {done}/{len(top)}", "bold")] if top else []
    for status in _ORDER:
        if found[status]:
            parts.append((f"  {found[status]} {status.lower().replace('_', ' ')}", STATUS_STYLE.get(status, "")))
    return parts


def _bar(found: Counter[OperationStatus], count: int) -> list[Part]:
    parts: list[Part] = []
    used = seen = 0
    for status in _ORDER:
        seen += found[status]
        upto = round(_BAR * seen / count)
        if (
            found[status]
            and upto == used
            and used < _BAR
            and status in (_S.FAILED, _S.RUNNING, _S.RETRYING, _S.WAITING)
        ):
            upto += 1  # what matters is seen, however little it is
        sign = "─" if status in (_S.PENDING, _S.UPSTREAM_FAILED) else "━"
        paint = "dim" if status is _S.PENDING else STATUS_STYLE.get(status, "")
        parts.append((sign * max(upto - used, 0), paint))
        used = max(used, upto)
    return parts


def _urgent(shown: Shown) -> Iterator[Part]:
    """What waits for a person or a time."""
    view = shown.view
    for one in view.approvals[:2]:
        since = words.duration(max(shown.now - one.since, 0))
        asked = _("a answers {operation}, which asks: {message}").format(
            operation=escape.line(one.operation), message=escape.line(one.message)
        )
        who = _("for {time}; anybody of this home may answer").format(time=since)
        yield f"◔ {asked}   {who}", "yellow bold"
    if len(view.approvals) > 2:
        yield _("and {count} more questions").format(count=len(view.approvals) - 2), "yellow"
    if view.place:
        yield places.line(view.place, shown.now), "yellow"
    for text in live.waiting(view, shown.now, Style(False)):
        yield text, "yellow"
    retrying = [one for one in view.operations if one.status is _S.RETRYING]
    if retrying and not view.session.status.ended:
        yield _retry(shown), "yellow"


def _retry(shown: Shown) -> str:
    """Which operations are between two tries."""
    names = [one for one in shown.view.operations if one.status is _S.RETRYING]
    said = words.listed([f"{escape.line(one.name)} ({escape.line(one.error or '')})" for one in names], 2)
    tries = plural("{count} try", "{count} tries", max(one.attempts for one in names))
    told = "↻ " + _("{operations} runs again after {tries}").format(operations=said, tries=tries)
    soonest = min((one.next_try for one in names if one.next_try is not None), default=None)
    return told if soonest is None else f"{told}: {next_try(soonest, shown.now)}"


def in_rows(parts: Sequence[Part], columns: int) -> list[list[Part]]:
    """Side by side, in as many lines as they need."""
    rows: list[list[Part]] = []
    for part in parts:
        if rows and columns_of([*rows[-1], BETWEEN, part]) <= columns:
            rows[-1] += [BETWEEN, part]
        else:
            rows.append([part])
    return rows


def _kept(shown: Shown) -> list[Part]:
    """Of one that failed, what to do next; recoveries, alerts and the report."""
    about = shown.about
    said: list[Part] = []
    if shown.view.session.status.ended and shown.view.session.status != "COMPLETED":
        said.append((_("r shows the ways out"), "bold"))
    if waited := _waited(shown):
        said.append((_("waited {time} for its turn").format(time=words.duration(waited)), "dim"))
    if about.recoveries:
        last = about.recoveries[-1]
        count = plural("{count} recovery", "{count} recoveries", len(about.recoveries))
        how = recovery.recovery_line(last).partition(" ")[2]  # without its number
        said.append((f"{count}: {how}", "yellow" if last.worked is False else ""))
    if about.alerts:
        said.append(_alert(about.alerts))
    if about.report:
        said.append((_("report written (R)"), ""))
    return said


def _waited(shown: Shown) -> float:
    """Seconds in a queue, before it began."""
    session = shown.view.session
    if session.queue is None or session.started is None or session.recoveries:
        return 0.0
    waited = words.seconds_of(session.started) - words.seconds_of(session.created)
    return waited if waited >= 1 else 0.0


def _alert(alerts: Sequence[Alert]) -> Part:
    one = alerts[-1]
    address = one.target.address
    whom = escape.line(address if isinstance(address, str) else _("a secret address"))
    more = f" +{len(alerts) - 1}" if len(alerts) > 1 else ""
    if one.status is AlertStatus.SENT and one.sent:
        sent = words.clock(words.seconds_of(one.sent))
        return _("alert sent to {whom} at {time}").format(whom=whom.partition("?")[0], time=sent) + more, ""
    if one.status is AlertStatus.GIVEN_UP:
        return _("alert to {whom} given up").format(whom=whom.partition("?")[0]) + more, "red"
    return _("alert to {whom} on its way").format(whom=whom.partition("?")[0]) + more, "yellow"


def beginning(id: str, style: Style) -> tuple[str, str]:
    return style.bold(escape.line(id)), style.dim(_("reading ..."))
