"""The engine: one thread that takes what happened, advances executions, commits once, and only then acts on the world.

How it is elected and hosted is in `host`; the commands it takes are in `commands`; what outlives it is in `journal`.
"""

from __future__ import annotations

import logging
import queue
import secrets
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from heapq import heappop, heappush
from itertools import count

from bunsui.asl.advance import advance, redrivable
from bunsui.asl.effects import CallTask, CancelTask, Effect, Ended, Timer
from bunsui.asl.inputs import (
    Input,
    Started,
    Stopped,
    TaskFailed,
    TaskHeartbeat,
    TaskSubmitted,
    TaskSucceeded,
    TimerFired,
)
from bunsui.asl.state import timers
from bunsui.errors import NotFound
from bunsui.local import names
from bunsui.local.integrations import executions
from bunsui.local.integrations.call import Done, Failed, Parked, Reaction, Run, StartChild, Stores, Wake
from bunsui.local.integrations.table import integration_of
from bunsui.local.journal import ExecutionRow, Journal
from bunsui.local.launch import Beat, Launch, Lost, Outcome, Progress, Report, Saved, TaskSupervisor
from bunsui.local.lives import Live, Lives
from bunsui.local.mailboxes import Mailboxes
from bunsui.local.marks import Marks
from bunsui.model.json import Json
from bunsui.ports import Answer, ObjectStore

_MOST_ROWS = 1000  # a turn commits at the latest then, so that nobody waits long
_SNAPSHOT_EVERY = 200  # rows
_MOST_UNACKNOWLEDGED = 100
log = logging.getLogger("bunsui.engine")


@dataclass(frozen=True, slots=True)
class Told:
    """A listener took the end of this execution."""

    execution: int


@dataclass(frozen=True, slots=True)
class Job:
    """Something to do within a turn. `committed` is called once its work is durable, `failed` if it will not be."""

    work: Callable[[], None]
    committed: Callable[[], None]
    failed: Callable[[Exception], None]


@dataclass(frozen=True, slots=True)
class Nudge:
    """Wake up and look around."""


Arrival = Report | Job | Told | Nudge


