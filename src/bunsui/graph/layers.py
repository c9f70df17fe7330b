"""Which box stands in which row: layers by longest path, folded where a row would be wider than the terminal.

An edge that passes rows on its way is a trunk in each of them. Boxes and trunks that lead to the same targets share one
net of lines. Left and right is decided in `order` and `place`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Node:
    """A box: what stands in it, and the boxes that its lines come from. `style` is for the painter, `label` is safe."""

    name: str
    label: str
    needs: tuple[str, ...] = ()
    style: str = ""


@dataclass(slots=True, eq=False)
class Element:
    """Something in a row: a box, or (without a node) a trunk. `targets` are the boxes further down it leads to."""

    node: Node | None
    targets: frozenset[str]
    width: int
    x: int = 0
    inlets: list[Net] = field(default_factory=list)

    @property
    def centre(self) -> int:
        """The column where lines leave a box; of an even width the left one of the middle two."""
        return self.x + (self.width - 1) // 2


@dataclass(slots=True, eq=False)
class Net:
    """Lines between two rows that belong together: every upper element leads to every lower one."""

    upper: list[Element]
    lower: list[Element] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Layered:
    """Rows of elements, and the nets below each row but the last."""

    rows: list[list[Element]]
    channels: list[list[Net]]


def reduced(nodes: Sequence[Node]) -> dict[str, frozenset[str]]:
    """Targets of every box, without edges that a longer way implies. `nodes` come in topological order."""
    ancestors: dict[str, frozenset[str]] = {}
    targets: dict[str, set[str]] = {node.name: set() for node in nodes}
    for node in nodes:
        above = frozenset().union(*(ancestors[need] for need in node.needs))
        for need in node.needs:
            if need not in above:
                targets[need].add(node.name)
        ancestors[node.name] = above | frozenset(node.needs)
    return {name: frozenset(found) for name, found in targets.items()}


def sorted_topologically(nodes: Sequence[Node]) -> list[Node]:
    """In the given order as far as that is possible; what a box needs and is not there is left out."""
    known = {node.name: node for node in nodes}
    done: dict[str, Node] = {}
    for start in nodes:
        stack = [start.name]
        while stack:
            name = stack[-1]
            missing = [need for need in known[name].needs if need in known and need not in done]
            if missing:
                stack.extend(need for need in reversed(missing) if need not in stack)
                if stack[-1] == name:
                    raise ValueError(f"the graph has a cycle through {name}")
                continue
            stack.pop()
            node = known[name]
            done.setdefault(
                name, Node(name, node.label, tuple(need for need in node.needs if need in known), node.style)
            )
    return list(done.values())


def levels(nodes: Sequence[Node]) -> dict[str, int]:
    """The longest way from a start to each box."""
    found: dict[str, int] = {}
    for node in nodes:
        found[node.name] = max((found[need] + 1 for need in node.needs), default=0)
    return found


Rank = Callable[[Node, Mapping[str, int]], tuple[int, ...]]


def by_level(node: Node, placed: Mapping[str, int]) -> tuple[int, ...]:
    """Rows keep what may start together together."""
    return ()


def by_depth(node: Node, placed: Mapping[str, int]) -> tuple[int, ...]:
    """What follows the row above comes first: fewer lines pass by, for graphs that are wide and deep."""
    return (-max((placed[need] for need in node.needs), default=-1),)


def layered(nodes: Sequence[Node], widths: Mapping[str, int], limit: int, gap: int, rank: Rank) -> Layered:
    """Fill rows from the top, each up to `limit` columns wide."""
    builder = _Builder(nodes, widths, limit, gap, rank)
    while builder.waiting:
        builder.add_row()
    return Layered(builder.rows, builder.channels)


class _Builder:
    def __init__(self, nodes: Sequence[Node], widths: Mapping[str, int], limit: int, gap: int, rank: Rank) -> None:
        self.targets = reduced(nodes)
        self.widths = widths
        self.limit = limit
        self.gap = gap
        self.rank = rank
        self.level = levels(nodes)
        self.position = {node.name: number for number, node in enumerate(nodes)}
        self.waiting = {node.name: node for node in nodes}
        self.placed: dict[str, int] = {}  # the row of each placed box
        self.rows: list[list[Element]] = []
        self.channels: list[list[Net]] = []

    def add_row(self) -> None:
        nets = self._nets()
        chosen = self._chosen(nets)
        elements = {name: Element(node, self.targets[name], self.widths[name]) for name, node in chosen.items()}
        row = list(elements.values())
        for net in nets:
            trunk = _connect(net, elements)
            if trunk:
                row.append(trunk)
        if self.rows:
            self.channels.append(nets)
        for name in chosen:
            self.placed[name] = len(self.rows)
            del self.waiting[name]
        self.rows.append(row)

    def _nets(self) -> list[Net]:
        groups: dict[frozenset[str], Net] = {}
        for element in self.rows[-1] if self.rows else ():
            if element.targets:
                groups.setdefault(element.targets, Net([])).upper.append(element)
        return list(groups.values())

    def _chosen(self, nets: list[Net]) -> dict[str, Node]:
        ready = [node for node in self.waiting.values() if all(need in self.placed for need in node.needs)]
        ready.sort(key=lambda node: (*self.rank(node, self.placed), self.level[node.name], self.position[node.name]))
        chosen: dict[str, Node] = {}
        for node in ready:
            chosen[node.name] = node
            if len(chosen) > 1 and self._row_width(chosen, nets) > self.limit:
                del chosen[node.name]
        return chosen

    def _row_width(self, chosen: Mapping[str, Node], nets: list[Net]) -> int:
        trunks = sum(1 for net in nets if net.upper[0].targets - chosen.keys())
        boxes = sum(self.widths[name] + self.gap for name in chosen)
        return boxes + trunks * (1 + self.gap) - self.gap


def _connect(net: Net, elements: Mapping[str, Element]) -> Element | None:
    """Attach the boxes of the next row that the net leads to, and a trunk for the targets further down."""
    targets = net.upper[0].targets
    for name, element in elements.items():
        if name in targets:
            net.lower.append(element)
            element.inlets.append(net)
    beyond = targets - elements.keys()
    if not beyond:
        return None
    trunk = Element(None, frozenset(beyond), 1)
    net.lower.append(trunk)
    trunk.inlets.append(net)
    return trunk
