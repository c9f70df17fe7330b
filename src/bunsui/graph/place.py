"""Columns: where in its row each box and trunk stands, as near as possible above and below its neighbours."""

from __future__ import annotations

from math import ceil

from bunsui.graph.layers import Element, Layered, Net

_SWEEPS = 12
_STRAIGHT = 4.0  # how much more a trunk wants to be straight than a box wants to be centred


def place(graph: Layered, limit: int, gap: int) -> None:
    """Set every element's `x`, within `limit` columns where the row fits."""
    for row in graph.rows:
        _pack(row, gap)
    for sweep in range(_SWEEPS):
        numbers = range(len(graph.rows))
        last = sweep == _SWEEPS - 1
        for number in numbers if sweep % 2 == 0 or last else reversed(numbers):
            _settle(graph, number, limit, gap, both=sweep >= _SWEEPS // 2, downwards=sweep % 2 == 0)
    _snap(graph, gap)
    _shift_left(graph)


def row_width(row: list[Element], gap: int) -> int:
    return sum(element.width for element in row) + gap * (len(row) - 1)


def _pack(row: list[Element], gap: int) -> None:
    x = 0
    for element in row:
        element.x = x
        x += element.width + gap


def _settle(graph: Layered, number: int, limit: int, gap: int, *, both: bool, downwards: bool) -> None:
    """Move one row towards its neighbours above, below or both, keeping order and gaps."""
    row = graph.rows[number]
    offsets, room = _offsets(row, limit, gap)
    above = graph.channels[number - 1] if number > 0 and (both or downwards) else []
    below = graph.channels[number] if number < len(graph.channels) and (both or not downwards) else []
    wishes = [_wish(element, above, below) for element in row]
    targets = [(want - (element.width - 1) // 2 - offset, weight)
               for (want, weight), element, offset in zip(wishes, row, offsets, strict=True)]  # fmt: skip
    for element, offset, value in zip(row, offsets, _isotonic(targets), strict=True):
        element.x = offset + ceil(min(max(value, 0), room) - 0.501)  # a half goes left, always


def _offsets(row: list[Element], limit: int, gap: int) -> tuple[list[int], int]:
    offsets, x = [], 0
    for element in row:
        offsets.append(x)
        x += element.width + gap
    return offsets, max(0, limit - (x - gap))


def _wish(element: Element, above: list[Net], below: list[Net]) -> tuple[float, float]:
    """The centre that an element would like, and how much."""
    places: list[float] = []
    for net in above:
        if element in net.lower:
            places.append(_mean([other.centre for other in net.upper]))
    for net in below:
        if element in net.upper:
            places.append(_mean([other.centre for other in net.lower]))
    if not places:
        return element.centre, 0.1
    return _mean(places), _STRAIGHT if element.node is None else 1.0


def _isotonic(targets: list[tuple[float, float]]) -> list[float]:
    """The non-decreasing sequence nearest to the targets (weighted least squares, pool adjacent violators)."""
    pools: list[tuple[float, float, int]] = []
    for value, weight in targets:
        count = 1
        while pools and pools[-1][0] > value:
            other, other_weight, other_count = pools.pop()
            value = (value * weight + other * other_weight) / (weight + other_weight)
            weight += other_weight
            count += other_count
        pools.append((value, weight, count))
    return [value for value, _, count in pools for _ in range(count)]


def _snap(graph: Layered, gap: int) -> None:
    """A trunk that goes on as a trunk goes on in the same column, if nothing stands there."""
    for number, nets in enumerate(graph.channels):
        row = graph.rows[number + 1]
        for net in nets:
            above = [element for element in net.upper if element.node is None]
            for element in net.lower:
                if element.node is None and above:
                    _move(element, min(above, key=lambda other: abs(other.x - element.x)).x, row, gap)


def _move(element: Element, x: int, row: list[Element], gap: int) -> None:
    at = row.index(element)
    free_from = row[at - 1].x + row[at - 1].width + gap if at > 0 else 0
    free_to = row[at + 1].x - gap - 1 if at + 1 < len(row) else x
    if free_from <= x <= free_to:
        element.x = x


def _shift_left(graph: Layered) -> None:
    left = min((element.x for row in graph.rows for element in row), default=0)
    for row in graph.rows:
        for element in row:
            element.x -= left


def _mean(values: list[float]) -> float:
    return sum(values) / len(values)
