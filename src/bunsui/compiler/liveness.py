"""Which outputs are still to be read, and so which records in the bag carry theirs at each step of a region."""

from __future__ import annotations

from dataclasses import dataclass

from bunsui.compiler.graph import bits
from bunsui.compiler.plan import Branches, Plan, Region, Segment, make
from bunsui.model.pipeline import Pipeline


@dataclass(frozen=True, slots=True)
class Liveness:
    plan: Plan

    def reads_after(self, region: Region, later: int) -> list[int]:
        """For each step: whose outputs are read after it. `later`: after the region."""
        rest = [later] * len(region.steps)
        for k in range(len(region.steps) - 1, 0, -1):
            rest[k - 1] = rest[k] | self.read_by(region.steps[k].members)
        return rest

    def read_by(self, members: int) -> int:
        found = 0
        for i in bits(members):
            found |= self.plan.reads[i]
        return found

    def joined(self, segment: Segment) -> int:
        return self.plan.awaits.get(segment.operations[0], 0)

    def after(self, step: Segment | Branches, whole: int, later: int) -> int:
        """Records that carry their output after a step: what is read later, and the last one's own."""
        if isinstance(step, Segment):
            arrived = self.joined(step) | step.members
            return ((whole | arrived & (self.plan.mailed | step.members)) & later) | 1 << step.operations[-1]
        imports = 0
        for region in step.regions:
            imports |= region.imports
        return (whole | step.members | imports & self.plan.mailed) & later


def last_operations(step: Branches) -> int:
    """Operations that end a branch: their own last state has shown their output, read or not."""
    found = 0
    for region in step.regions:
        last = region.steps[-1]
        if isinstance(last, Segment):
            found |= 1 << last.operations[-1]
    return found


def still_read(pipeline: Pipeline, done: frozenset[str]) -> frozenset[str]:
    """Of the operations that are done, those whose outputs a resumed execution of the pipeline can still read."""
    plan = make(pipeline)
    names = plan.graph.names
    found = plan.output_reads
    for i, name in enumerate(names):
        if name not in done:
            found |= plan.reads[i]
    return frozenset(names[i] for i in bits(found)) & done
