"""The graph of a pipeline as painted lines: of a valid one, or of a sketch of one that is being written. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from bunsui.definition.outline import Outline, outline
from bunsui.graph.layers import Node
from bunsui.model.pipeline import Pipeline
from bunsui.text import escape, preview, width
from bunsui.text.graph.draw import draw
from bunsui.text.language import _
from bunsui.tui.paint import STYLE

_MOST_DRAWN = 120  # operations; more are listed


def nodes(pipeline: Pipeline | None, text: str) -> list[Node]:
    """Without a pipeline, those of the sketch: needs that do not exist, or that close a circle, are left out."""
    if pipeline is not None:
        return preview.nodes_of(pipeline, STYLE)
    return _sketched(outline(text.split("\n")))


def _sketched(found: Outline) -> list[Node]:
    order = {name: number for number, name in enumerate(found.operations)}
    sound = _sound(found)
    made: list[Node] = []
    for name, one in found.operations.items():
        fits = [need for need in one.needs if need in sound or order.get(need, len(order)) < order[name]]
        made.append(Node(name, f"{escape.line(name)}{' ×n' if one.fan_out else ''}", tuple(fits)))
    return made


def _sound(found: Outline) -> set[str]:
    """The operations that no circle keeps from ever beginning."""
    left = {name: {need for need in one.needs if need in found.operations} for name, one in found.operations.items()}
    behind: dict[str, list[str]] = {}
    for name, needs in left.items():
        for need in needs:
            behind.setdefault(need, []).append(name)
    ready = [name for name, needs in left.items() if not needs]
    done: set[str] = set()
    while ready:
        name = ready.pop()
        done.add(name)
        for other in behind.get(name, ()):
            left[other].discard(name)
            if not left[other]:
                ready.append(other)
    return done


def graph(found: Sequence[Node], columns: int) -> list[str]:
    """Boxes and lines; what needs what, a line each, where that does not fit."""
    if not found:
        return [STYLE.dim(_("No operation yet."))]
    if len(found) <= _MOST_DRAWN:
        drawn = draw(found, columns, unicode=True, paint=_paint)
        if any("┌" in line for line in drawn):
            return drawn
    return _listed(found, columns)


def _paint(text: str, name: str) -> str:
    return STYLE.dim(text) if name == "line" else text


def _listed(found: Sequence[Node], columns: int) -> list[str]:
    """Each with what it needs, indented by how deep it stands."""
    depth: dict[str, int] = {}
    lines = []
    for one in found:
        depth[one.name] = 1 + max((depth.get(need, 0) for need in one.needs), default=-1)
        needs = f" ← {', '.join(map(escape.line, one.needs))}" if one.needs else ""
        label = f"{'  ' * min(depth[one.name], 12)}{one.label}"
        lines.append(width.cut(label, columns) + STYLE.dim(width.cut(needs, max(columns - width.columns(label), 0))))
    return lines
