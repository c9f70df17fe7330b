"""Hosts an engine: waits to be elected, serves the inbox and callers in this process, and ends cleanly.

The work itself is in `engine`; other processes reach it through `inbox`.
"""

from __future__ import annotations

import contextlib
import logging
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

import orjson

from bunsui.errors import BackendError, InvalidInput, StorageFull
from bunsui.local.commands import carry_out
from bunsui.local.declarations import Declarations
from bunsui.local.election import Lock
from bunsui.local.engine import Engine, Job, Nudge, Told
from bunsui.local.home import Home
from bunsui.local.inbox import Command, Inbox
from bunsui.local.journal import Fenced, Journal
from bunsui.local.launch import TaskSupervisor
from bunsui.local.mailboxes import Mailboxes
from bunsui.local.marks import Marks
from bunsui.local.objects import FolderObjectStore
from bunsui.local.payloads import dumps
from bunsui.local.replies import refusal, value_of
from bunsui.local.steps import Steps
from bunsui.local.supervisor import early
from bunsui.local.sweeper import Sweep, Sweeper
from bunsui.local.table import SqliteTable
from bunsui.local.telling import Listener, Teller
from bunsui.settings import Settings

_STANDBY_SECONDS = 0.05  # between two tries to be elected
_INBOX_SECONDS = 1.0  # between two looks without a datagram: one may be lost
_WAIT_SECONDS = 0.5  # longest sleep of the loop
_AGAIN_SECONDS = 1.0  # before going on after the disk was full
_MOST_FAILURES = 2
_MOST_STARTS = 5  # of an engine in the background, one after the other, that did not get to its end
_LEAVE_SECONDS = 10.0  # given to listeners at the end
log = logging.getLogger("bunsui.engine")


