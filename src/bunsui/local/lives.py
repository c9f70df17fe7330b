"""The executions in the engine's memory: found by id, ARN, launch and token, and brought back from the journal.

What happens to them is in `engine`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from bunsui.asl.effects import CallTask
from bunsui.asl.machine import Machine, parse
from bunsui.asl.state import State, fold, outstanding
from bunsui.errors import NotFound
from bunsui.local.integrations.call import Call
from bunsui.local.journal import ExecutionRow, Journal
from bunsui.local.machines import Deployed, deployed_from_json


@dataclass(slots=True)
class Live:
    """An execution. Changed only by the engine's thread, and thrown away when a commit fails."""

    row: ExecutionRow
    deployed: Deployed
    machine: Machine
    state: State | None = None  # None until its first input
    seq: int = 0  # of its newest journal row
    snapshot: int = 0  # seq of its newest snapshot
    calls: dict[str, CallTask] = field(default_factory=dict)  # what it waits for
    accepted: set[str] = field(default_factory=set)  # tasks whose answer comes later
    beats: dict[str, float] = field(default_factory=dict)  # task -> when its last heartbeat was taken

    def call(self, task: CallTask) -> Call:
        return Call(task, self.launch_id(task.task), self.row.name, self.row.input, self.deployed)

    def launch_id(self, task: str) -> str:
        return f"{self.row.label}/{task}"


class Lives:
    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._by_id: dict[int, Live] = {}
        self._by_arn: dict[str, Live] = {}
        self._by_label: dict[str, Live] = {}
        self._tokens: dict[str, tuple[Live, str]] = {}
        self._machines: dict[str, tuple[Deployed, Machine]] = {}
        self._next = 1

    def __len__(self) -> int:
        return len(self._by_id)

    def __iter__(self) -> Iterator[Live]:
        return iter(list(self._by_id.values()))

    def recover(self) -> None:
        """Everything again as the journal has it."""
        self._by_id.clear()
        self._by_arn.clear()
        self._by_label.clear()
        self._tokens.clear()
        self._machines.clear()  # a deployment may not have been committed
        self._next = self._journal.next_execution()
        for row in self._journal.open_executions():
            self.load(row)

    def load(self, row: ExecutionRow) -> Live:
        """Fold an execution's rows onto its snapshot. Nothing is evaluated."""
        live = self.add(row)
        found = self._journal.snapshot_of(row.id)
        state = State.from_json(found[1]) if found else None
        live.seq = live.snapshot = found[0] if found else 0
        for seq, delta in self._journal.deltas(row.id, live.seq):
            state, live.seq = fold(state, delta), seq
        live.state = state
        for call in outstanding(state) if state else ():
            self.waits(live, call)
        if any(call.resource.endswith((".waitForTaskToken", ".sync:2")) for call in live.calls.values()):
            live.accepted |= self._journal.submitted(row.id)
        return live

    def add(self, row: ExecutionRow) -> Live:
        deployed, machine = self.machine(row.machine)
        live = Live(row, deployed, machine)
        self._by_id[row.id] = self._by_arn[row.arn] = self._by_label[row.label] = live
        return live

    def drop(self, live: Live) -> None:
        for task in list(live.calls):
            self.forget(live, task)
        del self._by_id[live.row.id], self._by_arn[live.row.arn], self._by_label[live.row.label]

    def waits(self, live: Live, call: CallTask) -> None:
        live.calls[call.task] = call
        if call.token:
            self._tokens[call.token] = (live, call.task)

    def forget(self, live: Live, task: str) -> CallTask | None:
        """Nobody waits for this task any more."""
        call = live.calls.pop(task, None)
        live.beats.pop(task, None)
        live.accepted.discard(task)
        if call and call.token:
            self._tokens.pop(call.token, None)
        return call

    def by_id(self, id: int) -> Live | None:
        return self._by_id.get(id)

    def by_arn(self, arn: str) -> Live | None:
        return self._by_arn.get(arn)

    def by_token(self, token: str) -> tuple[Live, str] | None:
        return self._tokens.get(token)

    def by_launch(self, id: str) -> tuple[Live, str] | None:
        """The execution and the task of a launch, if it is still waited for."""
        label, _, task = id.partition("/")
        live = self._by_label.get(label)
        return (live, task) if live and task in live.calls else None

    def next_id(self) -> int:
        self._next += 1
        return self._next - 1

    def remember(self, deployed: Deployed, machine: Machine) -> None:
        """It was parsed already: a large one takes a while."""
        self._machines[deployed.arn] = (deployed, machine)

    def machine(self, arn: str) -> tuple[Deployed, Machine]:
        if arn not in self._machines:
            body = self._journal.machine(arn)
            if body is None:
                raise NotFound(f"there is no state machine {arn}")
            deployed = deployed_from_json(body)
            self.remember(deployed, parse(deployed.definition, limits=deployed.limits))
        return self._machines[arn]
