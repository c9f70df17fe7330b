"""From nodes to lines of text: tries one layout after the other until the graph fits the terminal's width."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from bunsui.graph.layers import Element, Layered, Node, Rank, by_depth, by_level, layered, reduced, sorted_topologically
from bunsui.graph.order import arrange, crossings
from bunsui.graph.place import place, row_width
from bunsui.text import width
from bunsui.text.graph import canvas as sheet
from bunsui.text.graph.canvas import Canvas
from bunsui.text.graph.route import Channel, Wire, route

BOX_HEIGHT = 3
_LONGEST = 30  # columns of a label


@dataclass(frozen=True, slots=True)
class _Try:
    label: int  # most columns of a label
    gap: int
    rank: Rank


_TRIES = (
    (
        _Try(_LONGEST, 2, by_level),
        _Try(_LONGEST, 1, by_level),
        _Try(_LONGEST, 2, by_depth),
        _Try(_LONGEST, 1, by_depth),
    ),
    (_Try(20, 1, by_level), _Try(20, 1, by_depth)),
    (_Try(12, 1, by_level), _Try(12, 1, by_depth)),
    (_Try(6, 1, by_level), _Try(6, 1, by_depth)),
)
_CROSSING = 3  # as bad as this many lines more


def draw(
    nodes: Sequence[Node], limit: int, *, unicode: bool = True, paint: Callable[[str, str], str] = lambda text, _: text
) -> list[str]:
    """The graph in at most `limit` columns; a list of boxes with what they need where no drawing fits."""
    ordered = sorted_topologically(nodes)
    plan = planned(ordered, limit, unicode=unicode)
    return plan.drawn(unicode).render(paint) if plan else list(_listed(ordered, unicode, limit))


def planned(ordered: Sequence[Node], limit: int, *, unicode: bool = True, most: int = _LONGEST) -> Plan | None:
    """The layout with the longest labels (up to `most` columns) that fits; of those the one that is easiest to read."""
    for alternatives in _TRIES:
        able = [replace(attempt, label=min(attempt.label, most)) for attempt in alternatives]
        fitting = [plan for attempt in able if (plan := _plan(ordered, attempt, limit, unicode))]
        if fitting:
            return min(fitting, key=_burden)
    return None


def implied_edges(nodes: Sequence[Node]) -> int:
    """How many edges are not drawn, because a longer way says the same."""
    ordered = sorted_topologically(nodes)
    return sum(len(node.needs) for node in ordered) - sum(map(len, reduced(ordered).values()))


def _shortened(nodes: Sequence[Node], most: int, unicode: bool) -> list[Node]:
    mark = "…" if unicode else "~"
    return [replace(node, label=width.cut_middle(node.label, most, mark)) for node in nodes]


@dataclass(frozen=True, slots=True)
class Plan:
    """A layout that fits, with its lines."""

    graph: Layered
    channels: list[Channel]

    @property
    def height(self) -> int:
        return BOX_HEIGHT * len(self.graph.rows) + sum(channel.height for channel in self.channels)

    @property
    def boxes(self) -> Iterator[tuple[Element, int]]:
        """Every box with the line of its upper edge."""
        y = 0
        for number, row in enumerate(self.graph.rows):
            yield from ((element, y) for element in row if element.node)
            y += BOX_HEIGHT + (self.channels[number].height if number < len(self.channels) else 0)

    def drawn(self, unicode: bool) -> Canvas:
        return _drawn(self.graph, self.channels, unicode)


def _plan(nodes: Sequence[Node], attempt: _Try, limit: int, unicode: bool) -> Plan | None:
    graph = _layout(_shortened(nodes, attempt.label, unicode), limit, attempt)
    if graph is None:
        return None
    channels = [route(nets) for nets in graph.channels]
    return Plan(graph, channels) if _widest(graph, channels) <= limit else None


def _burden(plan: Plan) -> int:
    return plan.height + _CROSSING * crossings(plan.graph)


def _layout(nodes: Sequence[Node], limit: int, attempt: _Try) -> Layered | None:
    widths = {node.name: max(width.columns(node.label) + 4, 2 * len(node.needs) + 3) for node in nodes}
    widths = {name: min(wide, max(limit, 8)) for name, wide in widths.items()}
    graph = layered(nodes, widths, limit, attempt.gap, attempt.rank)
    _narrow(graph)
    if any(row_width(row, attempt.gap) > limit for row in graph.rows):
        return None
    arrange(graph)
    place(graph, limit, attempt.gap)
    return graph


def _narrow(graph: Layered) -> None:
    """Boxes need room for the nets that arrive, which are often fewer than their edges."""
    for row in graph.rows:
        for element in row:
            if element.node:
                element.width = max(width.columns(element.node.label) + 4, 2 * len(element.inlets) + 3)


def _widest(graph: Layered, channels: list[Channel]) -> int:
    boxes = max((element.x + element.width for row in graph.rows for element in row), default=0)
    return max([boxes, *(wire.right + 1 for channel in channels for wire in channel.wires)])


# Drawing


def _drawn(graph: Layered, channels: list[Channel], unicode: bool) -> Canvas:
    canvas = Canvas(unicode=unicode)
    y = 0
    for number, row in enumerate(graph.rows):
        for element in row:
            if element.node:
                canvas.box(element.x, y, element.width, element.node.label, element.node.style)
            else:
                canvas.vertical(element.x, y, y + BOX_HEIGHT - 1, element)
        y += BOX_HEIGHT
        if number < len(channels):
            _draw_channel(canvas, graph, number, channels[number], y)
            y += channels[number].height
    return canvas


def _draw_channel(canvas: Canvas, graph: Layered, number: int, channel: Channel, y: int) -> None:
    boxes_above = {
        x for element in graph.rows[number] if element.node for x in range(element.x, element.x + element.width)
    }
    boxes_below = {
        x for element in graph.rows[number + 1] if element.node for x in range(element.x, element.x + element.width)
    }
    for wire in channel.wires:
        _draw_wire(canvas, wire, y, channel.height)
        for column in wire.tops & boxes_above:
            canvas.stub(column, y - 1, sheet.SOUTH, canvas)
        for column in wire.bottoms & boxes_below:
            canvas.arrow(column, y + channel.height)


def _draw_wire(canvas: Canvas, wire: Wire, y: int, height: int) -> None:
    if wire.track is None:
        canvas.vertical(wire.left, y, y + height - 1, wire.net)
        return
    line = y + wire.track
    canvas.horizontal(wire.left, wire.right, line, wire.net)
    for column in wire.tops:
        canvas.vertical(column, y, line - 1, wire.net)
        canvas.stub(column, line, sheet.NORTH, wire.net)
    for column in wire.bottoms:
        canvas.vertical(column, line + 1, y + height - 1, wire.net)
        canvas.stub(column, line, sheet.SOUTH, wire.net)
    for lower in wire.after:
        _draw_joint(canvas, wire, lower, y)


def _draw_joint(canvas: Canvas, upper: Wire, lower: Wire, y: int) -> None:
    assert upper.joint is not None
    assert upper.track is not None
    assert lower.track is not None
    canvas.vertical(upper.joint, y + upper.track + 1, y + lower.track - 1, upper.net)
    canvas.stub(upper.joint, y + upper.track, sheet.SOUTH, upper.net)
    canvas.stub(upper.joint, y + lower.track, sheet.NORTH, upper.net)


def _listed(nodes: Sequence[Node], unicode: bool, limit: int) -> Iterator[str]:
    arrow = "←" if unicode else "<-"
    for node in nodes:
        needs = f"  {arrow} {', '.join(node.needs)}" if node.needs else ""
        yield from width.wrap(node.label + needs, limit)
