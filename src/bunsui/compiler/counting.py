"""Counts what a run without failures takes: transitions, history events, reads and writes of mailboxes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from bunsui.compiler.fan_out import MAX_ITEMS
from bunsui.compiler.plan import Branches, Plan, Region, Segment, make
from bunsui.compiler.tasks import has_input_state
from bunsui.model.pipeline import (
    ApprovalTask,
    CommandTask,
    EcsTask,
    IntegrationTask,
    Operation,
    PipelineTask,
    WaitTask,
)

ITEMS = 10  # of a fan-out whose list is only known when it runs

# Events of a state that is passed without a failure.
_PASS = 2  # also Choice, Wait, Succeed
_TASK = 5
_CALLBACK = 6  # also .sync
_GROUP = 4  # Parallel, Map
_ITERATION = 2


@dataclass(slots=True)
class Count:
    """`events_full`: with the most items in every fan-out. `guessed` names fan-outs whose list is not known."""

    transitions_min: int = 0
    transitions: int = 0
    events: int = 0
    events_full: int = 0
    writes: int = 0
    reads: int = 0
    guessed: list[str] = field(default_factory=list)
    only: Mapping[str, int | None] | None = None  # the operations that run, and of fan-outs how many items

    def runs(self, name: str) -> bool:
        return self.only is None or name in self.only

    def add(self, transitions: int, events: int, *, least: int | None = None, full: int | None = None) -> None:
        self.transitions += transitions
        self.transitions_min += transitions if least is None else least
        self.events += events
        self.events_full += events if full is None else full


def count(plan: Plan, only: Mapping[str, int | None] | None = None) -> Count:
    """Of a whole run, or of one in which `only` these operations run: the others are done."""
    found = Count(only=only)
    found.add(1, 2 + _PASS)  # Begin, and the execution's own start and end
    _region(plan, plan.root, found)
    found.add(2 if plan.may_fail else 1, (2 if plan.may_fail else 1) * _PASS)
    return found


def _region(plan: Plan, region: Region, found: Count) -> None:
    for step in region.steps:
        if isinstance(step, Branches):
            found.add(1, _GROUP)
            for branch in step.regions:
                _region(plan, branch, found)
        else:
            _segment(plan, step, found)


def _segment(plan: Plan, segment: Segment, found: Count) -> None:
    found.add(1, _PASS)
    running = [index for index in segment.operations if found.runs(plan.operations[index].name)]
    if awaited := plan.awaits.get(segment.operations[0], 0) if running else 0:
        _joins(awaited.bit_count(), found)
    for index in running:
        _operation(plan.operations[index], found)
    if consumers := plan.consumers.get(segment.operations[-1], 0) if running else 0:
        _mail(consumers.bit_count(), found)


def _joins(producers: int, found: Count) -> None:
    """Await, gather, and the gate again; for many producers about half of them come one by one."""
    rounds = 1 + (producers - 1) // 2
    found.add(3 * rounds, rounds * (_CALLBACK + _TASK + _PASS), least=3)
    found.writes += rounds
    found.reads += producers * rounds


def _mail(consumers: int, found: Count) -> None:
    found.add(2 + consumers, _TASK + _GROUP + consumers * (_ITERATION + _TASK), least=2)
    found.writes += 1


def _operation(operation: Operation, found: Count) -> None:
    transitions, events = _task(operation, found)
    if operation.for_each is None:
        found.add(transitions, events)
        return
    told = (found.only or {}).get(operation.name)
    items = len(operation.for_each) if isinstance(operation.for_each, list | tuple) else ITEMS
    items = items if told is None else told
    known = isinstance(operation.for_each, list | tuple) or told is not None
    each = events + _PASS + _ITERATION
    found.add(
        1 + items * (1 + transitions),
        _GROUP + items * each,
        least=1 + (items * (1 + transitions) if known else 0),
        full=_GROUP + (items if known else MAX_ITEMS) * each,
    )
    if not known:
        found.guessed.append(operation.name)


def _task(operation: Operation, found: Count) -> tuple[int, int]:
    """Transitions and events of its task, once."""
    match operation.task:
        case WaitTask():
            return 1, _PASS
        case CommandTask() | EcsTask():
            extra = 1 if has_input_state(operation) else 0
            return 1 + extra, _CALLBACK + extra * _TASK
        case PipelineTask(child=child) if child is not None and child.definition is None:
            inner = count(make(child))
            found.guessed += [f"{operation.name}.{name}" for name in inner.guessed]
            return 1 + inner.transitions, _CALLBACK
        case ApprovalTask() | PipelineTask():
            return 1, _CALLBACK
        case IntegrationTask(resource=resource) if resource.endswith((".sync", ".sync:2", ".waitForTaskToken")):
            return 1, _CALLBACK
        case _:
            return 1, _TASK
