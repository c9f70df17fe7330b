"""The gate of a segment: one Choice that waits for joins, jumps past what is done, and decides whether to run.

The rules are design §5's. Records it needs are in the bag once its first rule is passed.
"""

from __future__ import annotations

from dataclasses import dataclass

from bunsui.compiler import records
from bunsui.compiler.front import Scope, braced
from bunsui.compiler.plan import Plan, Segment
from bunsui.model.json import Json
from bunsui.model.pipeline import RunIf


@dataclass(frozen=True, slots=True)
class Doors:
    """Where a gate leads. `entries` are the first states of the segment's operations."""

    entries: tuple[str, ...]
    wait: str
    past: str
    skip: str
    upstream: str


Rule = tuple[str, str]  # condition, next state


@dataclass(frozen=True, slots=True)
class Gate:
    plan: Plan
    segment: Segment

    @property
    def head(self) -> int:
        return self.segment.operations[0]

    @property
    def upstream_by_gate(self) -> bool:
        return bool(self._failing_needs) and self._rule in (RunIf.ALL_SUCCESS, RunIf.NONE_FAILED)

    @property
    def may_skip(self) -> bool:
        return bool(self.plan.may_skip >> self.head & 1)

    @property
    def _rule(self) -> RunIf:
        return self.plan.operations[self.head].run_if

    @property
    def _failing_needs(self) -> list[str]:
        return self.plan.graph.names_of(self.plan.graph.needs[self.head] & self.plan.may_fail)

    def state(self, doors: Doors) -> dict[str, Json]:
        rules = [*self._joined(doors), *self._done(doors), *self._trigger(doors)]
        default = doors.entries[0]
        when = self.plan.operations[self.head].when
        if self._never_runs:  # and yet its states must be reachable
            when = "{% false %}"
        if when is not None:
            scope = Scope(frozenset(self.plan.graph.names), fields=self.plan.fields)
            rules.append((scope.inline(when), doors.entries[0]))
            default = doors.skip
        choices: list[Json] = [{"Condition": braced(condition), "Next": target} for condition, target in rules]
        return {"Type": "Choice", "Choices": choices, "Default": default}

    @property
    def _never_runs(self) -> bool:
        """It waits for a failure of nothing."""
        return self._rule is RunIf.ONE_FAILED and not self.plan.graph.needs[self.head]

    def _joined(self, doors: Doors) -> list[Rule]:
        awaited = self.plan.graph.names_of(self.plan.awaits.get(self.head, 0))
        return [(f"$not({records.exists(awaited)})", doors.wait)] if awaited else []

    def _done(self, doors: Doors) -> list[Rule]:
        """On a resume a prefix of the segment is done: the done set is closed under ancestors."""
        names = [self.plan.graph.names[i] for i in self.segment.operations]
        rules = [(records.exists(names[-1:]), doors.past)]
        if len(names) > 1 and self.may_skip:
            rules.append((records.any_status(names[:1], "skipped"), doors.skip))
        rules += [(records.exists(names[k - 1 : k]), doors.entries[k]) for k in range(len(names) - 1, 0, -1)]
        return rules

    def _trigger(self, doors: Doors) -> list[Rule]:
        rules: list[Rule] = []
        if self.upstream_by_gate:
            rules.append((records.any_status(self._failing_needs, "failed", "upstream_failed"), doors.upstream))
        skipping = self.plan.graph.names_of(self.plan.graph.needs[self.head] & self.plan.may_skip)
        if self._rule is RunIf.ALL_SUCCESS and skipping:
            rules.append((records.any_status(skipping, "skipped"), doors.skip))
        if self._rule is RunIf.ONE_FAILED and not self._never_runs:
            needs = self.plan.graph.names_of(self.plan.graph.needs[self.head])
            failed = records.any_status(needs, "failed", "upstream_failed")
            rules.append((f"$not({failed})", doors.skip))
        return rules
