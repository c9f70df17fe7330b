"""The order of boxes and trunks within their rows: barycenter sweeps, keeping the arrangement with fewest crossings."""

from __future__ import annotations

from itertools import combinations

from bunsui.graph.layers import Element, Layered, Net

_SWEEPS = 8


def arrange(graph: Layered) -> None:
    """Reorder every row in place."""
    best = [list(row) for row in graph.rows]
    fewest = crossings(graph)
    for sweep in range(_SWEEPS):
        if fewest == 0 and sweep > 1:
            break
        _down(graph) if sweep % 2 == 0 else _up(graph)
        count = crossings(graph)
        if count < fewest:
            fewest, best = count, [list(row) for row in graph.rows]
    for row, order in zip(graph.rows, best, strict=True):
        row[:] = order


def crossings(graph: Layered) -> int:
    """Pairs of lines of different nets that must cross."""
    return sum(
        _net_crossings(nets, _positions(graph.rows[number]), _positions(graph.rows[number + 1]))
        for number, nets in enumerate(graph.channels)
    )


def _net_crossings(nets: list[Net], upper: dict[int, float], lower: dict[int, float]) -> int:
    ways = [
        (upper[id(above)], lower[id(below)], number)
        for number, net in enumerate(nets)
        for above in net.upper
        for below in net.lower
    ]
    return sum(
        1
        for one, other in combinations(ways, 2)
        if one[2] != other[2] and (one[0] - other[0]) * (one[1] - other[1]) < 0
    )


def _positions(row: list[Element]) -> dict[int, float]:
    """Places as shares of the row, so that rows of different length compare."""
    return {id(element): (number + 0.5) / len(row) for number, element in enumerate(row)}


def _down(graph: Layered) -> None:
    for number, nets in enumerate(graph.channels):
        _sort(graph.rows[number + 1], _pulls(nets, _positions(graph.rows[number]), downwards=True))


def _up(graph: Layered) -> None:
    for number in range(len(graph.channels) - 1, -1, -1):
        _sort(graph.rows[number], _pulls(graph.channels[number], _positions(graph.rows[number + 1]), downwards=False))


def _pulls(nets: list[Net], positions: dict[int, float], *, downwards: bool) -> dict[int, list[float]]:
    """For each element of the row to be sorted, the places of its neighbours."""
    pulls: dict[int, list[float]] = {}
    for net in nets:
        fixed, moving = (net.upper, net.lower) if downwards else (net.lower, net.upper)
        places = [positions[id(element)] for element in fixed]
        for element in moving:
            pulls.setdefault(id(element), []).extend(places)
    return pulls


def _sort(row: list[Element], pulls: dict[int, list[float]]) -> None:
    """By the mean of their neighbours; elements without any stay about where they are."""
    own = _positions(row)
    row.sort(key=lambda element: _mean(pulls.get(id(element)) or [own[id(element)]]))


def _mean(values: list[float]) -> float:
    return sum(values) / len(values)
