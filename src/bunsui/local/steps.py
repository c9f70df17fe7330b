"""Within a turn: executions advance by inputs, their calls are made, and what the world is to be told is collected.

Everything here happens in one transaction of the journal; `engine` opens, commits and acts.
"""

from __future__ import annotations

import logging
import secrets
from collections import deque
from collections.abc import Callable
from heapq import heappop, heappush
from itertools import count

from bunsui.asl.advance import Step, advance, redrivable
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
from bunsui.errors import BackendError, NotFound
from bunsui.local import names
from bunsui.local.declarations import Declarations
from bunsui.local.integrations import executions
from bunsui.local.integrations.call import Done, Failed, Parked, Reaction, Run, StartChild, Stores, Wake
from bunsui.local.integrations.table import integration_of
from bunsui.local.journal import ExecutionRow, Journal
from bunsui.local.launch import Launch, Progress
from bunsui.local.lives import Live, Lives
from bunsui.model.json import Json
from bunsui.ports import Answer

_SNAPSHOT_EVERY = 200  # rows
log = logging.getLogger("bunsui.engine")


class Wants:
    """What the world is to be told once the turn is durable."""

    __slots__ = ("acknowledged", "cancelled", "launches", "told")

    def __init__(self) -> None:
        self.launches: list[Launch] = []
        self.cancelled: list[str] = []
        self.acknowledged: list[str] = []
        self.told: list[tuple[int, str, Ended | Progress]] = []


class Steps:
    def __init__(
        self, journal: Journal, stores: Stores, clock: Callable[[], float], declarations: Declarations
    ) -> None:
        self.journal = journal
        self.declarations = declarations
        self.lives = Lives(journal)
        self.clock = clock
        self.rows = 0  # written in this turn
        self.loosened = True  # the journal may have much that is free
        self.wants = Wants()
        self._stores = stores
        self._timers: list[tuple[float, int, int, str]] = []
        self._numbers = count()
        self._calls: deque[tuple[Live, CallTask]] = deque()  # to be made within this or the next turn

    def recover(self, known: frozenset[str]) -> None:
        """Forget what is not durable, and want again what nobody does; `known` is what the supervisor has."""
        self.lives.recover()
        self._timers.clear()
        self._calls.clear()
        self.wants = Wants()
        for live in self.lives:
            for timer in timers(live.state) if live.state else ():
                self._effect(live, timer)
            self.call_again(live, known)

    def new_wants(self) -> Wants:
        """What was collected; the next turn begins with nothing."""
        wants, self.wants = self.wants, Wants()
        return wants

    @property
    def next_timer(self) -> float | None:
        return self._timers[0][0] if self._timers else None

    @property
    def due(self) -> bool:
        """Whether there is work without anything arriving."""
        return bool(self._calls) or (bool(self._timers) and self._timers[0][0] <= self.clock())

    def work(self, most: int) -> None:
        """Fire what is due and make the calls that steps left, until about `most` rows are written."""
        while self._timers and self._timers[0][0] <= self.clock() and self.rows < most:
            _, _, execution, timer = heappop(self._timers)
            if live := self.lives.by_id(execution):
                self.feed(live, TimerFired(self.clock(), timer))
        while self._calls and self.rows < most:
            self._make(*self._calls.popleft())

    # Advancing

    def feed(self, live: Live, entry: Input) -> bool:
        """Advance an execution by an input, in this turn's transaction. False if the input no longer mattered."""
        try:
            step = self._journaled(live, entry)
        except BackendError:
            raise
        except Exception as error:  # a bug of ours must end one execution, not all of them
            log.exception("advancing %s failed", live.row.arn)
            entry = Stopped(self.clock(), "States.Runtime", f"the interpreter failed: {error!r}")
            step = self._journaled(live, entry)
        if not step.delta and not step.events:
            return False
        live.state, live.seq = step.state, live.seq + 1
        self.rows += 1
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

    def _journaled(self, live: Live, entry: Input) -> Step:
        """What the input does, and its row: neither, where a value can be evaluated but not stored."""
        step = advance(live.machine, live.state, entry)
        if step.delta or step.events:
            self.journal.begin()
            self.journal.append(live.row.id, live.seq + 1, entry, step.delta, step.events)
        return step

    def forget_saved(self, row: ExecutionRow) -> None:
        """Another session may have its name: it begins without what this one saved."""
        session = row.input.get("session") if isinstance(row.input, dict) else None
        if isinstance(session, str):
            self._stores.forget_saved(session)

    def begin_execution(self, row: ExecutionRow) -> Live:
        self.journal.begin()
        self.journal.add_execution(row)
        live = self.lives.add(row)
        machine, seed = live.deployed, secrets.token_hex(16)
        arn = names.unversioned(machine.arn) if machine.declared else machine.arn
        self.feed(live, Started(row.started, row.arn, row.name, arn, machine.name, row.input, seed))
        return live

    def new_row(
        self,
        machine: str,
        name: str,
        given: Json,
        parent: Live | None = None,
        task: str = "",
        express: str = "",
    ) -> ExecutionRow:
        """A row for a new execution; `parent` and `task` are a nested one's, `express` is an id.

        Raises NotFound without the machine.
        """
        machine = self.declarations.version(machine)
        deployed, _ = self.lives.machine(machine)
        id = self.lives.next_id()
        standard = names.execution_arn(deployed.name, name)
        return ExecutionRow(
            id=id,
            arn=names.express_arn(deployed.name, name, express) if express else standard,
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
            self.wants.cancelled.append(live.launch_id(task))
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
            self.wants.told.append((row.id, row.arn, end))
            return
        parent = self.lives.by_id(row.parent)
        if parent and row.parent_task in parent.calls:
            self.feed(parent, executions.answer(row, now, end))

    # Calling

    def _make(self, live: Live, task: CallTask) -> None:
        integration = integration_of(task.resource)
        if live.calls.get(task.task) is not task or (
            task.task in live.accepted and (integration.parks or not integration.launches)
        ):
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
                self.wants.launches.append(launch)
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
        integration = integration_of(live.calls[task].resource)
        if integration.launches and not integration.parks:
            self.wants.cancelled.append(live.launch_id(task))
        if answer.error is None:
            return self.feed(live, TaskSucceeded(self.clock(), task, answer.output))
        return self.feed(live, TaskFailed(self.clock(), task, answer.error, answer.cause))

    def beat(self, token: str) -> bool:
        """A task's heartbeat by its token; False when nothing waits for it."""
        found = self.lives.by_token(token)
        if found:
            self.feed(found[0], TaskHeartbeat(self.clock(), found[1]))
        return bool(found)

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

    def call_again(self, live: Live, known: frozenset[str]) -> None:
        """Make the calls that were not made, and launch what nobody runs; `known` is what the supervisor has."""
        for call in list(live.calls.values()):
            integration = integration_of(call.resource)
            if integration.launches and not (integration.parks and call.task in live.accepted):
                if live.launch_id(call.task) not in known:
                    self._calls.append((live, call))
            elif call.task not in live.accepted:
                self._calls.append((live, call))
