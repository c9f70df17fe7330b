"""The DAG as numbers for an SVG: boxes in rows, lines as curves. Where things stand is decided in `bunsui.graph`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from unicodedata import east_asian_width

from bunsui.analysis.progress import OperationView
from bunsui.analysis.run import Operation
from bunsui.graph.layers import Element, Layered, Net, Node, by_depth, by_level, layered, sorted_topologically
from bunsui.graph.order import arrange, crossings
from bunsui.graph.place import place
from bunsui.model.visible import line
from bunsui.model.words import duration
from bunsui.report.statuses import glyph, tone

_HEIGHT, _CHANNEL, _GAP, _MARGIN = 44, 40, 22, 8
_LETTER, _SMALL = 8.3, 6.6  # pixels of a letter, at most, in the two lines of a box
_LONGEST = 26  # letters of a name
_LEAST = 96
_MOST_NARROW = 60  # boxes: a larger graph is scrolled on a phone rather than folded


@dataclass(frozen=True, slots=True)
class Box:
    name: str
    label: str
    detail: str
    glyph: str
    tone: str
    status: str
    x: int
    y: int
    width: int
    critical: bool
    fan_out: bool
    nested: bool


@dataclass(frozen=True, slots=True)
class Line:
    """A curve as an SVG path. `source` and `target` name its boxes where it has one of each."""

    path: str
    critical: bool = False
    arrow: bool = False


@dataclass(frozen=True, slots=True)
class Drawing:
    width: int
    height: int
    boxes: tuple[Box, ...]
    lines: tuple[Line, ...]


def drawings(operations: Sequence[Operation], critical: Sequence[str], wide: int, narrow: int) -> dict[str, Drawing]:
    """The same graph for a screen and, unless it is large, for a phone; nothing if it has no dependencies."""
    found = drawing(operations, critical, wide)
    if found is None:
        return {}
    if len(found.boxes) > _MOST_NARROW or found.width <= narrow:
        return {"any": found}
    folded = drawing(operations, critical, narrow)
    return {"wide": found} | ({"narrow": folded} if folded is not None else {})


def drawing(operations: Sequence[Operation], critical: Sequence[str], limit: int) -> Drawing | None:
    """Of the outer pipeline, folded where it would be wider than `limit` pixels. None: there are no dependencies."""
    outer = {one.view.name: one for one in operations if one.view.depth == 0}
    if not any(one.view.needs for one in outer.values()):
        return None
    nodes = sorted_topologically([Node(name, name, one.view.needs) for name, one in outer.items()])
    texts = {name: (_label(name), _detail(one, operations)) for name, one in outer.items()}
    widths = {name: min(_width(*texts[name]), limit) for name in outer}
    graph = _laid_out(nodes, widths, limit)
    height = len(graph.rows) * (_HEIGHT + _CHANNEL) - _CHANNEL + 2 * _MARGIN
    width = max(element.x + element.width for row in graph.rows for element in row) + 2 * _MARGIN
    boxes = tuple(_boxes(graph, outer, texts, critical))
    return Drawing(width, height, boxes, tuple(_lines(graph, critical)))


def _laid_out(nodes: Sequence[Node], widths: Mapping[str, int], limit: int) -> Layered:
    """Of two ways to fill rows the one with fewer crossings."""
    found = []
    for rank in (by_level, by_depth):
        graph = layered(nodes, widths, limit, _GAP, rank)
        arrange(graph)
        place(graph, limit, _GAP)
        found.append(graph)
    return min(found, key=lambda graph: 3 * crossings(graph) + len(graph.rows))


def _label(name: str) -> str:
    safe = line(name)
    return safe if len(safe) <= _LONGEST else f"{safe[: _LONGEST // 2]}…{safe[-_LONGEST // 2 + 1 :]}"


def _detail(one: Operation, operations: Sequence[Operation]) -> str:
    """``1m 05s · 12 items, 1 failed · 3 tries``"""
    view = one.view
    parts = [_took(view)]
    if view.items is not None:
        parts.append(f"{view.items.done}/{view.items.total} items")
        parts.append(f"{view.items.failed} failed" if view.items.failed else "")
    elif view.attempts > 1:
        parts.append(f"{view.attempts} tries")
    if inside := sum(other.view.name.startswith(f"{view.name}.") for other in operations):
        parts.append(f"{inside} inside")
    return " · ".join(part for part in parts if part)


def _took(view: OperationView) -> str:
    if view.started is None:
        return view.status.value.lower().replace("_", " ")
    return duration(view.ended - view.started) if view.ended is not None else "…"


def _width(label: str, detail: str) -> int:
    wide = sum(2 if east_asian_width(letter) in "WF" else 1 for letter in label)
    return max(_LEAST, round(max(wide * _LETTER + 46, len(detail) * _SMALL + 46)))


def _boxes(
    graph: Layered, outer: Mapping[str, Operation], texts: Mapping[str, tuple[str, str]], critical: Sequence[str]
) -> Iterator[Box]:
    for number, row in enumerate(graph.rows):
        for element in row:
            if element.node is None:
                continue
            name = element.node.name
            view = outer[name].view
            yield Box(
                name=name,
                label=texts[name][0],
                detail=texts[name][1],
                glyph=glyph(view.status),
                tone=tone(view.status),
                status=view.status.value,
                x=element.x + _MARGIN,
                y=_top(number),
                width=element.width,
                critical=name in critical,
                fan_out=view.items is not None,
                nested=view.kind == "pipeline",
            )


def _top(row: int) -> int:
    return _MARGIN + row * (_HEIGHT + _CHANNEL)


def _lines(graph: Layered, critical: Sequence[str]) -> Iterator[Line]:
    """Trunks that pass a row, then the curves between each two rows."""
    path = _Path(graph, critical)
    for number, row in enumerate(graph.rows):
        for element in row:
            if element.node is None:
                x, y = _middle(element), _top(number)
                yield Line(f"M{x} {y}V{y + _HEIGHT}", path.takes(element, element))
    for number, nets in enumerate(graph.channels):
        y = _top(number) + _HEIGHT
        for net in nets:
            yield from _curves(net, y, path)


def _curves(net: Net, y: int, path: _Path) -> Iterator[Line]:
    """Each box to each; where many lead to many, through one knot."""
    below = y + _CHANNEL
    if len(net.upper) > 1 and len(net.lower) > 1:
        every = [_middle(element) for element in (*net.upper, *net.lower)]
        knot, half = round(sum(every) / len(every)), y + _CHANNEL // 2
        yield from (Line(_curve(_middle(one), y, knot, half)) for one in net.upper)
        yield from (Line(_curve(knot, half, _middle(one), below), arrow=one.node is not None) for one in net.lower)
        return
    for upper in net.upper:
        for lower in net.lower:
            curve = _curve(_middle(upper), y, _middle(lower), below)
            yield Line(curve, path.takes(upper, lower), lower.node is not None)


def _curve(x: int, y: int, to_x: int, to_y: int) -> str:
    half = (y + to_y) // 2
    return f"M{x} {y}V{to_y}" if x == to_x else f"M{x} {y}C{x} {half} {to_x} {half} {to_x} {to_y}"


def _middle(element: Element) -> int:
    return element.x + element.width // 2 + _MARGIN


class _Path:
    """Which lines the critical path takes: those from one box of it, over trunks, to the next."""

    def __init__(self, graph: Layered, critical: Sequence[str]) -> None:
        self._next = dict(pairwise(critical))
        self._sources: dict[int, frozenset[str]] = {}
        for row in graph.rows:
            for element in row:
                self._sources[id(element)] = self._of(element)

    def _of(self, element: Element) -> frozenset[str]:
        """The boxes of the path whose lines come to this one: its own, or those that a trunk carries."""
        if element.node is not None:
            return frozenset({element.node.name} & self._next.keys())
        return frozenset().union(*(self._sources[id(upper)] for net in element.inlets for upper in net.upper))

    def takes(self, upper: Element, lower: Element) -> bool:
        targets = {lower.node.name} if lower.node is not None else lower.targets
        return any(self._next[source] in targets for source in self._sources[id(upper)])
