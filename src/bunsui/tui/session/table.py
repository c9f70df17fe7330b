"""The table of operations, a line each: status, time against what is usual, tries, how far it is, what it waits for.

Pure: from what is shown of a session and the columns that there are.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from bunsui.analysis.progress import OperationView
from bunsui.model.status import OperationStatus
from bunsui.text import cause, escape, live, width, words
from bunsui.text.language import _, mark
from bunsui.text.parts import Part, fitted
from bunsui.text.style import STATUS_STYLE, Style
from bunsui.tui.session.pane import Shown

_S = OperationStatus
_ACTIVE = (_S.RUNNING, _S.RETRYING, _S.WAITING)
_MOST_NAME = 32
_TIME, _BAR = 7, 12
_RANK = (_S.FAILED, _S.RETRYING, _S.WAITING, _S.RUNNING, _S.CANCELLED, _S.UPSTREAM_FAILED, _S.PENDING)
_TITLES = (mark("in order"), mark("longest first"), mark("by status"))
SORTS = len(_TITLES)


@dataclass(frozen=True, slots=True)
class Columns:
    """Widths; a column that is 0 is left out."""

    name: int
    status: int
    usual: int

    @staticmethod
    def of(shown: Shown, room: int) -> Columns:
        names = [width.columns(name_of(one)) for one in shown.view.operations]
        status = max([9, *(len(one.status) for one in shown.view.operations)])
        usual = 8 if room >= 76 and shown.run is not None and shown.run.usual else 0
        most = max(room - 2 - 2 - status - _TIME - 4, 4)
        return Columns(min(max([*names, width.columns(_("OPERATION"))]), _MOST_NAME, most), status, usual)


def name_of(one: OperationView) -> str:
    name = one.name.rsplit(".", 1)[-1] if one.depth else one.name
    return "  " * one.depth + escape.line(name)


def sorted_names(shown: Shown, sort: int) -> list[str]:
    every = list(shown.view.operations)
    if sort == 1:
        every.sort(key=lambda one: -(live.elapsed(one, shown.now) or 0.0))
    elif sort == 2:
        every.sort(key=lambda one: _RANK.index(one.status) if one.status in _RANK else len(_RANK))
    return [one.name for one in every]


def head(columns: Columns, sort: int, style: Style) -> str:
    cells = [width.pad(_("OPERATION"), columns.name), width.pad(_("STATUS"), columns.status)]
    cells.append(width.pad(_("TIME"), _TIME, right=True))
    if columns.usual:
        cells.append(width.pad(_("USUALLY"), columns.usual, right=True))
    order = f"  ({_(_TITLES[sort])})" if sort else ""
    return style.dim(f"  {'  '.join(cells)}{order}")


def line(shown: Shown, one: OperationView, sizes: Columns, columns: int, style: Style) -> str:
    paint = STATUS_STYLE.get(one.status, "")
    muted = "dim" if one.status in (_S.PENDING, _S.SKIPPED) else ""
    spent = live.elapsed(one, shown.now)
    usual = shown.usual(one.name)
    slow = bool(usual and spent and spent > usual * 1.5 and spent - usual > 1)
    parts: list[Part] = [
        (f"{style.glyph(one.status)} ", paint),
        (width.pad(width.cut_middle(name_of(one), sizes.name), sizes.name) + "  ", muted),
        (width.pad(one.status, sizes.status) + "  ", paint),
        (width.pad(words.duration(spent) if spent is not None else "", _TIME, right=True), "yellow" if slow else ""),
    ]
    if sizes.usual:
        text = words.duration(usual) if usual is not None else ""
        parts.append((f"  {width.pad(text, sizes.usual, right=True)}", "dim"))
    return fitted([*parts, *_said(shown, one, style)], columns, style)


def _said(shown: Shown, one: OperationView, style: Style) -> Iterator[Part]:
    share, text = _progress(shown, one)
    if share is not None:
        yield f"  {_bar(share)}", STATUS_STYLE.get(one.status, "")
    if text:
        yield f"  {text}", ""
    if one.items and one.items.failed:
        yield ", " + _("{count} failed").format(count=one.items.failed), "red"
    if one.attempts > 1:
        yield "  " + _("try {number}").format(number=one.attempts), "yellow" if one.status in _ACTIVE else "dim"
    if one.next_try is not None:
        yield "  " + next_try(one.next_try, shown.now), "yellow"
    yield from _note(shown, one)


def next_try(at: float, now: float) -> str:
    return _("again in {time}").format(time=words.duration(max(at - now, 0)))


def _progress(shown: Shown, one: OperationView) -> tuple[float | None, str]:
    if one.items is not None:
        done = one.items.done + one.items.failed
        share = done / one.items.total if one.items.total and one.status in _ACTIVE else None
        return share, f"{one.items.done}/{one.items.total}"
    said = shown.view.progress.get(one.name)
    if said is None or one.status not in _ACTIVE:
        return None, ""
    if said.total:
        return said.done / said.total, f"{min(said.done / said.total, 1):.0%}"
    return None, words.number(said.done) if said.done else ""


def _bar(share: float) -> str:
    eighths = round(min(max(share, 0), 1) * _BAR * 8)
    full, rest = divmod(eighths, 8)
    return ("█" * full + ("▏▎▍▌▋▊▉"[rest - 1] if rest else "")).ljust(_BAR, "░")


def _note(shown: Shown, one: OperationView) -> Iterator[Part]:
    if one.status is _S.WAITING:
        asked = next((ask for ask in shown.view.approvals if ask.operation == one.name), None)
        asks = _("asks: {question}").format(question=escape.line(asked.message)) if asked else ""
        yield "  " + (asks or _("waits for {what}").format(what=escape.line(one.waiting or ""))), "yellow"
    elif one.status in (_S.FAILED, _S.RETRYING) and one.error:
        yield f"  {escape.line(one.error)}", "red"
        yield f"  {cause.one_line(one.error, one.cause)}", ""
    elif one.status is _S.PENDING and one.needs:
        yield "  " + _("needs {names}").format(names=_open_needs(shown, one)), "dim"
    elif one.status in _ACTIVE and (said := shown.view.progress.get(one.name)):
        yield f"  {escape.line(said.note)}", ""


def _open_needs(shown: Shown, one: OperationView) -> str:
    """What it still waits for."""
    prefix = one.name.rpartition(".")[0]
    needed = {need: shown.operation(f"{prefix}.{need}" if prefix else need) for need in one.needs}
    left = [need for need, other in needed.items() if other is None or not _has_ended(other)]
    return words.listed([escape.line(need) for need in left or one.needs], 3)


def _has_ended(one: OperationView) -> bool:
    return one.ended is not None or one.status is _S.REUSED
