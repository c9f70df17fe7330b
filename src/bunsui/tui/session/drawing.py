"""The graph of a session with the status of every operation, and its timeline; as lines of text. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bunsui.analysis.progress import OperationView
from bunsui.graph.layers import Node
from bunsui.model.status import OperationStatus
from bunsui.services.views import SessionView
from bunsui.text import escape, live, width, words
from bunsui.text.graph.draw import draw
from bunsui.text.style import Style

_S = OperationStatus
_LIVE = (_S.RUNNING, _S.RETRYING, _S.WAITING)
_NAME = 24
_MOST_DRAWN = 120  # operations; more are listed


def graph(view: SessionView, columns: int, style: Style) -> list[str]:
    """Boxes and lines; what needs what, a line each, where that does not fit. Nested operations are left out."""
    top = [one for one in view.operations if not one.depth]
    if not top:
        return [style.dim("Nothing is known of its operations yet.")]
    nodes = [_node(one, style) for one in top]
    if len(nodes) > _MOST_DRAWN:
        return outline(top, columns, style)
    statuses = {f"s{one.status}" for one in top}

    def paint(text: str, name: str) -> str:
        return style.status(name[1:], text) if name in statuses else style.dim(text)

    drawn = draw(nodes, columns, unicode=style.unicode, paint=paint)
    return drawn if any("┌" in line for line in drawn) else outline(top, columns, style)


def _node(one: OperationView, style: Style) -> Node:
    items = f" {one.items.done}/{one.items.total}" if one.items else ""
    label = f"{style.glyph(one.status)} {escape.line(one.name)}{items}"
    return Node(one.name, label, one.needs, f"s{one.status}")


def outline(operations: Sequence[OperationView], columns: int, style: Style) -> list[str]:
    """Each with what it needs, indented by how deep it stands."""
    depth: dict[str, int] = {}
    lines = []
    for one in operations:
        depth[one.name] = 1 + max((depth.get(need, 0) for need in one.needs), default=-1)
        indent = "  " * min(depth[one.name], 12)
        needs = f"  ← {', '.join(map(escape.line, one.needs))}" if one.needs else ""
        text = width.cut(f"{indent}{escape.line(one.name)}{needs}", columns - 2)
        lines.append(f"{style.status(one.status, style.glyph(one.status))} {text}")
    return lines


def timeline(view: SessionView, now: float, columns: int, style: Style) -> list[str]:
    """A bar for each operation, from its start to its end, on one scale."""
    ran = [one for one in view.operations if one.started is not None]
    if not ran:
        return [style.dim("Nothing has started yet.")]
    first = min(one.started for one in ran if one.started is not None)
    last = max(one.ended or now for one in ran)
    return list(_bars(sorted(ran, key=lambda one: one.started or 0), first, max(last - first, 0.001), columns, style))


def _bars(ran: Sequence[OperationView], first: float, span: float, columns: int, style: Style) -> Iterator[str]:
    wide = min(max(width.columns(one.name) for one in ran), _NAME)
    room = max(columns - wide - 2 - 2 - 9, 10)
    end = words.duration(span)
    yield style.dim(f"{'':{wide + 4}}0{end:>{room - 1}}")
    for one in ran:
        begun = (one.started or first) - first
        spent = live.elapsed(one, first + span) or 0.0
        left = min(int(begun / span * room), room - 1)
        size = max(min(round(spent / span * room), room - left), 1)
        name = width.pad(width.cut_middle(escape.line(one.name), wide), wide)
        bar = " " * left + style.status(one.status, ("█" if one.status not in _LIVE else "▓") * size)
        tries = style.dim(f" ×{one.attempts}") if one.attempts > 1 else ""
        rest = " " * (room - left - size)
        glyph = style.status(one.status, style.glyph(one.status))
        yield f"{glyph} {name}  {bar}{rest} {words.duration(spent):>7}{tries}"
