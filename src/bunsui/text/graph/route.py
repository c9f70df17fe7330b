"""Lines between two rows: on which column each leaves and arrives, and on which track it runs sideways.

Two nets never share a stretch of a line; where they cross, the vertical one is drawn through.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from bunsui.graph.layers import Element, Net


@dataclass(slots=True, eq=False)
class Wire:
    """Lines of one net: columns at its top and bottom, and the track (from 0 at the top; None: straight down)."""

    net: int
    tops: set[int]
    bottoms: set[int]
    track: int | None = None
    after: list[Wire] = field(default_factory=list)  # the lower half of a split net
    joint: int | None = None  # the column on which a half meets the other

    @property
    def pins(self) -> set[int]:
        return self.tops | self.bottoms | ({self.joint} if self.joint is not None else set())

    @property
    def left(self) -> int:
        return min(self.pins)

    @property
    def right(self) -> int:
        return max(self.pins)

    @property
    def straight(self) -> bool:
        return len(self.pins) == 1


@dataclass(frozen=True, slots=True)
class Channel:
    """The wires between two rows, and how many lines of text they take."""

    wires: list[Wire]
    height: int


def route(nets: list[Net]) -> Channel:
    """Choose pins, then tracks."""
    wires = _pinned(nets)
    tracks = _assign(wires)
    return Channel(tracks, max([1, *(wire.track + 1 for wire in tracks if wire.track is not None)]))


# Pins


def _pinned(nets: list[Net]) -> list[Wire]:
    inlets = _inlets(nets)
    outlets = {id(element): _outlet(element, net, inlets) for net in nets for element in net.upper}
    for net in nets:
        _straighten(net, outlets, inlets)
    return [
        Wire(
            number,
            {outlets[id(element)] for element in net.upper},
            {inlets[id(element), id(net)] for element in net.lower},
        )
        for number, net in enumerate(nets)
    ]


def _inlets(nets: list[Net]) -> dict[tuple[int, int], int]:
    """Columns at which nets arrive: in the order that they come from, spread over the box or straight below a trunk."""
    found: dict[tuple[int, int], int] = {}
    lower = {id(element): element for net in nets for element in net.lower}
    for element in lower.values():
        arriving = sorted(element.inlets, key=_origin)
        for net, column in zip(arriving, _spread(element, [_trunk_above(net) for net in arriving]), strict=True):
            found[id(element), id(net)] = column
    return found


def _trunk_above(net: Net) -> int | None:
    return net.upper[0].x if len(net.upper) == 1 and net.upper[0].node is None else None


def _spread(element: Element, wanted: list[int | None]) -> list[int]:
    """A column for each arriving net, two apart, as wanted where the box reaches that far."""
    if element.node is None:
        return [element.x]
    count, columns = len(wanted), []
    for number, want in enumerate(wanted):
        share = element.x + (element.width - 1) * (number + 1) // (count + 1)
        columns.append(want if want is not None and _inside(element, want) else share)
    last = element.x + element.width - 2
    for number in range(1, count):
        columns[number] = max(columns[number], columns[number - 1] + 2)
    for number in range(count - 1, -1, -1):
        columns[number] = min(columns[number], last - 2 * (count - 1 - number))
    return columns


def _origin(net: Net) -> float:
    return sum(element.centre for element in net.upper) / len(net.upper)


def _outlet(element: Element, net: Net, inlets: dict[tuple[int, int], int]) -> int:
    """Straight above a target if the box reaches that far, as near to its middle as can be."""
    middle = element.x + (element.width - 1) // 2
    if len(net.upper) > 1:
        return middle
    if len(net.lower) == 1:
        wanted = [_wanted_column(net.lower[0], middle, inlets[id(net.lower[0]), id(net)])]
    else:
        wanted = [inlets[id(below), id(net)] for below in net.lower]
    reachable = [column for column in wanted if _inside(element, column)]
    return min(reachable, key=lambda column: abs(column - middle), default=middle)


def _wanted_column(below: Element, middle: int, inlet: int) -> int:
    """Where a line from above `middle` best arrives: a box with one inlet takes it anywhere."""
    if below.node is None or len(below.inlets) > 1:
        return inlet
    return min(max(middle, below.x + 1), below.x + below.width - 2)


def _straighten(net: Net, outlets: dict[int, int], inlets: dict[tuple[int, int], int]) -> None:
    """A line to a box that has no other comes straight down, if the box is wide enough."""
    columns = [outlets[id(element)] for element in net.upper]
    for below in net.lower:
        fitting = [column for column in columns if _inside(below, column)]
        if len(below.inlets) == 1 and fitting:
            inlets[id(below), id(net)] = min(fitting, key=lambda column: abs(column - below.centre))


def _inside(element: Element, column: int) -> bool:
    """Whether a line can touch the element there: not on a corner of a box."""
    if element.node is None:
        return column == element.x
    return element.x < column < element.x + element.width - 1


# Tracks


def _assign(wires: list[Wire]) -> list[Wire]:
    """Order the wires from top to bottom, then push each as far up as the ones before it allow."""
    pins = set().union(*(wire.pins for wire in wires))
    ordered = _ordered([wire for wire in wires if not wire.straight], pins)
    for number, wire in enumerate(ordered):
        blockers = [other.track for other in ordered[:number] if other.track is not None and _above(other, wire)]
        wire.track = max(blockers, default=-1) + 1
    return [*ordered, *(wire for wire in wires if wire.straight)]


def _above(other: Wire, wire: Wire) -> bool:
    """Whether `other`, which comes first, must stay above: they would touch, or it was made to."""
    return (other.left - 1 <= wire.right and wire.left - 1 <= other.right) or wire in other.after


def _ordered(wires: list[Wire], pins: set[int]) -> list[Wire]:
    rest, ordered = list(wires), []
    while rest:
        free = [wire for wire in rest if not any(_must_precede(other, wire) for other in rest if other is not wire)]
        if not free:
            rest.append(_split(rest, pins))
            continue
        chosen = min(free, key=lambda wire: (_cost(wire, rest), wire.left, wire.net))
        rest.remove(chosen)
        ordered.append(chosen)
    return ordered


def _must_precede(first: Wire, second: Wire) -> bool:
    """`first` leaves downwards on a column where `second` goes on to its target: it has to turn off above."""
    return (bool(first.tops & second.bottoms) and first.net != second.net) or second in first.after


def _cost(wire: Wire, rest: list[Wire]) -> int:
    """Crossings if `wire` runs above all the others, less those if it ran below."""
    return sum(_crossings(wire, other) - _crossings(other, wire) for other in rest if other is not wire)


def _crossings(above: Wire, below: Wire) -> int:
    down = sum(1 for column in above.bottoms if below.left < column < below.right)
    return down + sum(1 for column in below.tops if above.left < column < above.right)


def _split(rest: list[Wire], pins: set[int]) -> Wire:
    """The wires wait in a circle: cut one in two, joined on a column that nobody uses. Returns its lower half."""
    wire = next(wire for wire in rest if wire.joint is None)
    column = _free_column(pins, (wire.left + wire.right) // 2)
    pins.add(column)
    lower = Wire(wire.net, set(), wire.bottoms, joint=column)
    wire.bottoms, wire.after, wire.joint = set(), [lower], column
    return lower


def _free_column(used: set[int], near: int) -> int:
    distance = 0
    while True:
        for column in (near + distance, near - distance):
            if column >= 0 and column not in used:
                return column
        distance += 1
