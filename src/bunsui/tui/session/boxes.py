"""The operations of a session as boxes: what stands in each, its colour, how far it is; and the outline. Pure.

Where the boxes stand is decided in `bunsui.text.graph`, which of them is looked at in `graph`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bunsui.analysis.progress import Items, OperationView
from bunsui.graph.layers import Node
from bunsui.model.status import OperationStatus
from bunsui.services.views import SessionView
from bunsui.text import escape, width
from bunsui.text.graph.chart import Box, Face
from bunsui.text.style import STATUS_STYLE, Style

_S = OperationStatus
_LIVE = (_S.RUNNING, _S.RETRYING, _S.WAITING)
_QUIET = {_S.UPSTREAM_FAILED: "dim", _S.CANCELLED: "dim"}
MANY = 120  # operations
_DEEPEST = 12  # levels that the outline shows by indenting


def nodes(operations: Sequence[OperationView], style: Style) -> list[Node]:
    """A fan-out is one box, with room for its counts; not among very many, which are laid out only once."""
    few = len(operations) < MANY
    named = {one.name: _named(one, style, None) if few else escape.line(one.name) for one in operations}
    return [Node(one.name, f"{style.glyph(one.status)} {named[one.name]}", one.needs) for one in operations]


def layout_of(operations: Sequence[OperationView]) -> tuple[object, ...]:
    """What the places of boxes depend on: as long as it is the same, nothing has to be laid out again."""
    few = len(operations) < MANY
    return tuple((one.name, one.needs, _size(one.items) if few else ()) for one in operations)


def _size(items: Items | None) -> tuple[int, int]:
    return (0, 0) if items is None else (len(str(items.total)), len(str(items.failed)) if items.failed else 0)


def face(box: Box, one: OperationView, view: SessionView, style: Style, *, marked: bool) -> Face:
    """What failed stands out; what was not run because of it does not."""
    label = "" if box.room < 4 else _named(one, style, box.room - 2)
    paint = _QUIET.get(one.status, STATUS_STYLE.get(one.status, ""))
    text = "bold" if marked else paint if one.status in (*_QUIET, _S.PENDING, _S.SKIPPED, _S.FAILED) else ""
    return Face(style.glyph(one.status), label, paint, text, _share(one, view), marked)


def _named(one: OperationView, style: Style, room: int | None) -> str:
    counts = _counts(one.items, style)
    name = escape.line(one.name)
    if room is None:
        wide = _size(one.items)[0]
        return f"{name} {counts.rjust(2 * wide + 1) if one.items else ''}".rstrip()
    if counts and width.columns(counts) + 5 > room:
        return width.cut_middle(name, room)
    short = width.cut_middle(name, room - (width.columns(counts) + 1 if counts else 0))
    return f"{short} {counts}".rstrip()


def _counts(items: Items | None, style: Style) -> str:
    """``117/120 ✘2``"""
    if items is None:
        return ""
    return f"{items.done}/{items.total}" + (f" {style.glyph('FAILED')}{items.failed}" if items.failed else "")


def _share(one: OperationView, view: SessionView) -> float | None:
    if one.status not in _LIVE:
        return None
    if one.items is not None and one.items.total:
        return (one.items.done + one.items.failed) / one.items.total
    said = view.progress.get(one.name)
    return said.done / said.total if said and said.total else None


def outline(operations: Sequence[OperationView], style: Style) -> Mapping[str, str]:
    """By name, in order: each with what it needs, indented by how deep it stands. Lines are not cut yet."""
    depth: dict[str, int] = {}
    lines: dict[str, str] = {}
    for one in operations:
        depth[one.name] = 1 + max((depth.get(need, 0) for need in one.needs), default=-1)
        needs = f"  ← {', '.join(map(escape.line, one.needs))}" if one.needs else ""
        lines[one.name] = f"{'  ' * min(depth[one.name], _DEEPEST)}{_named(one, style, 48)}{needs}"
    return lines