class Engine:
    """`put` may be called from any thread; everything else from one."""

    def __init__(
        self,
        journal: Journal,
        supervisor: TaskSupervisor,
        objects: ObjectStore,
        marks: Marks,
        tell: Callable[[int, str, Ended | Progress], None],
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.journal = journal
        self.lives = Lives(journal)
        self.clock = clock
        self._supervisor = supervisor
        self._marks = marks
        self._stores = Stores(Mailboxes(journal), objects, marks.position)
        self._tell = tell
        self._arrivals: queue.SimpleQueue[Arrival] = queue.SimpleQueue()
        self._timers: list[tuple[float, int, int, str]] = []
        self._numbers = count()
        self._calls: deque[tuple[Live, CallTask]] = deque()  # to be made within this or the next turn
        self._rows = 0
        self._wants = _Wants()
        self._durable: list[str] = []  # outcomes that the spool may forget; told when there is nothing better to do

    # Life

    def start(self) -> None:
        """Adopt the supervisor and its tasks, and stand where the journal says."""
        known = self._supervisor.start(self.put)
        self.recover(known)
        for execution, arn in self.journal.untold():
            self._wants.told.append((execution, arn, self.journal.end_of(arn)))
        self._act()

    def recover(self, known: frozenset[str] = frozenset()) -> None:
        """Forget what is not durable. Launching what runs already does nothing, so all of it is launched."""
        self.lives.recover()
        self._timers.clear()
        self._calls.clear()
        self._wants = _Wants()
        for live in self.lives:
            self._arm(live)
            self._call_again(live, known)

    def put(self, arrival: Arrival) -> None:
        self._arrivals.put(arrival)

    @property
    def idle(self) -> bool:
        return not len(self.lives) and not self._calls and self._arrivals.empty()

    @property
    def next_timer(self) -> float | None:
        return self._timers[0][0] if self._timers else None

    def turn(self, wait: float = 0.0) -> bool:
        """Take what arrived within `wait` seconds and what is due; one commit. False if there was nothing."""
        arrived = self._collect(wait)
        if not arrived and not self._calls and not self._due():
            self._marks.flush()
            return False
        try:
            self._work(arrived)
        except Exception as error:
            self._undo(arrived, error)
            raise
        self._act()
        for arrival in arrived:
            if isinstance(arrival, Job):
                arrival.committed()
        return True

    def _work(self, arrived: list[Arrival]) -> None:
        self._rows = 0
        for arrival in arrived:
            self._take(arrival)
        while self._due() and self._rows < _MOST_ROWS:
            _, _, execution, timer = heappop(self._timers)
            if live := self.lives.by_id(execution):
                self.feed(live, TimerFired(self.clock(), timer))
        while self._calls and self._rows < _MOST_ROWS:
            self._make(*self._calls.popleft())
        self.journal.commit()

    def _undo(self, arrived: list[Arrival], error: Exception) -> None:
        """Nothing of this turn is durable: what tasks reported comes again, commands are told."""
        self.journal.rollback()
        for arrival in arrived:
            if isinstance(arrival, Job):
                arrival.failed(error)
            else:
                self._arrivals.put(arrival)

    def _collect(self, wait: float) -> list[Arrival]:
        arrived: list[Arrival] = []
        try:
            if not self._calls and (pause := self._pause(wait)) > 0:
                arrived.append(self._arrivals.get(timeout=pause))
            while len(arrived) < _MOST_ROWS:
                arrived.append(self._arrivals.get_nowait())
        except queue.Empty:
            pass
        return arrived

    def _pause(self, wait: float) -> float:
        moments = [moment for moment in (self.next_timer, self._marks.due) if moment is not None]
        return min([wait, *(moment - self.clock() for moment in moments)])

    def _due(self) -> bool:
        return bool(self._timers) and self._timers[0][0] <= self.clock()

    # What arrives

    def _take(self, arrival: Arrival) -> None:
        match arrival:
            case Outcome():
                self._wants.acknowledged.append(arrival.id)
                self._take_outcome(arrival)
            case Job():
                arrival.work()
            case Beat():
                self._take_beat(arrival)
            case Progress():
                self._marks.progress(arrival)
                self._take_progress(arrival)
            case Saved():
                self._marks.saved(arrival)
            case Lost():
                for live in self.lives:
                    self._call_again(live, frozenset())
            case Told():
                self.journal.begin()
                self.journal.mark_told([arrival.execution])

    def _take_outcome(self, outcome: Outcome) -> None:
        found = self.lives.by_launch(outcome.id)
        if not found:
            return
        live, task = found
        call = live.calls[task]
        if outcome.error is not None:
            self.feed(live, TaskFailed(self.clock(), task, outcome.error, outcome.cause))
        else:
            output = integration_of(call.resource).result(live.call(call), outcome.output)
            self.feed(live, TaskSucceeded(self.clock(), task, output))

    def _take_beat(self, beat: Beat) -> None:
        """Each heartbeat is a journal row: a third of the allowed time is often enough."""
        found = self.lives.by_launch(beat.id)
        if not found:
            return
        live, task = found
        allowed = live.calls[task].heartbeat
        if allowed is not None and self.clock() - live.beats.get(task, 0.0) >= allowed / 3:
            live.beats[task] = self.clock()
            self.feed(live, TaskHeartbeat(self.clock(), task))

    def _take_progress(self, report: Progress) -> None:
        if found := self.lives.by_launch(report.id):
            self._wants.told.append((found[0].row.id, found[0].row.arn, report))

    # Advancing

    def feed(self, live: Live, entry: Input) -> bool:
        """Advance an execution by an input, in this turn's transaction. False if the input no longer mattered."""
        try:
            step = advance(live.machine, live.state, entry)
        except Exception as error:  # a bug of ours must end one execution, not all of them
            log.exception("advancing %s failed", live.row.arn)
            entry = Stopped(self.clock(), "States.Runtime", f"the interpreter failed: {error!r}")
            step = advance(live.machine, live.state, entry)
        if not step.delta and not step.events:
            return False
        live.state, live.seq = step.state, live.seq + 1
        self._rows += 1
        self.journal.begin()
        self.journal.append(live.row.id, live.seq, entry, step.delta, step.events)
        if isinstance(entry, (TaskSucceeded, TaskFailed)):
            self.lives.forget(live, entry.task)
        elif isinstance(entry, TaskSubmitted):
            live.accepted.add(entry.task)
        if live.seq - live.snapshot >= _SNAPSHOT_EVERY:
            live.snapshot = live.seq
            self.journal.snapshot(live.row.id, live.seq, step.state.to_json())
        for effect in step.effects:
            self._effect(live, effect)
        return True

    def begin_execution(self, row: ExecutionRow) -> Live:
        self.journal.begin()
        self.journal.add_execution(row)
        live = self.lives.add(row)
        machine, seed = live.deployed, secrets.token_hex(16)
        self.feed(live, Started(row.started, row.arn, row.name, machine.arn, machine.name, row.input, seed))
        return live

    def new_row(self, machine: str, name: str, given: Json, parent: Live | None = None, task: str = "") -> ExecutionRow:
        """A row for a new execution; `parent` and `task` of a nested one. Raises NotFound without the machine."""
        deployed, _ = self.lives.machine(machine)
        id = self.lives.next_id()
        return ExecutionRow(
            id=id,
            arn=names.execution_arn(deployed.name, name),
            label=self.journal.free_label(name, id),
            name=name,
            machine=machine,
            started=self.clock(),
            input=given,
            parent=parent.row.id if parent else None,
            parent_task=task or None,
        )

    def _effect(self, live: Live, effect: Effect) -> None:
        match effect:
            case CallTask():
                self.lives.waits(live, effect)
                self._calls.append((live, effect))
            case Timer():
                heappush(self._timers, (effect.at, next(self._numbers), live.row.id, effect.timer))
            case CancelTask():
                self._cancel(live, effect.task)
            case Ended():
                self._ended(live, effect)

    def _cancel(self, live: Live, task: str) -> None:
        call = self.lives.forget(live, task)
        if call is None:
            return
        if integration_of(call.resource).launches:
            self._wants.cancelled.append(live.launch_id(task))
        child = self.journal.child_of(live.row.id, task) if call.resource.endswith(".sync:2") else None
        running = self.lives.by_id(child.id) if child else None
        if running:
            self.feed(running, Stopped(self.clock(), "States.TaskFailed", f"stopped with its parent {live.row.name}"))

    def _ended(self, live: Live, end: Ended) -> None:
        now = self.clock()
        if live.state is not None:
            redrives = live.state.redrive_count
            self.journal.end_execution(live.row.id, now, end, redrives, redrivable(live.state))
        self.lives.drop(live)
        row = live.row
        if row.parent is None:
            self._wants.told.append((row.id, row.arn, end))
            return
        parent = self.lives.by_id(row.parent)
        if parent and row.parent_task in parent.calls:
            self.feed(parent, executions.answer(row, now, end))

    # Calling

    def _make(self, live: Live, task: CallTask) -> None:
        integration = integration_of(task.resource)
        if live.calls.get(task.task) is not task or (task.task in live.accepted and not integration.launches):
            return  # cancelled before it was made, or made already
        try:
            reaction = integration.react(live.call(task), self._stores)
        except (KeyError, TypeError, ValueError, AttributeError, NotFound) as error:
            reaction = Failed("States.Runtime", f"the arguments of {task.resource} cannot be understood: {error!r}")
        self._react(live, task, reaction)

    def _react(self, live: Live, task: CallTask, reaction: Reaction) -> None:
        now, id = self.clock(), task.task
        match reaction:
            case Run(launch, submitted):
                if submitted is not None and id not in live.accepted:
                    self.feed(live, TaskSubmitted(now, id, submitted))
                self._wants.launches.append(launch)
            case Done(output):
                self.feed(live, TaskSucceeded(now, id, output))
            case Failed(error, cause):
                self.feed(live, TaskFailed(now, id, error, cause))
            case Parked(submitted):
                self.feed(live, TaskSubmitted(now, id, submitted))
            case Wake(token, answer, output, missing):
                done = self.answer(token, answer)
                self._react(live, task, Done(output) if done else missing)
            case StartChild():
                self._start_child(live, task, reaction)

    def answer(self, token: str, answer: Answer) -> bool:
        """Answer a task token; False when nothing waits for it."""
        found = self.lives.by_token(token)
        if not found:
            return False
        live, task = found
        if integration_of(live.calls[task].resource).launches:
            self._wants.cancelled.append(live.launch_id(task))
        if answer.error is None:
            return self.feed(live, TaskSucceeded(self.clock(), task, answer.output))
        return self.feed(live, TaskFailed(self.clock(), task, answer.error, answer.cause))

    def _start_child(self, live: Live, task: CallTask, wanted: StartChild) -> None:
        name = wanted.name or names.child_name(live.row.name, task.task)
        try:
            row = self.new_row(wanted.machine, names.checked_name(name), wanted.input, live, task.task)
        except NotFound as error:
            self._react(live, task, Failed("StepFunctions.StateMachineDoesNotExistException", str(error)))
            return
        if self.journal.execution(row.arn):
            cause = f"Execution Already Exists: '{row.arn}'"
            self._react(live, task, Failed("StepFunctions.ExecutionAlreadyExistsException", cause))
            return
        self.feed(live, TaskSubmitted(row.started, task.task, executions.submitted(row.arn, row.started)))
        self.begin_execution(row)

    # After a crash

    def _arm(self, live: Live) -> None:
        for timer in timers(live.state) if live.state else ():
            self._effect(live, timer)

    def _call_again(self, live: Live, known: frozenset[str]) -> None:
        """Make the calls that were not made, and launch what nobody runs; `known` is what the supervisor has."""
        for call in list(live.calls.values()):
            integration = integration_of(call.resource)
            if integration.launches:
                if live.launch_id(call.task) not in known:
                    self._calls.append((live, call))
            elif call.task not in live.accepted:
                self._calls.append((live, call))

    # After the commit

    def _act(self) -> None:
        wants, self._wants = self._wants, _Wants()
        if wants.cancelled:
            self._supervisor.cancel(wants.cancelled)
        if wants.launches:
            self._supervisor.launch(wants.launches)
        self._durable += wants.acknowledged
        if self._durable and (not wants.launches or len(self._durable) >= _MOST_UNACKNOWLEDGED):
            self._supervisor.acknowledge(self._durable)
            self._durable = []
        for told in wants.told:
            self._tell(*told)
        self._marks.flush()


class _Wants:
    """What the world is to be told once the turn is durable."""

    __slots__ = ("acknowledged", "cancelled", "launches", "told")

    def __init__(self) -> None:
        self.launches: list[Launch] = []
        self.cancelled: list[str] = []
        self.acknowledged: list[str] = []
        self.told: list[tuple[int, str, Ended | Progress]] = []
