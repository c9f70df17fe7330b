"""What a compiled pipeline will cost and how near to the limits it comes. Pure: nothing is measured, all is counted.

How the numbers are shown is the CLI's work.
"""

from __future__ import annotations

from collections.abc import Mapping

from bunsui.compiler.cautions import MAX_EVENTS, assumptions, size_warning, warnings
from bunsui.compiler.counting import Count, count
from bunsui.compiler.graph import bits
from bunsui.compiler.machine import MAX_BYTES
from bunsui.compiler.payload import MAX_PAYLOAD, caps, peak
from bunsui.compiler.plan import Plan, make
from bunsui.compiler.tree import Node, Op, Sequence
from bunsui.model.forecast import Forecast, Join, Part
from bunsui.model.machine import CompiledMachine
from bunsui.model.pipeline import Pipeline
from bunsui.model.prices import TABLE_READ, TABLE_WRITE, TRANSITION


def forecast(pipeline: Pipeline, machine: CompiledMachine) -> Forecast:
    size = len(machine.text.encode())
    if pipeline.definition is not None:
        return _of_raw(size)
    plan = make(pipeline)
    counted = count(plan)
    shares = peak(plan, caps(plan))
    loss = None if pipeline.joins else _barrier_loss(plan)
    return Forecast(
        structure=_part(plan, plan.tree) if plan.operations else None,
        joins=tuple(_joins(plan)),
        transitions_min=counted.transitions_min,
        transitions=counted.transitions,
        events=counted.events,
        events_limit=MAX_EVENTS,
        definition_bytes=size,
        definition_limit=MAX_BYTES,
        payload=sum(share.bytes for share in shares),
        payload_limit=MAX_PAYLOAD,
        largest=shares[:5],
        cost=_dollars(counted),
        assumptions=tuple(assumptions(plan, counted)),
        warnings=tuple(warnings(plan, size, counted, shares, loss)),
        barrier_loss=loss,
    )


def recount(pipeline: Pipeline, only: Mapping[str, int | None]) -> tuple[int, float]:
    """Transitions and dollars of an execution in which only these run (fan-outs: so many items; None: not known)."""
    counted = count(make(pipeline), only)
    return counted.transitions, _dollars(counted)


def _dollars(counted: Count) -> float:
    return counted.transitions * TRANSITION + counted.writes * TABLE_WRITE + counted.reads * TABLE_READ


def _of_raw(size: int) -> Forecast:
    return Forecast(
        structure=None,
        joins=(),
        transitions_min=0,
        transitions=0,
        events=0,
        events_limit=MAX_EVENTS,
        definition_bytes=size,
        definition_limit=MAX_BYTES,
        payload=0,
        payload_limit=MAX_PAYLOAD,
        largest=(),
        cost=0.0,
        assumptions=("a state machine of your own: its transitions and events are not predicted",),
        warnings=tuple(size_warning(size)),
    )


def _part(plan: Plan, node: Node) -> Part:
    if isinstance(node, Op):
        return Part("operation", plan.graph.names[node.index])
    if isinstance(node, Sequence):
        return Part("sequence", parts=tuple(_part(plan, part) for part in node.parts))
    return Part("parallel", parts=tuple(_part(plan, branch) for branch in node.branches))


def _joins(plan: Plan) -> list[Join]:
    names = plan.graph.names
    return [
        Join(names[producer], names[consumer])
        for consumer in sorted(plan.awaits)
        for producer in bits(plan.awaits[consumer])
    ]


# barriers


def _barrier_loss(plan: Plan) -> float:
    longest: list[int] = []
    for parents in plan.graph.parents:
        longest.append(1 + max((longest[i] for i in bits(parents)), default=0))
    return round(_length(plan.tree) / max(longest, default=1), 2)


def _length(node: Node) -> int:
    if isinstance(node, Op):
        return 1
    if isinstance(node, Sequence):
        return sum(_length(part) for part in node.parts)
    return max(_length(branch) for branch in node.branches)
