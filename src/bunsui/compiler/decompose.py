"""From a DAG to a tree of sequences and branches: series-parallel where the DAG is, else cut where fewest edges cross.

Every cut puts a downset first, so one linear order satisfies all edges, native and joined: nothing can deadlock.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from math import log2

from bunsui.compiler.graph import Graph, bits
from bunsui.compiler.tree import Node, Op, Sequence, parallel, sequence

_SAMPLE = 64  # operations of a large piece that are tried as a cut
_LARGE = 100  # operations in such a piece


def decompose(graph: Graph, *, joins: bool = True) -> Node:
    """Without `joins` an N becomes a barrier: the tree alone then keeps every edge, and waits for more than it must."""
    if not graph.names:
        return Sequence((), 0)
    cutter = _Cutter(graph)
    return cutter.with_joins(graph.all) if joins else cutter.with_barriers(graph.all)


class _Cutter:
    def __init__(self, graph: Graph) -> None:
        self.graph = graph

    def with_joins(self, members: int) -> Node:
        """Iterative over cuts into branches, so that only sequences deepen the stack."""
        branches: list[Node] = []
        open_pieces = [members]
        while open_pieces:
            piece = open_pieces.pop()
            components = self._components(piece)
            if len(components) > 1:
                open_pieces.extend(reversed(components))
                continue
            if (series := self._series(piece, self.with_joins)) is not None:
                branches.append(series)
                continue
            first = self._downset(piece)
            open_pieces += [piece & ~first, first]
        return parallel(branches)

    def with_barriers(self, members: int) -> Node:
        components = self._components(members)
        if len(components) > 1:
            return parallel([self.with_barriers(component) for component in components])
        if (series := self._series(members, self.with_barriers)) is not None:
            return series
        first = self._downset(members)
        return sequence([self.with_barriers(first), self.with_barriers(members & ~first)])

    def _series(self, members: int, cut: Callable[[int], Node]) -> Node | None:
        if members & (members - 1) == 0:
            return Op(members.bit_length() - 1)
        parts = self._parts(members)
        return sequence([cut(part) for part in parts]) if len(parts) > 1 else None

    def _components(self, members: int) -> list[int]:
        graph, found = self.graph, []
        while members:
            component = frontier = members & -members
            while frontier:
                touched = 0
                for i in bits(frontier):
                    touched |= graph.parents[i] | graph.children[i]
                frontier = touched & members & ~component
                component |= frontier
            found.append(component)
            members &= ~component
        return found

    def _parts(self, members: int) -> list[int]:
        """Cut after every prefix that all later operations have completely among their ancestors."""
        ancestors = self.graph.ancestors
        order = sorted(bits(members), key=lambda i: (ancestors[i] & members).bit_count())
        shared = [members] * (len(order) + 1)  # shared[k]: ancestors of all from the k-th on
        for k in range(len(order) - 1, -1, -1):
            shared[k] = shared[k + 1] & ancestors[order[k]]
        parts, prefix, part = [], 0, 0
        for k, i in enumerate(order):
            prefix |= 1 << i
            part |= 1 << i
            if prefix & ~shared[k + 1] == 0:
                parts.append(part)
                part = 0
        return parts

    def _downset(self, members: int) -> int:
        """The part that goes first: few operations of the rest should wait for it, and the sides be alike in size."""
        best, best_score = 0, float("inf")
        for first, waiting in self._candidates(members):
            rest = members & ~first
            if not first or not rest:
                continue
            sides = log2(1 + min(first.bit_count(), rest.bit_count()))
            if waiting.bit_count() >= best_score * sides:
                continue
            score = (waiting.bit_count() + 0.5 * self._wholly(waiting, rest, members)) / sides
            if score < best_score:
                best, best_score = first, score
        return best

    def _candidates(self, members: int) -> Iterator[tuple[int, int]]:
        """What can go first (an operation with all before it, or all but an operation and what follows), and who of
        the rest has a parent there."""
        graph, order = self.graph, list(bits(members))
        below, above = self._edges_out(order, members), self._edges_in(order, members)
        step = -(-len(order) // _SAMPLE) if len(order) > _LARGE else 1
        for i in order[::step]:
            first = graph.ancestors[i] & members | 1 << i
            yield first, below[i] & ~first
            rest = graph.descendants[i] & members | 1 << i
            waiting = 0
            for producer in bits(above[i] & ~rest):
                waiting |= graph.children[producer]
            yield members & ~rest, waiting & rest

    def _edges_out(self, order: list[int], members: int) -> dict[int, int]:
        """For each operation: children of itself and of all before it."""
        graph, found = self.graph, dict[int, int]()
        for i in order:
            reached = graph.children[i] & members
            for parent in bits(graph.parents[i] & members):
                reached |= found[parent]
            found[i] = reached
        return found

    def _edges_in(self, order: list[int], members: int) -> dict[int, int]:
        """For each operation: parents of itself and of all after it."""
        graph, found = self.graph, dict[int, int]()
        for i in reversed(order):
            reached = graph.parents[i] & members
            for child in bits(graph.children[i] & members):
                reached |= found[child]
            found[i] = reached
        return found

    def _wholly(self, waiting: int, rest: int, members: int) -> int:
        """How many wait for nothing in their own part."""
        parents = self.graph.parents
        return sum(1 for i in bits(waiting) if parents[i] & members & rest == 0)
