"""The DAG of a pipeline as bitsets: ancestors, descendants and the transitive reduction.

Bit i stands for the i-th operation in topological order. How the DAG is cut into branches is in `decompose`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import reduce
from heapq import heapify, heappop, heappush
from operator import or_

from bunsui.errors import InvalidInput


@dataclass(frozen=True, slots=True)
class Graph:
    """`needs` are the declared edges; `parents` and `children` those of the transitive reduction."""

    names: tuple[str, ...]
    index: Mapping[str, int]
    needs: tuple[int, ...]
    ancestors: tuple[int, ...]
    descendants: tuple[int, ...]
    parents: tuple[int, ...]
    children: tuple[int, ...]

    @property
    def all(self) -> int:
        return (1 << len(self.names)) - 1

    def set_of(self, names: frozenset[str] | tuple[str, ...]) -> int:
        return reduce(or_, (1 << self.index[name] for name in names), 0)

    def names_of(self, members: int) -> list[str]:
        return [self.names[i] for i in bits(members)]


def bits(members: int) -> Iterator[int]:
    """Indexes of the members, smallest first."""
    while members:
        low = members & -members
        yield low.bit_length() - 1
        members ^= low


def build(needs: Mapping[str, tuple[str, ...]]) -> Graph:
    """Raises InvalidInput when there is a cycle, or a need that is no operation."""
    names = _topological(needs)
    index = {name: i for i, name in enumerate(names)}
    direct = tuple(reduce(or_, (1 << index[need] for need in needs[name]), 0) for name in names)
    ancestors = _ancestors(direct)
    parents = tuple(_without_shortcuts(direct[i], ancestors) for i in range(len(names)))
    return Graph(names, index, direct, ancestors, _reverse(ancestors), parents, _reverse(parents))


def _topological(needs: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    """Needs first; otherwise in the order of the file."""
    order = {name: i for i, name in enumerate(needs)}
    _check_names(needs)
    names = list(needs)
    waiting = {name: len(set(needs[name])) for name in needs}
    readers: dict[str, list[str]] = {name: [] for name in needs}
    for name, direct in needs.items():
        for need in dict.fromkeys(direct):
            readers[need].append(name)
    ready = [order[name] for name, count in waiting.items() if not count]
    heapify(ready)
    found: list[str] = []
    while ready:
        name = names[heappop(ready)]
        found.append(name)
        for reader in readers[name]:
            waiting[reader] -= 1
            if not waiting[reader]:
                heappush(ready, order[reader])
    if len(found) < len(names):
        raise InvalidInput(f"operations need each other in a circle: {', '.join(n for n in names if waiting[n])}")
    return tuple(found)


def _check_names(needs: Mapping[str, tuple[str, ...]]) -> None:
    for name, direct in needs.items():
        for need in direct:
            if need not in needs:
                raise InvalidInput(f"operation '{name}' needs '{need}', which does not exist")


def _ancestors(direct: tuple[int, ...]) -> tuple[int, ...]:
    found: list[int] = []
    for edges in direct:
        found.append(reduce(or_, (found[i] for i in bits(edges)), edges))
    return tuple(found)


def _without_shortcuts(edges: int, ancestors: tuple[int, ...]) -> int:
    return edges & ~reduce(or_, (ancestors[i] for i in bits(edges)), 0)


def _reverse(edges: tuple[int, ...]) -> tuple[int, ...]:
    found = [0] * len(edges)
    for i, sources in enumerate(edges):
        for source in bits(sources):
            found[source] |= 1 << i
    return tuple(found)
