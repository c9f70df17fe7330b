"""The live view of a session as lines of text: a pure function of a view, the time and the size of the terminal.

Redrawing it in place is `screen`'s business; what a session showed when it ended is in `ending`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from bunsui.analysis.progress import Items, OperationView
from bunsui.model.status import OperationStatus, SessionStatus
from bunsui.services.views import LiveProgress, SessionView
from bunsui.text import cause, escape, places, width, words
from bunsui.text.language import _
from bunsui.text.said import said
from bunsui.text.style import Style

_S = OperationStatus
_ACTIVE = (_S.RUNNING, _S.RETRYING, _S.WAITING)
_BAD = (_S.FAILED, _S.UPSTREAM_FAILED, _S.CANCELLED)
_MOST_NAME = 28
_BAR = 14
_MOST_PLACE = 3  # lines that say where it stands in a queue
_TIME = 7


def frame(view: SessionView, now: float, columns: int, rows: int, style: Style, footer: str = "") -> list[str]:
    """At most `rows` lines of at most `columns` columns: a heading, operations, a count of the rest."""
    told = width.wrap(places.line(view.place, now), columns)[:_MOST_PLACE] if view.place else []
    shown, hidden = _chosen(view.operations, max(rows - 4 - len(told), 1))
    lines = [_heading(view, now, columns, style), *told]
    lines += [width.cut(line, columns) for line in waiting(view, now, style)]
    lines += operation_lines(view, shown, now, columns, style)
    if hidden:
        lines.append(style.dim(width.cut(f"{style.ellipsis} {_counts(hidden, style)} more", columns)))
    lines.append(_foot(view.operations, columns, style, footer))
    return lines


def operation_lines(
    view: SessionView, operations: Sequence[OperationView], now: float, columns: int | None, style: Style
) -> list[str]:
    """A line for each operation: glyph, name, status, time, tries, progress and what there is to say."""
    sizes = _Sizes.of(operations, columns)
    return [_operation(view, operation, sizes, now, columns, style) for operation in operations]


def operation_line(view: SessionView, operation: OperationView, now: float, columns: int, style: Style) -> str:
    """One of them, laid out as if all were shown."""
    return _operation(view, operation, _Sizes.of(view.operations, columns), now, columns, style)


def waiting(view: SessionView, now: float, style: Style) -> list[str]:
    """Why a session that is to be recovered by itself still waits, and for how long."""
    session = view.session
    if session.status is not SessionStatus.RETRYING or session.due is None:
        return []
    left = max(words.seconds_of(session.due) - now, 0)
    then = _("(next in {time})").format(time=words.duration(left))
    return [style.paint(f"{escape.line(said(session.reason))} {then}", "yellow")]


def elapsed(operation: OperationView, now: float) -> float | None:
    if operation.started is None:
        return None
    return (operation.ended if operation.ended is not None else now) - operation.started


def execution_elapsed(view: SessionView, now: float) -> float | None:
    """Of the last execution of several: of a resume what it took, without the time in which nothing ran."""
    last = view.execution
    if last is None or len(view.session.executions) < 2:
        return None
    return (last.ended.timestamp() if last.ended else now) - last.started.timestamp()


def session_elapsed(view: SessionView, now: float) -> float | None:
    """From its first start to its end, with all its executions and what lay between them: TIME of a list."""
    session = view.session
    if session.started is None:
        return None
    return (words.seconds_of(session.ended) if session.ended else now) - words.seconds_of(session.started)


# The heading and the foot


def _heading(view: SessionView, now: float, columns: int, style: Style) -> str:
    session = view.session
    spent = now - view.place.since if view.place else session_elapsed(view, now)
    right = f"{session.status}  {words.duration(spent or 0)}"
    left = width.cut(escape.line(session.id), max(columns - width.columns(right) - 2, 8))
    gap = max(2, columns - width.columns(left) - width.columns(right))
    status = style.status(session.status)
    return f"{style.bold(left)}{' ' * gap}{status}  {words.duration(spent or 0)}"


def _foot(operations: Sequence[OperationView], columns: int, style: Style, footer: str) -> str:
    counts = _counts(operations, style)
    room = columns - width.columns(counts) - 2
    if footer and width.columns(footer) <= room:
        return style.dim(counts + width.pad(footer, room + 2, right=True))
    return style.dim(width.cut(counts, columns))


def _counts(operations: Sequence[OperationView], style: Style) -> str:
    """``5 succeeded · 2 running · 3 pending``, in the order of a session's life."""
    found = Counter(operation.status for operation in operations)
    order = (_S.SUCCEEDED, _S.REUSED, _S.FAILED, _S.UPSTREAM_FAILED, _S.CANCELLED, _S.SKIPPED, *_ACTIVE, _S.PENDING)
    return f" {style.dot} ".join(
        f"{found[status]} {status.lower().replace('_', ' ')}" for status in order if found[status]
    )


