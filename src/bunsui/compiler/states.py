"""From the plan to states: segments behind their gates, branches side by side, each record written on every path.

States are named for their operation (``extract``, ``extract.gate``); bookkeeping begins with a capital letter.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from bunsui.compiler import mailbox, records
from bunsui.compiler.caps import Caps
from bunsui.compiler.fan_out import ERROR, FanOut, limits
from bunsui.compiler.front import Scope, braced
from bunsui.compiler.front import field as field_of
from bunsui.compiler.gates import Doors, Gate
from bunsui.compiler.liveness import Liveness, last_operations
from bunsui.compiler.payload import caps
from bunsui.compiler.plan import Branches, Plan, Region, Segment
from bunsui.compiler.records import Ending, Target, output
from bunsui.compiler.retries import retries
from bunsui.compiler.tasks import Compile, Work, work
from bunsui.model.json import Json
from bunsui.model.machine import Resource
from bunsui.model.pipeline import OnFailure, Operation

States = dict[str, Json]


@dataclass(slots=True)
class Writer:
    """Writes the states of a machine. `whole` says which records in the bag carry their output where a step begins."""

    plan: Plan
    compile_child: Compile
    resources: dict[str, Resource] = field(default_factory=dict)
    cause_limit: int = 0
    known: frozenset[str] = frozenset()
    caps: Caps = field(init=False)
    live: Liveness = field(init=False)
    _works: dict[str, Work] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.known = frozenset(self.plan.graph.names)
        self.caps = caps(self.plan)
        self.live = Liveness(self.plan)
        self.cause_limit = min(1000, records.CAUSE_BUDGET // max(1, len(self.known)))

    def work(self, operation: Operation) -> Work:
        if operation.name not in self._works:
            scope = Scope(self.known, operation.for_each is not None, self.caps, self.plan.fields)
            self._works[operation.name] = work(operation, scope, self.compile_child)
        return self._works[operation.name]

    @property
    def fail_fast(self) -> bool:
        return self.plan.pipeline.on_failure is OnFailure.FAIL_FAST

    def region(self, region: Region, whole: int, later: int, exit: Target) -> States:
        """States of a branch or of the machine. `later`: whose outputs are read after its end."""
        found: States = {}
        rest = self.live.reads_after(region, later)
        for k, step in enumerate(region.steps):
            last = k == len(region.steps) - 1
            target = exit if last else Target(self.entry(region.steps[k + 1]))
            if isinstance(step, Segment):
                found |= _SegmentStates(self, step, whole, rest[k], target).states()
            else:
                found[step.name] = self._parallel(step, whole, rest[k], target)
            whole = self.live.after(step, whole, rest[k])
        return found

    def entry(self, step: Segment | Branches) -> str:
        return step.name if isinstance(step, Branches) else f"{self.name(step.operations[0])}.gate"

    def name(self, index: int) -> str:
        return self.plan.graph.names[index]

    def names(self, members: int) -> list[str]:
        return self.plan.graph.names_of(members)

    def _parallel(self, step: Branches, whole: int, later: int, target: Target) -> States:
        branches: list[Json] = []
        for region in step.regions:
            kept = region.members | region.imports
            ending = Ending(tuple(self.names(kept)), frozenset(self.names(kept & later)))
            states = self.region(region, whole, later, Target(ending=ending))
            branches.append({"StartAt": self.entry(region.steps[0]), "States": states})
        dead = self.names((whole | last_operations(step)) & ~later)
        merged = "$merge($append([$states.input],$states.result))"
        return {
            "Type": "Parallel",
            "Branches": branches,
            "Output": output(target, dead=dead, bag=merged),
            **target.flow(),
        }


@dataclass(slots=True)
class _SegmentStates:
    writer: Writer
    segment: Segment
    whole: int  # records that carry their output when the gate is reached
    later: int  # whose outputs are read after the segment
    target: Target
    gate: Gate = field(init=False)
    names: list[str] = field(init=False)
    dead: list[int] = field(init=False)

    def __post_init__(self) -> None:
        self.gate = Gate(self.writer.plan, self.segment)
        self.names = [self.writer.name(i) for i in self.segment.operations]
        self.whole |= self.writer.live.joined(self.segment) & self.writer.plan.mailed
        self.dead = self._dying()
        if (ending := self.target.ending) is not None:  # its own states must show its own output
            self.target = Target(ending=Ending(ending.kept, ending.whole | {self.last}))

    @property
    def last(self) -> str:
        return self.names[-1]

    @property
    def publishes(self) -> bool:
        return self.segment.operations[-1] in self.writer.plan.consumers

    @property
    def done(self) -> Target:
        """Where the segment's last record is handed on."""
        return Target(f"{self.last}.publish") if self.publishes else self.target

    @property
    def failed(self) -> str:
        """Where a failure of the last task goes. A branch must end in a state that can end it."""
        return self.done.state or self._ender

    @property
    def past(self) -> str:
        """Where a resume goes on when all is done. Nobody waits for such a record: every bag has it from the start."""
        return self.target.state or self._ender

    @property
    def _ender(self) -> str:
        return ("" if self.publishes else self._marking) or f"{self.last}.past"

    @property
    def _marking(self) -> str:
        """The last state that gives the segment's last operation a status without running it; "" if there is none."""
        if len(self.names) > 1:
            return self._follow(len(self.names) - 1)
        return f"{self.last}.upstream" if self.gate.upstream_by_gate else ""

    def _follow(self, k: int) -> str:
        """The state that marks the k-th operation when the one before it came to nothing; "" if it cannot."""
        if k >= len(self.names):
            return ""
        earlier = sum(1 << i for i in self.segment.operations[:k])
        possible = self.gate.may_skip or self.writer.plan.may_fail & earlier
        return f"{self.names[k]}.follow" if possible else ""

    def states(self) -> States:
        head, gate = self.names[0], f"{self.names[0]}.gate"
        doors = Doors(
            entries=tuple(self._entry(i) for i in self.segment.operations),
            wait=f"{head}.await",
            past=self.past,
            skip=f"{head}.skip",
            upstream=f"{head}.upstream",
        )
        found: States = {gate: self.gate.state(doors)}
        if producers := self.writer.live.joined(self.segment):
            found |= mailbox.waiting(head, self.writer.names(producers), gate)
        for k, index in enumerate(self.segment.operations):
            found |= self._operation(k, index)
        found |= self._markings(doors)
        if self.past == f"{self.last}.past":
            found[self.past] = {"Type": "Pass", "Output": output(self.target), "End": True}
        if self.publishes:
            found |= self._publishing()
        return found

    def _markings(self, doors: Doors) -> States:
        """Each operation's record is written in a state of its own, so that the history tells whose it is."""
        found: States = {}
        if self.gate.may_skip:
            found[doors.skip] = self._mark(0, "'skipped'")
        if self.gate.upstream_by_gate:
            found[doors.upstream] = self._mark(0, "'upstream_failed'")
        for k in range(1, len(self.names)):
            if follow := self._follow(k):
                found[follow] = self._mark(k, self._status_after(k))
        return found

    def _status_after(self, k: int) -> str:
        """JSONata: what becomes of an operation that needs one which was skipped or failed."""
        if not self.gate.may_skip:
            return "'upstream_failed'"
        skipped = f"$states.input.{field_of(self.names[k - 1])}.s='skipped'"
        return f"{skipped}?'skipped':'upstream_failed'"

    def _mark(self, k: int, status: str) -> States:
        after = self._follow(k + 1)
        target = Target(after) if after else self.done
        bag = f"$merge([{{'{self.names[k]}':{{'s':{status}}}}},$states.input])"
        return {"Type": "Pass", "Output": output(target, bag=bag), **target.flow()}

    def _entry(self, index: int) -> str:
        operation = self.writer.plan.operations[index]
        has_input = operation.for_each is None and self.writer.work(operation).before is not None
        return f"{operation.name}.input" if has_input else operation.name

    def _publishing(self) -> States:
        index, wake = self.segment.operations[-1], f"{self.last}.wake"
        consumers = self.writer.names(self.writer.plan.consumers[index])
        whole = bool(self.writer.plan.mailed >> index & 1)
        return {
            f"{self.last}.publish": mailbox.publish(self.last, consumers, whole=whole, wake=wake),
            wake: mailbox.wake(self.last, self.target),
        }

    def _operation(self, k: int, index: int) -> States:
        operation = self.writer.plan.operations[index]
        done = self.writer.work(operation)
        self.writer.resources |= done.resources
        target = Target(self._entry(self.segment.operations[k + 1])) if k + 1 < len(self.names) else self.done
        if operation.for_each is not None:
            return self._fan_out(k, index, operation, done, target)
        failing = self._failing(k, index) if done.may_fail else {}
        found: States = {}
        if done.before is not None:
            retry: States = {"Retry": retries(operation)} if operation.retry else {}
            keep = {"Output": braced("$states.input"), "Next": operation.name}
            found[f"{operation.name}.input"] = {**done.before, **retry, **failing, **keep}
        found[operation.name] = {
            **done.fields,
            **limits(operation, done),
            **({"Retry": retries(operation)} if operation.retry and done.may_fail else {}),
            **failing,
            "Output": self._output(k, index, records.ok(done.result), target),
            **target.flow(),
        }
        return found

    def _fan_out(self, k: int, index: int, operation: Operation, done: Work, target: Target) -> States:
        writer = self.writer
        catch = not writer.fail_fast or operation.tolerate is not None
        fan_out = FanOut(operation, Scope(writer.known, caps=writer.caps, fields=writer.plan.fields), done, catch)
        judged = writer.fail_fast and catch
        after = Target(f"{operation.name}.judge") if judged else target
        found: States = {
            operation.name: {
                **fan_out.fields(),
                **self._failing(k, index, tail=True),
                "Output": self._output(k, index, fan_out.record(), after),
                **after.flow(),
            }
        }
        return found | (_judged(operation, target.state or self._ender) if judged else {})

    def _failing(self, k: int, index: int, *, tail: bool = False) -> States:
        """The catch of a task: its record says failed, and what follows it in the segment is marked."""
        if self.writer.fail_fast:
            return {}
        target = Target(self._follow(k + 1) or self.failed)
        record = records.failed(self.writer.cause_limit, tail=tail)
        return {
            "Catch": [
                {
                    "ErrorEquals": ["States.ALL"],
                    "Output": self._output(k, index, record, target),
                    "Next": target.state,
                }
            ]
        }

    def _output(self, k: int, index: int, record: str, target: Target) -> str:
        """Records whose last reader this operation was lose their outputs here."""
        return output(target, {self.writer.name(index): record}, self.writer.names(self.dead[k]))

    def _dying(self) -> list[int]:
        """For each operation: records that carry their output when it begins, and need not after it."""
        plan, operations = self.writer.plan, self.segment.operations
        read_after = [self.later] * len(operations)
        for k in range(len(operations) - 1, 0, -1):
            read_after[k - 1] = read_after[k] | plan.reads[operations[k]]
        dying, carried = [], self.whole
        for index, later in zip(operations, read_after, strict=True):
            dying.append(carried & ~later)
            carried = carried & later | 1 << index
        return dying


def _judged(operation: Operation, after: str) -> States:
    """Under fail_fast too many failed items end the execution, once all items are over."""
    record = f"$states.input.{field_of(operation.name)}"
    return {
        f"{operation.name}.judge": {
            "Type": "Choice",
            "Choices": [{"Condition": braced(f"{record}.s='failed'"), "Next": f"{operation.name}.failed"}],
            "Default": after,
        },
        f"{operation.name}.failed": {"Type": "Fail", "Error": ERROR, "Cause": braced(f"{record}.e.Cause")},
    }
