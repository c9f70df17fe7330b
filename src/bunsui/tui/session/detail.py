"""One operation in all detail, as lines that can be folded, and in a few lines. Pure.

The attempts and inputs come with the run; which lines of the log are its own is for the log to say.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bunsui.analysis.progress import OperationView
from bunsui.analysis.run import Operation
from bunsui.analysis.work import Try
from bunsui.model.log import LogLine
from bunsui.model.status import OperationStatus
from bunsui.text import cause, escape, live, values, width, words
from bunsui.text.folding import Fold, IsOpen, folded
from bunsui.text.language import _, plural
from bunsui.text.logs import log_line
from bunsui.text.parts import Part, fitted
from bunsui.text.style import STATUS_STYLE, Style
from bunsui.tui.session.pane import Shown
from bunsui.tui.session.table import next_try

_S = OperationStatus
_MOST_TRIES = 40  # shown at once
_NOTABLE = 1.3  # times what is usual, and as many below it
TO_LOG, TO_ALL = "log", "all"  # what choosing a line does


def summary(shown: Shown, name: str, columns: int, style: Style) -> list[str]:
    """What stands below a drawing: at most five lines."""
    one = shown.operation(name)
    if one is None:
        return []
    rows: list[Sequence[Part]] = [[*_title(one, style), *_facts(shown, one)]]
    rows += [_links(shown, one)]
    rows += [why] if (why := _why(shown, one)) else []
    if isinstance(one.output, dict) and one.output:
        rows.append([(_("output") + "  ", "dim"), (values.shown(one.output), "")])
    return [fitted(row, columns, style) for row in rows if row]


def _title(one: OperationView, style: Style) -> list[Part]:
    paint = STATUS_STYLE.get(one.status, "")
    return [(f"{style.glyph(one.status)} ", paint), (escape.line(one.name), "bold"), (f"  {one.status}", paint)]


def _facts(shown: Shown, one: OperationView) -> Iterator[Part]:
    yield f"  {escape.line(one.kind)}", "dim"
    spent = live.elapsed(one, shown.now)
    if spent is not None:
        yield f"  {words.duration(spent)}", ""
        yield from compared(one, spent, shown.usual(one.name))
    if one.attempts > 1:
        yield "  " + _("try {number}").format(number=one.attempts), "yellow"
    if one.next_try is not None:
        yield "  " + next_try(one.next_try, shown.now), "yellow"
    if one.items:
        yield "  " + _("{done} of {all} items").format(done=one.items.done, all=one.items.total), ""
        if one.items.running:
            yield ", " + _("{count} running").format(count=one.items.running), "cyan"
        if one.items.failed:
            yield ", " + _("{count} failed").format(count=one.items.failed), "red"


def compared(one: OperationView, spent: float, usual: float | None) -> Iterator[Part]:
    """Against what it usually takes; of what goes on, only that it takes longer is told."""
    if not usual or usual < 0.05:
        return
    share = spent / usual
    text = "  " + _("usually {time}").format(time=words.duration(usual))
    if share >= _NOTABLE and spent - usual >= 1:
        yield text, "yellow"
    elif one.ended is not None or share < 1:
        yield text, "dim"


def _links(shown: Shown, one: OperationView) -> list[Part]:
    prefix, _dot, own = one.name.rpartition(".")
    path = f"{prefix}." if prefix else ""
    below = [other.name for other in shown.view.operations if own in other.needs and other.name == path + _own(other)]
    parts: list[Part] = []
    if one.needs:
        parts += [(_("needs") + " ", "dim"), (words.listed([escape.line(need) for need in one.needs], 4), "")]
    if below:
        parts += [("  " if parts else "", ""), (_("needed by") + " ", "dim")]
        parts += [(words.listed([escape.line(_last(name)) for name in below], 4), "")]
    return parts


def _own(one: OperationView) -> str:
    return _last(one.name)


def _last(name: str) -> str:
    return name.rpartition(".")[2]


def _why(shown: Shown, one: OperationView) -> list[Part]:
    if one.error and one.status in (_S.FAILED, _S.RETRYING):
        return [(escape.line(one.error), "red"), (f"  {cause.one_line(one.error, one.cause)}", "")]
    if one.status is _S.UPSTREAM_FAILED:
        return [(_("not run, because of what it needs"), "red")]
    if one.status is _S.WAITING:
        asked = next((ask.message for ask in shown.view.approvals if ask.operation == one.name), one.waiting or "")
        return [(_("waits for {what}").format(what=escape.line(asked)), "yellow")]
    said = shown.view.progress.get(one.name)
    if said is None or one.status not in (_S.RUNNING, _S.RETRYING):
        return []
    far = f"{min(said.done / said.total, 1):.0%}" if said.total else words.number(said.done)
    return [(far, "cyan"), (f"  {escape.line(said.note)}", "")]


# All of it


def folds(shown: Shown, name: str, lines: Sequence[LogLine], is_open: IsOpen, style: Style) -> Iterator[Fold]:
    """`lines` are the last ones of its log."""
    one, detail = shown.operation(name), shown.detail(name)
    if one is None:
        return
    yield Fold("title", (*_title(one, style), *_facts(shown, one)))
    if links := _links(shown, one):
        yield Fold("links", tuple(links))
    yield from _error(one)
    if detail is not None:
        yield from _attempts(detail, shown, is_open, style)
        if detail.given is not None:
            yield _blank("input-space")
            title = _("input of the item that was called last") if one.items else _("input")
            yield from folded(title, detail.given, is_open, "input")
    if one.output is not None:
        yield _blank("output-space")
        yield from folded(_("output"), one.output, is_open, "output")
    yield from _log(lines, style)


def _blank(key: str) -> Fold:
    return Fold(key, ())


def _error(one: OperationView) -> Iterator[Fold]:
    if not one.error or one.status not in (_S.FAILED, _S.RETRYING):
        return
    yield _blank("error-space")
    yield Fold("error", ((escape.line(one.error), "red bold"),), one.error)
    for number, text in enumerate(cause.lines(one.error, one.cause)):
        yield Fold(f"error/{number}", ((f"  {text}", ""),), text, kind=TO_LOG)


def _attempts(one: Operation, shown: Shown, is_open: IsOpen, style: Style) -> Iterator[Fold]:
    if not one.tries:
        return
    begin = shown.run.tree.execution.started.timestamp() if shown.run else one.tries[0].started
    tries = _worth(one)
    yield _blank("attempts-space")
    opened = is_open("attempts", True)
    title = plural("{count} attempt", "{count} attempts", len(one.tries))
    if one.view.items:
        title += ", " + plural("{count} item failed", "{count} items failed", len(one.item_errors))
    yield Fold("attempts", (("▾ " if opened else "▸ ", "dim"), (title, "")), opened=opened)
    if not opened:
        return
    for this in tries:
        yield Fold(f"attempts/{this.item}.{this.number}", tuple(_try(this, one, begin, shown.now, style)), kind=TO_LOG)
    if len(tries) < len(one.tries):
        left = plural("{count} more", "{count} more", len(one.tries) - len(tries))
        yield Fold("attempts/more", ((f"    {left}", "dim"),), kind=TO_LOG)


def _worth(one: Operation) -> Sequence[Try]:
    """What failed first, then what runs, then what took longest."""
    if len(one.tries) <= _MOST_TRIES and not one.view.items:
        return one.tries
    ranked = sorted(one.tries, key=lambda this: (not this.error, this.ended is not None, -_took(this), this.started))
    return ranked[:_MOST_TRIES]


def _took(this: Try) -> float:
    return (this.ended if this.ended is not None else float("inf")) - this.started


def _try(this: Try, one: Operation, begin: float, now: float, style: Style) -> Iterator[Part]:
    status = "FAILED" if this.error else "RUNNING" if this.ended is None else "SUCCEEDED"
    yield f"    {style.glyph(status)} ", STATUS_STYLE[status]
    who = _("item {item}").format(item=this.item) if this.item is not None else ""
    number = _("try {number}").format(number=this.number)
    yield width.pad(who or number, 9), ""
    if who and max((other.number for other in one.tries if other.item == this.item), default=1) > 1:
        yield f" {number}", "dim"
    yield f"  +{words.duration(this.started - begin):<8}", "dim"
    over = this.ended if this.ended is not None else now
    yield f"{words.duration(over - this.started):>7}", ""
    error = this.error or (one.item_errors.get(this.item, "") if this.item is not None else "")
    yield f"  {escape.line(error)}", "red"


def _log(lines: Sequence[LogLine], style: Style) -> Iterator[Fold]:
    if not lines:
        return
    yield _blank("log-space")
    yield Fold("log", ((_("the end of its log; enter opens it"), "dim"),), kind=TO_LOG)
    for number, line in enumerate(lines):
        text = log_line(line, Style(False), None, operation=False)
        paint = "red" if line.level in ("ERROR", "CRITICAL") else "yellow" if line.level == "WARNING" else ""
        yield Fold(f"log/{number}", ((f"  {text}", paint),), line.message, kind=TO_LOG)
