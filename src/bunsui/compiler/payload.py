"""How large outputs may get together: which of them are in one state's input, and what bounds each.

The caps themselves are applied by the task runtime, which is told them in `context`.
"""

from __future__ import annotations

from bunsui.compiler.context import CAP, FAN_OUT_CAP
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


def share_of(operation: Operation) -> Share:
    """The most that its output may take by value."""
    match operation.task:
        case WaitTask():
            bytes_, bounded = 2, True
        case ApprovalTask():
            bytes_, bounded = 1024, True
        case HttpTask() | IntegrationTask():
            bytes_, bounded = CAP, False
        case LambdaTask(function=str()):
            bytes_, bounded = CAP, False
        case PipelineTask():
            bytes_, bounded = CAP, False
        case _:
            bytes_, bounded = CAP, True
    if operation.for_each is not None:
        bytes_ = FAN_OUT_CAP
    return Share(operation.name, bytes_, bounded)


def peak(plan: Plan) -> tuple[Share, ...]:
    """The outputs that are together where they are largest."""
    shares = [share_of(operation) for operation in plan.operations]
    best: list[Share] = []
    for whole in _bags(plan, plan.root, 0, plan.output_reads):
        found = [shares[i] for i in bits(whole)]
        if sum(share.bytes for share in found) > sum(share.bytes for share in best):
            best = found
    return tuple(sorted(best, key=lambda share: (-share.bytes, share.operation)))


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
