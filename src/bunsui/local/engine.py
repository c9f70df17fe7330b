"""The engine: one thread that takes what happened, has it worked in, commits once, and only then acts on the world.

What an input does is in `steps`; the commands are in `commands`; how an engine is elected and hosted is in `host`.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from bunsui.asl.effects import Ended
from bunsui.asl.inputs import TaskFailed, TaskHeartbeat, TaskSubmitted, TaskSucceeded
from bunsui.local.arrivals import Arrivals
from bunsui.local.declarations import Declarations
from bunsui.local.forgetting import shrink
from bunsui.local.integrations.call import Stores
from bunsui.local.integrations.table import integration_of
from bunsui.local.journal import Journal
from bunsui.local.launch import Beat, Lost, Outcome, Progress, Report, Saved, TaskSupervisor
from bunsui.local.mailboxes import Mailboxes
from bunsui.local.marks import Marks
from bunsui.local.steps import Steps
from bunsui.ports import ObjectStore

_MOST_ROWS = 1000  # a turn commits at the latest then, so that nobody waits long
_MOST_UNACKNOWLEDGED = 100


@dataclass(frozen=True, slots=True)
class Told:
    """A listener took the end of this execution."""

    execution: int


@dataclass(frozen=True, slots=True)
class Job:
    """Something to do within a turn. `committed` is called once its work is durable, `failed` if it will not be."""

    work: Callable[[Steps], None]
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
        declarations: Declarations,
        tell: Callable[[int, str, Ended | Progress], None],
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._journal = journal
        self._clock = clock
        self._supervisor = supervisor
        self._marks = marks
        stores = Stores(Mailboxes(journal), objects, marks.position, marks.forget, declarations.function)
        self._steps = Steps(journal, stores, clock, declarations)
        self._tell = tell
        self._arrivals: Arrivals[Arrival] = Arrivals()
        self._durable: list[str] = []  # outcomes that the spool may forget; said when there is nothing better to do

    def start(self) -> None:
        """Adopt the supervisor and its tasks, and stand where the journal says.

        What runs although nobody waits for it was cancelled by an engine that died before it could say so.
        """
        if ear := self._supervisor.ear():
            self._arrivals.listen(ear)
        known = self._supervisor.start(self.put)
        self.recover(known)
        self._steps.wants.cancelled += [id for id in known if not self._steps.lives.by_launch(id)]
        for execution, arn in self._journal.untold():
            self._steps.wants.told.append((execution, arn, self._journal.end_of(arn)))
        self._act()

    def recover(self, known: frozenset[str] = frozenset()) -> None:
        """Forget what is not durable. Launching what runs already does nothing, so without `known` all of it is.

        A task that was adopted gets its whole heartbeat again: its beats had nobody to go to.
        """
        self._steps.recover(known)
        for id in known:
            self.put(Beat(id, self._clock()))

    def close(self) -> None:
        """Nobody is listened to any more."""
        self._arrivals.close()

    def put(self, arrival: Arrival) -> None:
        self._arrivals.put(arrival)

    @property
    def idle(self) -> bool:
        """Nothing is open and nothing has arrived."""
        return not len(self._steps.lives) and not self._steps.due and self._arrivals.empty()

    @property
    def next_timer(self) -> float | None:
        """When the next timer is due: a test with a clock of its own goes on from there."""
        return self._steps.next_timer

    def _shrink(self) -> None:
        """Once at first, and once after executions were forgotten, when nothing is open."""
        if self._steps.loosened and self.idle:
            self._steps.loosened = False
            shrink(self._journal, lambda: not self._arrivals.empty())

    def turn(self, wait: float = 0.0) -> bool:
        """Take what arrived within `wait` seconds and what is due; one commit. False if there was nothing."""
        arrived = self._collect(wait)
        if not arrived and not self._steps.due:
            self._marks.flush()
            self._shrink()
            return False
        try:
            self._steps.rows = 0
            for arrival in arrived:
                self._take(arrival)
            self._steps.work(_MOST_ROWS)
            self._journal.commit()
        except Exception as error:
            self._undo(arrived, error)
            raise
        self._act()
        for arrival in arrived:
            if isinstance(arrival, Job):
                arrival.committed()
        return True

    def _undo(self, arrived: list[Arrival], error: Exception) -> None:
        """Nothing of this turn is durable: what tasks reported comes again, commands are told."""
        self._journal.rollback()
        for arrival in arrived:
            if isinstance(arrival, Job):
                arrival.failed(error)
            else:
                self._arrivals.put(arrival)

    def _collect(self, wait: float) -> list[Arrival]:
        return self._arrivals.take(0.0 if self._steps.due else self._pause(wait), _MOST_ROWS)

    def _pause(self, wait: float) -> float:
        moments = [moment for moment in (self.next_timer, self._marks.due) if moment is not None]
        return min([wait, *(moment - self._clock() for moment in moments)])

    # What arrives

    def _take(self, arrival: Arrival) -> None:
        match arrival:
            case Outcome():
                self._steps.wants.acknowledged.append(arrival.id)
                self._take_outcome(arrival)
            case Job():
                arrival.work(self._steps)
            case Beat():
                self._take_beat(arrival)
            case Progress():
                self._marks.progress(arrival)
                self._take_progress(arrival)
            case Saved():
                self._marks.saved(arrival)
            case Lost():
                for live in self._steps.lives:
                    self._steps.call_again(live, frozenset())
            case Told():
                self._journal.begin()
                self._journal.mark_told([arrival.execution])

    def _take_outcome(self, outcome: Outcome) -> None:
        found = self._steps.lives.by_launch(outcome.id)
        if not found:
            return
        live, task = found
        call = live.calls[task]
        integration, made = integration_of(call.resource), live.call(call)
        if outcome.error is not None:
            cause = integration.cause(made, outcome.cause)
            self._steps.feed(live, TaskFailed(self._clock(), task, outcome.error, cause))
        else:
            output = integration.result(made, outcome.output, outcome.ended)
            happened = TaskSubmitted if integration.parks else TaskSucceeded
            self._steps.feed(live, happened(self._clock(), task, output))

    def _take_beat(self, beat: Beat) -> None:
        """Each heartbeat is a journal row: a third of the allowed time is often enough."""
        found = self._steps.lives.by_launch(beat.id)
        if not found:
            return
        live, task = found
        allowed = live.calls[task].heartbeat
        if allowed is not None and self._clock() - live.beats.get(task, 0.0) >= allowed / 3:
            live.beats[task] = self._clock()
            self._steps.feed(live, TaskHeartbeat(self._clock(), task))

    def _take_progress(self, report: Progress) -> None:
        if found := self._steps.lives.by_launch(report.id):
            row = found[0].row
            self._steps.wants.told.append((row.id, row.arn, report))

    # After the commit

    def _act(self) -> None:
        wants = self._steps.new_wants()
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
