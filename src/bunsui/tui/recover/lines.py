"""What the recover screen says: what failed, every way out on a line, one of them exactly, the small graph. Pure."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping, Sequence

from bunsui.analysis.errors.telling import what as failed
from bunsui.model.failure import ErrorAnalysis
from bunsui.model.status import OperationStatus
from bunsui.services.views import Action, RecoveryPlan, SessionView, Way
from bunsui.text import cause, escape, recovery, width, words
from bunsui.text.graph.chart import Box, Face
from bunsui.text.language import _, mark, plural
from bunsui.text.parts import Part, fitted
from bunsui.text.said import said
from bunsui.text.style import Style

_S = OperationStatus
WHAT = {
    Action.REDRIVE: mark("the same execution goes on from what was cut off"),
    Action.RESUME: mark("keep what completed, run the rest"),
    Action.EDITED: mark("resume with the pipeline as it is written now"),
    Action.FROM: mark("keep only what an operation needs, run it and all else"),
    Action.RERUN: mark("run an operation again and all below it, keep the rest"),
    Action.SKIP: mark("take an operation for done, with an output you give"),
    Action.RESTART: mark("from nothing"),
    Action.CANCEL: mark("stop what runs, start nothing more"),
}
_TITLE = 8
_LIVE = (_S.RUNNING, _S.RETRYING, _S.WAITING)
_MOST_FAILURES = 2


def head(plan: RecoveryPlan, columns: int, style: Style) -> str:
    status: Part = (f"{style.glyph(plan.status)} {plan.status}", "bold")
    parts: list[Part] = [(_("recover") + " ", "dim"), (escape.line(plan.session), "bold"), ("  ", ""), status]
    return fitted(parts, columns, style)


def why(plan: RecoveryPlan, failures: Sequence[ErrorAnalysis], columns: int, style: Style) -> list[str]:
    """What failed and why, in a few lines; then what is known of it."""
    if not failures:
        advice = [fitted([(escape.line(line), "")], columns, style) for line in plan.advice[:4]]
        return advice or [style.dim(_("Choose a way out: what it does is beside it."))]
    rows: list[str] = []
    for one in failures[:_MOST_FAILURES]:
        said = cause.one_line(one.error, one.cause)
        parts: list[Part] = [(f"{style.glyph('FAILED')} {escape.line(failed(one))}", "red bold")]
        parts += [(f"  {escape.line(one.error)}", "red"), (f"  {said}", "")]
        rows.append(fitted(parts, columns, style))
        chance = _("may pass by itself") if one.recoverable else _("does not pass by itself")
        rows += _advice(f"{one.category}, {chance}: ", one, columns, style)
    if len(failures) > _MOST_FAILURES:
        more = plural("{count} more failure", "{count} more failures", len(failures) - _MOST_FAILURES)
        rows.append(style.dim(f"  {more}"))
    return rows


def _advice(kind: str, one: ErrorAnalysis, columns: int, style: Style) -> list[str]:
    first, *others = width.wrap(kind + escape.line(said(one.advice)), columns - 2)
    parts = [("  ", ""), (kind, "yellow" if one.recoverable else "red"), (first[len(kind) :], "")]
    return [fitted(parts, columns, style), *(f"  {row}" for row in others[:1])]


# The list


def row(way: Way, columns: int, style: Style, *, suggested: bool) -> str:
    if not way.possible:
        return fitted([(f"  {way.action:<9}", "dim"), (escape.line(said(way.why)), "dim")], columns, style)
    parts: list[Part] = [
        ("▸ " if suggested else "  ", "green"),
        (f"{way.action:<9}", "green bold" if suggested else "bold"),
    ]
    if way.action is not Action.CANCEL:
        parts.append((_("runs {count}").format(count=f"{len(way.rerun):<3}") + " ", "yellow"))
        parts.append((_("keeps {count}").format(count=f"{len(way.reused):<3}") + " ", "green"))
    if way.seconds is not None:
        parts.append((f"{'>' if way.untimed else '~'}{words.duration(way.seconds)} ", ""))
    if way.delicate:
        parts.append(("⚠", "red bold"))
    return fitted(parts, columns, style)


def choice(way: Way, name: str, view: SessionView, columns: int, style: Style, *, marked: bool) -> str:
    """An operation that may be named for a way out."""
    one = next((one for one in view.operations if one.name == name), None)
    glyph = style.glyph(one.status) if one else " "
    paint = "red" if one is not None and one.status is _S.FAILED else ""
    box = "■" if marked else "□"
    parts: list[Part] = [(f"{box} ", "yellow" if marked else "dim"), (f"{glyph} ", paint), (escape.line(name), paint)]
    if one is not None:
        parts.append((f"  {one.status}", "dim"))
    return fitted(parts, columns, style)


# One of them


def told(way: Way, columns: int, style: Style, *, suggested: bool) -> list[str]:
    rows = [style.bold(part) for part in width.wrap(_(WHAT[way.action]), columns)]
    if suggested:
        rows.append(style.paint(_("suggested: it throws nothing away"), "green"))
    rows.append("")
    if not way.possible:
        reason = _("not possible: {why}").format(why=escape.line(said(way.why)))
        return [*rows, *(style.paint(part, "yellow") for part in width.wrap(reason, columns))]
    for title, text, paint in _facts(way):
        rows += _wrapped(title, text, paint, columns, style)
    for text in way.warnings:
        rows += _wrapped("⚠", escape.line(said(text)), "yellow", columns, style)
    rows += ["", *_wrapped("$", command(way), "cyan", columns, style)]
    return rows


def command(way: Way, names: Sequence[str] = ()) -> str:
    flag = recovery.flag(way, [shlex.quote(name) for name in names or way.names] or ["OP"])
    return escape.line(f"bunsui session recover {shlex.quote(way.session)} {flag}")


def _facts(way: Way) -> Iterator[tuple[str, str, str]]:
    again = _("all that had completed") if way.action is Action.RESTART else _names(way.raised)
    rows = (
        (_("runs"), _counted(way.rerun), "yellow"),
        (_("keeps"), _counted(way.reused), "green"),
        (_("within"), _names(way.inside), ""),
        (_("items"), ", ".join(f"{escape.line(name)}: {_items(way, name)}" for name in way.items), ""),
        (_("skips"), _names(way.skipped), "dim"),
        (_("maybe"), f"{_names(way.maybe)} " + _("(if its `when` holds)") if way.maybe else "", ""),
        (_("anew"), f"{again} " + _("(with new idempotency keys)") if way.raised else "", ""),
        (_("edited"), _changes(way.changes), "yellow"),
        (_("about"), estimate(way), ""),
    )
    yield from (one for one in rows if one[1])


def _counted(names: Sequence[str]) -> str:
    return f"{len(names)}: {_names(names)}" if names else ""


def _names(names: Sequence[str]) -> str:
    return words.listed([escape.line(name) for name in names], 40)


def _items(way: Way, name: str) -> str:
    items = way.items[name]
    again = _("the others run") if items.again is None else _("{count} run").format(count=items.again)
    return _("{count} kept").format(count=items.kept) + f", {again}"


def _changes(changes: Mapping[str, tuple[str, ...]]) -> str:
    whole = _("the pipeline")
    return ", ".join(
        f"{escape.line(name) or whole} ({', '.join(map(escape.line, keys))})" for name, keys in changes.items()
    )


def estimate(way: Way) -> str:
    parts = []
    if way.seconds is not None:
        rest = words.listed([escape.line(one) for one in way.untimed], 3)
        time = words.duration(way.seconds)
        parts.append(_("{time} and what {names} takes").format(time=time, names=rest) if way.untimed else time)
    if way.transitions is not None and way.cost is not None:
        entered = plural("{count} transition", "{count} transitions", way.transitions)
        parts.append(_("{transitions} ({cost} on AWS)").format(transitions=entered, cost=words.dollars(way.cost)))
    return ", ".join(parts)


def _wrapped(title: str, text: str, paint: str, columns: int, style: Style) -> list[str]:
    head = width.pad(title, _TITLE)
    rows = width.wrap(text, max(columns - _TITLE, 12))
    first = "yellow" if title == "⚠" else "dim"
    return [
        (style.paint(head, first) if number == 0 else " " * _TITLE) + style.paint(one, paint)
        for number, one in enumerate(rows)
    ]


# The small graph


def face(box: Box, way: Way, view: SessionView, style: Style, *, marked: bool) -> Face:
    """Kept, run again, or left alone."""
    name = box.name
    glyph, paint = _sign(name, way, view, style)
    items = way.items.get(name)
    count = f" {items.again}" if items is not None and items.again is not None else ""
    label = width.cut_middle(escape.line(name), max(box.room - 2 - len(count), 1)) + count if box.room >= 4 else ""
    return Face(glyph, label, paint, paint if paint == "dim" else "", None, marked)


def _sign(name: str, way: Way, view: SessionView, style: Style) -> tuple[str, str]:
    if way.action is Action.CANCEL:
        one = next((one for one in view.operations if one.name == name), None)
        if one is None or one.status is _S.PENDING:
            return style.glyph("PENDING"), "dim"
        return (style.glyph("CANCELLED"), "red") if one.status in _LIVE else (style.glyph(one.status), "green")
    if name in way.delicate:
        return "!", "red"
    if name in way.rerun:
        return "▶", "yellow"
    if name in way.reused:
        return style.glyph("REUSED"), "green"
    return style.glyph("SKIPPED"), "dim"


def legend(way: Way, style: Style) -> str:
    if way.action is Action.CANCEL:
        parts = [("■ " + _("stops"), "red"), ("  ○ " + _("never runs"), "dim"), ("  ✔ " + _("is kept"), "green")]
    else:
        parts = [("▶ " + _("runs"), "yellow"), ("  ↺ " + _("keeps"), "green")]
        parts += [("  ! " + _("runs, and should not run twice"), "red")] if way.delicate else []
    return "".join(style.paint(text, paint) for text, paint in parts)
