"""What a DAG becomes: operations one after the other, and branches side by side.

How it is found is in `decompose`; joins between branches are in `plan`.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Op:
    """One operation, by its index in the graph."""

    index: int

    @property
    def members(self) -> int:
        return 1 << self.index


@dataclass(frozen=True, slots=True)
class Sequence:
    """Parts that run one after the other. Never directly inside another Sequence."""

    parts: tuple[Node, ...]
    members: int


@dataclass(frozen=True, slots=True)
class Parallel:
    """Branches that start together. Never directly inside another Parallel."""

    branches: tuple[Node, ...]
    members: int


Node = Op | Sequence | Parallel


def sequence(parts: list[Node]) -> Node:
    if len(parts) == 1:
        return parts[0]
    flat = [inner for part in parts for inner in (part.parts if isinstance(part, Sequence) else (part,))]
    return Sequence(tuple(flat), _union(flat))


def parallel(branches: list[Node]) -> Node:
    if len(branches) == 1:
        return branches[0]
    flat = [inner for one in branches for inner in (one.branches if isinstance(one, Parallel) else (one,))]
    return Parallel(tuple(flat), _union(flat))


def _union(nodes: list[Node]) -> int:
    members = 0
    for node in nodes:
        members |= node.members
    return members
