"""What a forecast supposes, and what it warns of, in sentences."""

from __future__ import annotations

from collections.abc import Iterator

from bunsui.compiler.caps import Caps
from bunsui.compiler.counting import ITEMS, Count
from bunsui.compiler.fan_out import MAX_CONCURRENCY, MAX_ITEMS
from bunsui.compiler.machine import MAX_BYTES
from bunsui.compiler.payload import MAX_PAYLOAD, caps, share_of
from bunsui.compiler.plan import Plan
from bunsui.model.forecast import Share
from bunsui.model.pipeline import Operation, PipelineTask

MAX_EVENTS = 25_000
_NEAR = 0.8


def assumptions(plan: Plan, counted: Count) -> Iterator[str]:
    yield "no failure and no retry"
    yield "list price of us-east-1: $25 a million transitions; tasks themselves are not counted"
    if counted.guessed:
        yield f"{ITEMS} items in each fan-out whose list is not known yet: {', '.join(counted.guessed)}"
    if plan.awaits:
        yield "a join waits less than 15 minutes (every 15 minutes more: 5 events and a transition)"
    found = caps(plan)
    if found != Caps():
        yield (
            f"outputs over {found.operation:,} bytes travel by reference (usually {Caps().operation:,}): "
            "many are needed at the same time"
        )
    if any(isinstance(operation.task, PipelineTask) for operation in plan.operations):
        yield "nested pipelines count in transitions and cost; their events are in histories of their own"


def warnings(plan: Plan, size: int, counted: Count, shares: tuple[Share, ...], loss: float | None) -> Iterator[str]:
    yield from size_warning(size)
    yield from _events(counted)
    yield from _payload(shares)
    for operation in plan.operations:
        if operation.for_each is not None and (operation.max_concurrency or 0) > MAX_CONCURRENCY:
            yield (
                f"'{operation.name}' asks for {operation.max_concurrency} items at once; "
                f"an inline fan-out runs {MAX_CONCURRENCY}"
            )
    unbounded = [operation.name for operation in plan.operations if _unstored(operation)]
    if unbounded:
        yield f"outputs of {', '.join(unbounded)} are not stored by reference: AWS's 256 KiB hold for them"
    if loss is not None and loss > 1:
        yield f"joins: off makes a run about {loss:.2f} times as long as its critical path"


def _unstored(operation: Operation) -> bool:
    return not operation.inline and not share_of(operation, Caps()).bounded


def size_warning(size: int) -> Iterator[str]:
    if size > MAX_BYTES * _NEAR:
        yield f"the definition has {size:,} bytes; Step Functions takes {MAX_BYTES:,}"


def _events(counted: Count) -> Iterator[str]:
    if counted.events > MAX_EVENTS * _NEAR:
        yield f"about {counted.events:,} history events; an execution ends at {MAX_EVENTS:,}"
    elif counted.events_full > MAX_EVENTS:
        yield (
            f"with {MAX_ITEMS:,} items in every fan-out about {counted.events_full:,} history events; "
            f"an execution ends at {MAX_EVENTS:,}"
        )


def _payload(shares: tuple[Share, ...]) -> Iterator[str]:
    payload = sum(share.bytes for share in shares)
    if payload > MAX_PAYLOAD:
        yield (
            f"outputs of up to {payload:,} bytes may meet in one state (aim: {MAX_PAYLOAD:,}, the end: 262,144); "
            f"largest: {', '.join(share.operation for share in shares[:5])}"
        )
