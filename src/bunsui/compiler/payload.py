"""How large outputs may get together: which of them are in one state's input, and what bounds each.

What may meet in the input of a state, in a join or in the input of a resume stays below `MAX_PAYLOAD`: where the usual
caps would allow more, they are lowered for the whole pipeline.
"""

from __future__ import annotations

from bunsui.compiler.caps import Caps
from bunsui.compiler.graph import bits
from bunsui.compiler.liveness import Liveness
from bunsui.compiler.plan import Branches, Plan, Region, Segment
from bunsui.model.forecast import Share
from bunsui.model.pipeline import (
    ApprovalTask,
    HttpTask,
    IntegrationTask,
    LambdaTask,
    Operation,
    PipelineTask,
    WaitTask,
)

MAX_PAYLOAD = 200 * 1024  # what is aimed at; Step Functions ends an execution at 256 KiB
_INLINE = 128 * 1024  # of a field that `inline` names
_UNBOUNDED = 32 * 1024  # what is reckoned with where only Step Functions bounds an output
_ROUNDS = 8  # each may find another place to be the fullest


def caps(plan: Plan) -> Caps:
    """The largest caps, up to the usual ones, that keep what may meet below MAX_PAYLOAD."""
    found = Caps()
    for _ in range(_ROUNDS):
        shares = peak(plan, found)
        total = sum(share.bytes for share in shares)
        if total <= MAX_PAYLOAD:
            break
        bounded = sum(share.bytes for share in shares if share.bounded)
        lower = found.scaled(max(0, MAX_PAYLOAD - total + bounded) / max(1, bounded))
        if lower == found:
            break
        found = lower
    return found


def share_of(operation: Operation, caps: Caps) -> Share:
    """The most that its output may take by value."""
    usual = caps.operation + _INLINE * len(operation.inline)
    match operation.task:
        case WaitTask():
            bytes_, bounded = 2, True
        case ApprovalTask():
            bytes_, bounded = 1024, True
        case HttpTask() | IntegrationTask():
            bytes_, bounded = _UNBOUNDED, False
        case LambdaTask(function=str()):
            bytes_, bounded = _UNBOUNDED, False
        case PipelineTask():
            bytes_, bounded = _UNBOUNDED, False
        case _:
            bytes_, bounded = usual, not operation.inline
    if operation.for_each is not None:
        bytes_ = caps.fan_out
    return Share(operation.name, bytes_, bounded)


def peak(plan: Plan, caps: Caps) -> tuple[Share, ...]:
    """The outputs that are together where they are largest: in one state, or in what a resume begins with."""
    shares = [share_of(operation, caps) for operation in plan.operations]
    best: list[Share] = []
    for whole in [*_bags(plan, plan.root, 0, plan.output_reads), _resumed(plan, shares)]:
        found = [shares[i] for i in bits(whole)]
        if sum(share.bytes for share in found) > sum(share.bytes for share in best):
            best = found
    return tuple(sorted(best, key=lambda share: (-share.bytes, share.operation)))


def _resumed(plan: Plan, shares: list[Share]) -> int:
    """At least as much as any resume begins with: outputs of the done set that what is not done still reads.

    When all readers of one output are done before another output exists, the two never meet. Such outputs are strung
    into chains, of each of which the largest counts.
    """
    readers = [0] * len(shares)
    for i, read in enumerate(plan.reads):
        for producer in bits(read):
            readers[producer] |= 1 << i
    chains: list[list[int]] = []
    for i in range(len(shares)):
        if not readers[i] and not plan.output_reads >> i & 1:
            continue
        over = plan.graph.ancestors[i] | 1 << i
        chain = next((c for c in chains if not readers[c[-1]] & ~over and not plan.output_reads >> c[-1] & 1), None)
        if chain is None:
            chains.append([i])
        else:
            chain.append(i)
    found = 0
    for chain in chains:
        found |= 1 << max(chain, key=lambda i: shares[i].bytes)
    return found


def _bags(plan: Plan, region: Region, whole: int, later: int) -> list[int]:
    """Which records carry an output in the bag of each operation, and of each end of branches."""
    live = Liveness(plan)
    found: list[int] = []
    rest = live.reads_after(region, later)
    for step, after in zip(region.steps, rest, strict=True):
        if isinstance(step, Branches):
            for branch in step.regions:
                found += _bags(plan, branch, whole, after)
            found.append(whole | step.members & after)
        else:
            found += _in_segment(plan, step, whole | live.joined(step) & plan.mailed, after)
        whole = live.after(step, whole, after)
    return found


def _in_segment(plan: Plan, segment: Segment, whole: int, later: int) -> list[int]:
    found = []
    for k, i in enumerate(segment.operations):
        whole |= 1 << i
        found.append(whole)
        still = later
        for following in segment.operations[k + 1 :]:
            still |= plan.reads[following]
        whole = whole & still | 1 << i
    return found
