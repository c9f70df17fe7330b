"""What is decided before any state is written: which records travel by mailbox, and which operations share a gate.

Works on the tree of `tree`; the states are written in `states`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from bunsui.compiler.decompose import decompose
from bunsui.compiler.front import depths, names_in
from bunsui.compiler.graph import Graph, bits, build
from bunsui.compiler.tree import Node, Op, Parallel, Sequence
from bunsui.errors import InvalidInput
from bunsui.model.pipeline import OnFailure, Operation, Pipeline, RunIf, WaitTask


@dataclass(frozen=True, slots=True)
class Segment:
    """Operations in a row behind one gate: each depends on nothing but the one before."""

    operations: tuple[int, ...]
    members: int


@dataclass(frozen=True, slots=True)
class Branches:
    """A Parallel state. `imports` are the mailbox records that its branches hand on."""

    name: str
    regions: tuple[Region, ...]
    members: int


@dataclass(frozen=True, slots=True)
class Region:
    """A branch, or the whole machine. `imports`: records from other branches that are still needed after its end."""

    steps: tuple[Segment | Branches, ...]
    members: int
    imports: int = 0


@dataclass(frozen=True, slots=True)
class Plan:
    pipeline: Pipeline
    graph: Graph
    operations: tuple[Operation, ...]  # by index
    tree: Node
    root: Region
    reads: tuple[int, ...]  # whose outputs each operation reads
    output_reads: int  # whose outputs the pipeline's outputs read
    awaits: Mapping[int, int]  # consumer -> producers whose records it takes from mailboxes
    consumers: Mapping[int, int]  # producer -> operations that wait at its mailbox
    mailed: int  # producers whose whole record is mailed; of others only the status
    may_fail: int
    may_skip: int
    fields: Mapping[str, int]  # `front.depths`


@dataclass(slots=True)
class _Joins:
    graph: Graph
    needed: tuple[int, ...]
    awaits: dict[int, int] = field(default_factory=dict)
    imports: dict[int, int] = field(default_factory=dict)  # by members of a branch

    def walk(self, node: Node, have: int, later: int) -> int:
        """Records in the bag after `node`, given those before it and what later operations need."""
        match node:
            case Op(index):
                missing = self.needed[index] & ~have
                if missing:
                    self.awaits[index] = missing
                return have | missing | node.members
            case Sequence(parts):
                rest = [later] * (len(parts) + 1)
                for k in range(len(parts) - 1, -1, -1):
                    rest[k] = rest[k + 1] | self._needed(parts[k].members)
                for k, part in enumerate(parts):
                    have = self.walk(part, have, rest[k + 1])
                return have
            case Parallel(branches, members):
                found = have | members
                for branch in branches:
                    after = self.walk(branch, have, later & ~members)
                    self.imports[branch.members] = after & ~have & ~members & later
                    found |= self.imports[branch.members]
                return found

    def _needed(self, members: int) -> int:
        found = 0
        for i in bits(members):
            found |= self.needed[i]
        return found


def make(pipeline: Pipeline) -> Plan:
    """Raises InvalidInput when the operations are no DAG, or ask for what is not there yet."""
    for operation in pipeline.operations.values():
        if operation.mode == "distributed":
            raise InvalidInput(f"operation '{operation.name}' has mode: distributed, which is not built yet")
    graph = build({name: operation.needs for name, operation in pipeline.operations.items()})
    operations = tuple(pipeline.operations[name] for name in graph.names)
    tree = decompose(graph, joins=pipeline.joins)
    reads = tuple(_reads(graph, i, operation) for i, operation in enumerate(operations))
    joins = _Joins(graph, tuple(graph.needs[i] | reads[i] for i in range(len(operations))))
    joins.walk(tree, 0, 0)
    consumers: dict[int, int] = {}
    for consumer, producers in joins.awaits.items():
        for producer in bits(producers):
            consumers[producer] = consumers.get(producer, 0) | 1 << consumer
    may_fail, may_skip = _possible(pipeline, graph, operations)
    cutter = _Segments(graph, operations, joins, consumers, pipeline.on_failure)
    return Plan(
        pipeline=pipeline,
        graph=graph,
        operations=operations,
        tree=tree,
        root=cutter.region(tree),
        reads=reads,
        output_reads=_known(graph, names_in(pipeline.outputs) | pipeline.output_reads),
        awaits=joins.awaits,
        consumers=consumers,
        mailed=_mailed(joins, reads),
        may_fail=may_fail,
        may_skip=may_skip,
        fields=depths(operations),
    )


def _reads(graph: Graph, index: int, operation: Operation) -> int:
    task = operation.task
    texts = [getattr(task, name) for name in task.__dataclass_fields__ if name != "child"]
    names = names_in([operation.arguments, operation.when, operation.for_each, *texts]) | operation.reads
    return _known(graph, names) & graph.ancestors[index]


def _known(graph: Graph, names: frozenset[str]) -> int:
    return graph.set_of(frozenset(name for name in names if name in graph.index))


def _mailed(joins: _Joins, reads: tuple[int, ...]) -> int:
    """A mailed record may be carried on past its consumer, so any reader outside the producer's branch counts."""
    posted = 0
    for producers in joins.awaits.values():
        posted |= producers
    read = 0
    for one in reads:
        read |= one
    return posted & read