# Which operations fit


def _chosen(operations: Sequence[OperationView], most: int) -> tuple[Sequence[OperationView], Sequence[OperationView]]:
    """What is going on first, then what went wrong, what ended last, and what comes next; in the file's order."""
    if len(operations) <= most:
        return operations, ()
    ranked = sorted(enumerate(operations), key=lambda pair: (*_interest(pair[1]), pair[0]))
    kept = {number for number, _ in ranked[: max(most - 1, 1)]}
    shown = [operation for number, operation in enumerate(operations) if number in kept]
    return shown, [operation for number, operation in enumerate(operations) if number not in kept]


def _interest(operation: OperationView) -> tuple[int, float]:
    if operation.status in _ACTIVE:
        return 0, 0.0
    if operation.status in (_S.FAILED, _S.CANCELLED):
        return 1, 0.0
    if operation.status is _S.PENDING:
        return 3, 0.0
    return 2, -(operation.ended or 0.0)


# A line


@dataclass(frozen=True, slots=True)
class _Sizes:
    name: int
    status: int

    @staticmethod
    def of(operations: Sequence[OperationView], columns: int | None) -> _Sizes:
        names = [width.columns(_name(operation)) for operation in operations]
        status = max([9, *(len(operation.status) for operation in operations)])
        room = _MOST_NAME if columns is None else max(columns - 2 - 2 - status - 2 - _TIME, 4)
        return _Sizes(name=min(max([*names, 8]), _MOST_NAME, room), status=status)


def _name(operation: OperationView) -> str:
    name = operation.name.rsplit(".", 1)[-1] if operation.depth else operation.name
    return "  " * operation.depth + escape.line(name)


def _operation(
    view: SessionView, operation: OperationView, sizes: _Sizes, now: float, columns: int | None, style: Style
) -> str:
    name = width.pad(width.cut_middle(_name(operation), sizes.name), sizes.name)
    spent = elapsed(operation, now)
    time = words.duration(spent) if spent is not None else ""
    before = f"{style.glyph(operation.status)} {name}  "
    status = width.pad(operation.status, sizes.status)
    after = f"  {width.pad(time, _TIME, right=True)}"
    room = None if columns is None else columns - width.columns(before + status + after) - 2
    detail = _detail(view, operation, room, now, style)
    muted = operation.status in (_S.PENDING, _S.SKIPPED)
    line = (
        style.status(operation.status, before[0])
        + (style.dim(before[1:]) if muted else before[1:])
        + style.status(operation.status, status)
        + after
    )
    return (f"{line}  {detail}" if detail else line).rstrip()


def _detail(view: SessionView, operation: OperationView, room: int | None, now: float, style: Style) -> str:
    if room is not None and room < 4:
        return ""
    bar, text = _bar_and_text(view, operation, now, style)
    if bar is not None and (room is None or room >= _BAR + 2):
        drawn = _bar(bar, style)
        text = text if room is None else width.cut(text, room - _BAR - 1)
        return f"{style.status(operation.status, drawn)} {text}"
    text = text if room is None else width.cut(text, room)
    return style.dim(text) if operation.status in (_S.PENDING, _S.SKIPPED) else text