class EngineHost:
    """One engine's home in this process. `on_event` is called after the commit, from a thread of its own."""

    def __init__(
        self,
        home: Home,
        settings: Settings,
        on_event: Listener = lambda arn, event: None,
        *,
        supervisor: Callable[[], TaskSupervisor] | None = None,
        committed: Callable[[int], None] | None = None,
        clock: Callable[[], float] = time.time,
        sweep: Sweep = lambda: None,
    ) -> None:
        self._home = home
        self._on_event = on_event
        self._supervisor = supervisor or (lambda: early.client(home, settings.workers))
        self._committed = committed
        self._clock = clock
        self._sweep = sweep
        self._lock = Lock(home.lock)
        self._stopping = threading.Event()
        self._serving = threading.Event()
        self._ready = threading.Event()  # there is an engine to give commands to
        self._thread: threading.Thread | None = None
        self._engine: Engine | None = None
        self._inbox = Inbox(home)
        self._taken: set[str] = set()  # commands that are in the engine's queue
        self._replies: list[tuple[str, Mapping[str, Any]]] = []
        self._look = True  # whether the inbox is to be read
        self._failures: Counter[str] = Counter()  # command -> how often its turn failed
        self._why = ""  # the last engine ended
        self.trouble = ""  # what keeps the engine waiting

    # For callers

    @property
    def elected(self) -> bool:
        """Whether the home's engine runs in this process."""
        return self._serving.is_set()

    def start_in_thread(self) -> None:
        """Serve as soon as elected, until `stop`. If nobody else is the engine, it is us when this returns."""
        if self._thread:
            return
        if self._lock.take():
            self._serving.set()
        self._thread = threading.Thread(target=self._run, args=(None,), name="bunsui-engine", daemon=True)
        self._thread.start()

    def run_until_idle(self, linger: float = 0.0) -> None:
        """Serve in this thread until nothing is open or waiting for `linger` seconds.

        Waits for its turn if another process is the engine; returns at once if another one waits already.
        """
        standby = Lock(self._home.run / "standby.lock")
        if not standby.take():
            return
        try:
            while not self._lock.take() and not self._stopping.wait(_STANDBY_SECONDS):
                pass
        finally:
            standby.release()
        if self._lock.held:
            self._serving.set()
            self._run(linger)

    def stop(self) -> None:
        """End after the current turn. Tasks go on under their supervisor; the next engine adopts them."""
        self._stopping.set()
        self._nudge()
        if self._thread and self._thread is not threading.current_thread():
            self._thread.join()
        self._inbox.close()

    def submit(self, kind: str, body: Mapping[str, Any]) -> Any:
        """Have this process's engine carry out a command; what it answers, once it is durable."""
        given = _plain(body)
        done = threading.Event()
        reply: dict[str, Any] = {}

        def work(steps: Steps) -> None:
            reply.clear()
            reply.update(carry_out(steps, kind, given))

        def failed(error: Exception) -> None:
            reply.clear()
            reply.update(refusal(error))
            done.set()

        engine = self._engine_soon()
        engine.put(Job(work, done.set, failed))
        while not done.wait(_WAIT_SECONDS):
            if self._engine is not engine:
                raise BackendError(f"the engine ended before it answered{self._why}", "Run the command again")
        return value_of(reply)

    def _engine_soon(self) -> Engine:
        while self._serving.is_set():
            if self._engine:
                return self._engine
            self._ready.wait(_STANDBY_SECONDS)
        raise BackendError(f"the engine of this process ended{self._why}", "Run the command again")

    # The engine's thread

    def _run(self, linger: float | None) -> None:
        """With `linger`, until it ended by itself: what is open must not wait for somebody to look."""
        starts = 0
        while not self._stopping.is_set():
            if not self._lock.take():
                self._stopping.wait(_STANDBY_SECONDS)
                continue
            self._serving.set()
            failed: Exception | None = None
            try:
                self._serve(linger)
            except Fenced as error:
                log.warning("%s", error)
            except Exception as error:
                log.exception("the engine ended")
                self._why, failed = f": {error}", error
                self._stopping.wait(_AGAIN_SECONDS)
            finally:
                self._serving.clear()
                self._ready.clear()
                self._engine = None
                self._lock.release()
            starts += not isinstance(failed, StorageFull)  # space comes back some day
            if linger is not None and (failed is None or starts >= _MOST_STARTS):
                return

    def _serve(self, linger: float | None) -> None:
        with contextlib.ExitStack() as closing:
            journal = Journal(self._home, self._committed)
            closing.callback(journal.close)
            table = SqliteTable(self._home)
            closing.callback(table.close)
            supervisor = self._supervisor()
            closing.callback(supervisor.stop)
            teller = Teller(self._on_event, lambda execution: engine.put(Told(execution)))
            marks = Marks(table, self._clock)
            objects, declared = FolderObjectStore(self._home.objects), Declarations(journal, self._home.functions)
            engine = Engine(journal, supervisor, objects, marks, declared, teller.tell, self._clock)
            closing.callback(engine.close)
            Mailboxes(journal).expire(self._clock())
            self._inbox.sweep(self._clock())
            self._taken.clear()
            engine.start()
            closing.callback(self._inbox.listen(self._nudge))
            self._engine, self._look = engine, True
            self._ready.set()
            sweeper = Sweeper(self._sweep, self._clock)
            closing.callback(sweeper.close)
            self._loop(engine, teller, sweeper, linger)
            self._leave(engine, teller, sweeper)
            marks.flush(all=True)

    def _leave(self, engine: Engine, teller: Teller, sweeper: Sweeper) -> None:
        """Both finish what they are doing, which may take another turn of the engine."""
        teller.close()
        sweeper.close()
        until = time.monotonic() + _LEAVE_SECONDS
        while not (teller.closed and sweeper.closed) and time.monotonic() < until:
            engine.turn(_STANDBY_SECONDS)
        while engine.turn():
            pass

    def _loop(self, engine: Engine, teller: Teller, sweeper: Sweeper, linger: float | None) -> None:
        idle_since: float | None = None
        looked = 0.0
        while not self._stopping.is_set():
            now = time.monotonic()
            if self._look or now - looked >= _INBOX_SECONDS:
                self._look, looked = False, now
                if self._lock.gone:
                    self._stopping.set()  # first: the file of the log is gone, too
                    log.error("%s was removed: its engine ends", self._home.path)
                    return
                self._read_inbox(engine)
            worked = self._turn(engine, _WAIT_SECONDS if linger is None else min(_WAIT_SECONDS, max(linger, 0.01)))
            if (
                linger is None
                or worked
                or not (engine.idle and teller.idle and sweeper.idle)
                or self._taken
                or self._look
            ):
                idle_since = None
            elif idle_since is None:
                idle_since, self._look = now, True  # one more look at the inbox
            elif now - idle_since >= linger:
                return

    def _turn(self, engine: Engine, wait: float) -> bool:
        try:
            worked = engine.turn(wait)
        except Fenced:
            raise
        except BackendError as error:  # a full disk: nothing is lost, everything waits
            log.error("%s %s", error, error.hint)
            self.trouble = str(error)
            self._stopping.wait(_AGAIN_SECONDS)
            engine.recover()
            return True
        if worked:
            self.trouble = ""
        if self._replies:
            replies, self._replies = self._replies, []
            self._inbox.answer(replies)
            self._taken.difference_update(id for id, _ in replies)
        return worked

    def _nudge(self) -> None:
        self._look = True
        engine = self._engine
        if engine:
            engine.put(Nudge())

    # The inbox

    def _read_inbox(self, engine: Engine) -> None:
        for command in self._inbox.waiting():
            if command.id not in self._taken:
                self._taken.add(command.id)
                engine.put(self._job(command))

    def _job(self, command: Command) -> Job:
        reply: dict[str, Any] = {}

        def work(steps: Steps) -> None:
            reply.clear()
            earlier = steps.journal.reply_to(command.id)
            if earlier is not None:  # done before a crash, only not answered
                reply.update(earlier)
                return
            steps.journal.begin()
            reply.update(self._refused(command) or carry_out(steps, command.kind, command.body))
            steps.journal.record_command(command.id, self._clock(), reply)

        def failed(error: Exception) -> None:
            self._taken.discard(command.id)
            self._failures[command.id] += not isinstance(error, BackendError)

        return Job(work, lambda: self._replies.append((command.id, reply)), failed)

    def _refused(self, command: Command) -> Mapping[str, Any] | None:
        """A command that broke the engine twice must not break it for ever."""
        if self._failures[command.id] < _MOST_FAILURES:
            return None
        return refusal(BackendError(f"the engine cannot carry out this {command.kind}", "Please report this as a bug"))


def _plain(body: Mapping[str, Any]) -> Any:
    """As it would arrive through the inbox: later changes of the caller's do not reach the engine."""
    try:
        return orjson.loads(dumps(body))
    except (TypeError, ValueError, RecursionError) as error:
        raise InvalidInput(f"the input is not JSON: {error}") from error