def _possible(pipeline: Pipeline, graph: Graph, operations: tuple[Operation, ...]) -> tuple[int, int]:
    """Which operations may end failed (or upstream_failed), and which skipped."""
    may_fail = may_skip = 0
    for i, operation in enumerate(operations):
        rule, needs, one = operation.run_if, graph.needs[i], 1 << i
        strict = rule in (RunIf.ALL_SUCCESS, RunIf.NONE_FAILED)
        own = not isinstance(operation.task, WaitTask) or operation.for_each is not None
        if pipeline.on_failure is OnFailure.CONTINUE and (own or (strict and needs & may_fail)):
            may_fail |= one
        by_rule = rule is RunIf.ONE_FAILED or (rule is RunIf.ALL_SUCCESS and needs & may_skip)
        if operation.when is not None or by_rule:
            may_skip |= one
    return may_fail, may_skip


class _Segments:
    def __init__(
        self,
        graph: Graph,
        operations: tuple[Operation, ...],
        joins: _Joins,
        consumers: Mapping[int, int],
        on_failure: OnFailure,
    ) -> None:
        self.graph, self.operations, self.joins = graph, operations, joins
        self.consumers, self.on_failure = consumers, on_failure
        self.count = 0
        self.implied = self._implied()

    def _implied(self) -> tuple[int, ...]:
        """Operations that must be ok when this one is."""
        found: list[int] = []
        for i, operation in enumerate(self.operations):
            own = self.graph.needs[i] if operation.run_if is RunIf.ALL_SUCCESS else 0
            for need in bits(own):
                own |= found[need]
            found.append(own)
        return tuple(found)

    def region(self, node: Node) -> Region:
        parts = node.parts if isinstance(node, Sequence) else (node,)
        steps: list[Segment | Branches] = []
        for part in parts:
            if isinstance(part, Op):
                self._place(part.index, steps)
            elif isinstance(part, Parallel):
                self.count += 1
                name = f"Parallel{self.count}"
                steps.append(Branches(name, tuple(self.region(one) for one in part.branches), part.members))
        return Region(tuple(steps), node.members, self.joins.imports.get(node.members, 0))

    def _place(self, index: int, steps: list[Segment | Branches]) -> None:
        last = steps[-1] if steps else None
        if isinstance(last, Segment) and self._extends(index, last.operations[-1]):
            steps[-1] = Segment((*last.operations, index), last.members | 1 << index)
        else:
            steps.append(Segment((index,), 1 << index))

    def _extends(self, index: int, before: int) -> bool:
        """Its status follows from the one before alone, which waits for nobody to read it elsewhere."""
        operation, previous = self.operations[index], self.operations[before]
        judged = previous.for_each is not None and self.on_failure is OnFailure.CONTINUE
        return (
            self.graph.parents[index] == 1 << before
            and operation.when is None
            and operation.run_if is RunIf.ALL_SUCCESS
            and index not in self.joins.awaits
            and before not in self.consumers
            and not judged
            and self.graph.needs[index] & ~(self.implied[before] | 1 << before) == 0
        )