def _bar_and_text(view: SessionView, operation: OperationView, now: float, style: Style) -> tuple[float | None, str]:
    tries = f"try {operation.attempts}" if operation.attempts > 1 else ""
    said = _progress(view, operation)
    parts: list[str] = []
    share: float | None = None
    if operation.items:
        parts.append(_items(operation.items))
        if operation.status in _ACTIVE and operation.items.total:
            share = (operation.items.done + operation.items.failed) / operation.items.total
    elif said and operation.status in _ACTIVE:
        parts.append(_measure(said))
        share = said.done / said.total if said.total else None
    parts.append(tries)
    if operation.next_try is not None:
        parts.append(f"next in {words.duration(operation.next_try - now)}")
    parts.append(_note(view, operation, said))
    return share, f" {style.dot} ".join(part for part in parts if part)


def _progress(view: SessionView, operation: OperationView) -> LiveProgress | None:
    return view.progress.get(operation.name)


def _items(items: Items) -> str:
    text = f"{items.done}/{items.total}"
    if items.running:
        text += f", {items.running} running"
    return text + (f", {items.failed} failed" if items.failed else "")


def _measure(said: LiveProgress) -> str:
    if said.total:
        return f"{min(said.done / said.total, 1):4.0%}"
    return words.number(said.done) if said.done else ""


def _note(view: SessionView, operation: OperationView, said: LiveProgress | None) -> str:
    if operation.status is _S.WAITING:
        return _waiting(view, operation)
    if operation.status in (_S.FAILED, _S.RETRYING) and operation.error:
        return f"{escape.line(operation.error)} {cause.one_line(operation.error, operation.cause)}".rstrip()
    if operation.status is _S.PENDING and operation.needs:
        return "needs " + words.listed([escape.line(need) for need in operation.needs], 3)
    if operation.status in _ACTIVE and said:
        return escape.line(said.note)
    return ""


def _waiting(view: SessionView, operation: OperationView) -> str:
    for approval in view.approvals:
        if approval.operation == operation.name:
            return f"for approval: {escape.line(approval.message)}"
    return f"for {escape.line(operation.waiting)}" if operation.waiting else ""


def _bar(share: float, style: Style) -> str:
    """Eighths of a cell where the encoding has them."""
    eighths = round(min(max(share, 0), 1) * _BAR * 8)
    full, rest = divmod(eighths, 8)
    if not style.unicode:
        return ("#" * full).ljust(_BAR, ".")
    partial = "▏▎▍▌▋▊▉"[rest - 1] if rest else ""
    return ("█" * full + partial).ljust(_BAR, "░")


# Where there is no terminal


def changes(before: SessionView | None, after: SessionView) -> list[str]:
    """A line for each operation whose status or try is another than before, in the order in which that happened."""
    known = {operation.name: operation for operation in before.operations} if before else {}
    news = [
        operation
        for operation in after.operations
        if operation.status is not _S.PENDING and _differs(known.get(operation.name), operation)
    ]
    news.sort(key=_when)
    return [_news(after, operation) for operation in news] + _turned(before, after)


def _turned(before: SessionView | None, after: SessionView) -> list[str]:
    """That the session itself begins to wait."""
    session = after.session
    if session.status is not SessionStatus.RETRYING or (before and before.session.status is session.status):
        return []
    return [f"          {session.status}  {escape.line(session.reason)}"]


def _differs(before: OperationView | None, after: OperationView) -> bool:
    return before is None or (before.status, before.attempts) != (after.status, after.attempts)


def _when(operation: OperationView) -> float:
    return operation.ended or operation.started or float("inf")


def _news(view: SessionView, operation: OperationView) -> str:
    at = operation.ended or operation.started
    time = words.clock(at) if at else "        "
    spent = elapsed(operation, operation.ended) if operation.ended else None
    details = [
        words.duration(spent) if spent is not None else "",
        f"try {operation.attempts}" if operation.attempts > 1 else "",
        _items(operation.items) if operation.items and operation.ended else "",
        f"next at {words.clock(operation.next_try)}" if operation.next_try is not None else "",
        _note(view, operation, None),
    ]
    detail = "  ".join(part for part in details if part)
    return f"{time}  {escape.line(operation.name)}  {operation.status}" + (f"  {detail}" if detail else "")


def ended(view: SessionView) -> bool:
    return view.session.status.ended and view.session.status is not SessionStatus.RETRYING
