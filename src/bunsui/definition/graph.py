"""The operations of a file as a graph: who needs whom, who comes before whom, and where a circle is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from bunsui.definition.containers import Section


class Graph(NamedTuple):
    """`needs` holds only names that exist. `ancestors` are bit sets over `order`; empty when there is a circle."""

    operations: Mapping[str, Section]
    needs: Mapping[str, tuple[str, ...]]
    bits: Mapping[str, int]
    ancestors: Mapping[str, int]

    def is_upstream(self, name: str, of: str) -> bool:
        """Also true when a circle makes the question meaningless: the circle is the problem then."""
        return not self.ancestors or bool(self.ancestors[of] & self.bits[name])

    def circles(self) -> Iterator[list[str]]:
        """One way around each knot: ``[a, b, a]`` where a needs b and b needs a. Not those of one operation."""
        if self.ancestors:
            return
        done: set[str] = set()
        for name in self.operations:
            if name not in done:
                circle = _circle(name, self.needs, done)
                if circle:
                    yield circle


def build(operations: Mapping[str, Section]) -> Graph:
    needs = {name: _needs(name, section, operations) for name, section in operations.items()}
    bits = {name: 1 << index for index, name in enumerate(operations)}
    return Graph(operations, needs, bits, _ancestors(needs, bits))


def _needs(name: str, section: Section, operations: Mapping[str, Section]) -> tuple[str, ...]:
    return tuple(need for need in section.good("needs", ()) if need in operations and need != name)


def _ancestors(needs: Mapping[str, tuple[str, ...]], bits: Mapping[str, int]) -> dict[str, int]:
    found: dict[str, int] = {}
    waiting = {name: len(set(required)) for name, required in needs.items()}
    followers: dict[str, list[str]] = {name: [] for name in needs}
    for name, required in needs.items():
        for need in set(required):
            followers[need].append(name)
    ready = [name for name, count in waiting.items() if count == 0]
    while ready:
        name = ready.pop()
        found[name] = 0
        for need in needs[name]:
            found[name] |= found[need] | bits[need]
        for follower in followers[name]:
            waiting[follower] -= 1
            if waiting[follower] == 0:
                ready.append(follower)
    return found if len(found) == len(needs) else {}


def _circle(start: str, needs: Mapping[str, tuple[str, ...]], done: set[str]) -> list[str]:
    """Walk depth first without recursion; everything walked is added to `done`."""
    path: list[str] = [start]
    on_path = {start}
    branches = [iter(needs[start])]
    circle: list[str] = []
    while branches:
        need = next(branches[-1], None)
        if need is None:
            branches.pop()
            left = path.pop()
            on_path.discard(left)
            done.add(left)
        elif need in on_path:
            circle = circle or [*path[path.index(need) :], need]
        elif need not in done:
            path.append(need)
            on_path.add(need)
            branches.append(iter(needs[need]))
    return circle
