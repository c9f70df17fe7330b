"""Runs launches: queue, workers, time limits, outcomes. Sockets are in `server`, files in `spool` and `logs`."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bunsui.local.launch import Beat, Launch, Outcome, Progress, Saved
from bunsui.local.supervisor import environment, kinds
from bunsui.local.supervisor.attempts import Attempt, failed_to_start, last_word
from bunsui.local.supervisor.begun import Begun
from bunsui.local.supervisor.identity import MARK, Records, kill_marked
from bunsui.local.supervisor.leftovers import sweep
from bunsui.local.supervisor.logs import AttemptLog
from bunsui.local.supervisor.loop import Loop, complain
from bunsui.local.supervisor.messages import encode, report_line
from bunsui.local.supervisor.outbox import Outbox
from bunsui.local.supervisor.pool import Pool, Queue
from bunsui.local.supervisor.spill import Spill
from bunsui.local.supervisor.spool import Spool
from bunsui.local.supervisor.workers import Key, Worker, environ_key
from bunsui.model.json import Json
from bunsui.task.redaction import Redactor

_PIPE = 1 << 16  # what a pipe holds: one read takes everything that was written before
_QUIET = 1.0  # seconds after which a spool that holds nothing is removed from the disk
_KILL_AFTER = 3.0  # seconds that a command has to end after it was asked to
_BEGINS_AGAIN = "begins again, with the same key: what ran it was killed before its outcome was recorded"
_NOT_UNDERSTOOD = "what the task's process answered cannot be understood"


class Supervisor:
    def __init__(self, home: Path, runtime: Path, socket_path: str, workers: int, loop: Loop, umask: int) -> None:
        self._objects = home / "objects"
        self._runtime = runtime
        self._socket_path = socket_path
        self._loop = loop
        loop.on_child = self.reap
        self._umask = umask
        self._mark = os.urandom(8).hex()
        self._records = Records(home / "run" / "tasks", self._mark)
        self._records.end_leftovers()
        sweep(home, runtime)
        self._objects_path = str(self._objects)
        self._scratch = str(home / "run" / "scratch")  # input and output files of commands
        self._bases: dict[str, dict[str, str]] = {}  # by the path that a launch gives
        self.spool = Spool(home / "spool")
        self._begun = Begun(home / "run" / "begun")
        self._spill = Spill(home / "spool" / "logs", self._objects)
        self._outbox = Outbox(self.spool, self._spill)
        self._tidy_at = float("inf")
        self._beat_at = float("inf")
        self._queue = Queue()
        self._pool = Pool(workers, self._start_worker, self._set_up_worker, self._retire)
        self._attempts: dict[str, Attempt] = {}  # by id
        self._of_worker: dict[int, Attempt] = {}  # by pid
        self.of_token: dict[str, Attempt] = {}
        self._ending: dict[int, Worker] = {}  # retired or killed, not yet dead
        self._kill_at: dict[int, float] = {}
        self._tokens = 0
        self.reports: list[bytes] = []  # for the engine
        self.given: dict[str, str] = {}  # variables of engines, for secrets: newer than our own

    # What the engine asks

    def launch(self, launch: Launch) -> None:
        """Once: an id that runs, waits or has an outcome is not run again."""
        if not any(launch.id in known for known in (self._attempts, self._queue, self.spool, self._outbox)):
            self._queue.add(launch)
            if launch.heartbeat:
                self._beat_at = min(self._beat_at, time.monotonic() + launch.heartbeat / 3)

    def cancel(self, id: str) -> None:
        self._queue.remove(id)
        self._outbox.drop(id)
        self.spool.forget([id])
        attempt = self._attempts.get(id)
        if attempt is not None and not attempt.cancelled:
            attempt.cancelled = True
            attempt.log.add("WARNING", "log", attempt.stopped(time.monotonic()), time.time())
            self._end(attempt)

    def acknowledge(self, ids: list[str]) -> None:
        self.spool.forget(ids)
        if not self.spool.is_tidy:
            self._tidy_at = time.monotonic() + _QUIET

    def progress(self) -> list[bytes]:
        """What running tasks last said of themselves, while nobody listened perhaps."""
        return [report_line(attempt.told) for attempt in self._attempts.values() if attempt.told]

    def known_ids(self) -> list[str]:
        return [*self._attempts, *self._queue, *self.spool.ids(), *self._outbox.ids()]

    @property
    def is_busy(self) -> bool:
        return bool(self._attempts or len(self._queue) or self._outbox.ids())

    # Each turn of the loop

    def tick(self, now: float) -> None:
        """Start what can start, act on what is due, record what ended."""
        while len(self._queue) and len(self._attempts) < self._pool.size:
            self._try_to_begin(self._queue.next(), now)
        for attempt in [each for each in self._attempts.values() if each.next_due() <= now]:
            self._attend(attempt, now)
        for pid in [pid for pid, at in self._kill_at.items() if at <= now]:
            del self._kill_at[pid]
            self._ending[pid].kill()
        if self._beat_at <= now:
            self._beat(now)
        self.reports += self._outbox.record(now)
        if self._tidy_at <= now:
            self._tidy_at = float("inf")
            self.spool.tidy()

    def next_due(self) -> float:
        running = [attempt.next_due() for attempt in self._attempts.values()]
        return min([self._outbox.next_due(), self._tidy_at, self._beat_at, *running, *self._kill_at.values()])

    def _beat(self, now: float) -> None:
        """What waits for its turn is alive, too."""
        waiting = [launch for launch in self._queue.launches() if launch.heartbeat]
        self.reports += [report_line(Beat(launch.id, time.time())) for launch in waiting]
        self._beat_at = now + min((launch.heartbeat or 0 for launch in waiting), default=float("inf")) / 3

    # Beginning

    def _try_to_begin(self, launch: Launch, now: float) -> None:
        try:
            self._begin(launch, now)
        except environment.SecretMissing as problem:
            self._not_started(launch, "Bunsui.SecretMissing", str(problem))
        except (OSError, ValueError, TypeError, KeyError) as error:  # no interpreter; a name that is no variable's
            message = f"cannot start {launch.python or launch.kind}: {error}"
            self._not_started(launch, "Bunsui.WorkerNotStarted", message)

    def _not_started(self, launch: Launch, error: str, message: str) -> None:
        outcome = failed_to_start(launch, error, message)
        self._close(AttemptLog(launch.context, Redactor(()), self._spill), outcome)
        self._outbox.add(outcome)

    def _close(self, log: AttemptLog, outcome: Outcome | None = None) -> None:
        """With why it failed, if no task was left to say so itself."""
        if outcome is not None:
            log.add("ERROR", "log", last_word(outcome), time.time())
        if not log.close():
            self._outbox.add_log(log)

    def _begin(self, launch: Launch, now: float) -> None:
        env, hidden = environment.resolve(launch.env, launch.folder, self.given)
        base = self._base(launch.path)
        self._tokens += 1
        token = f"{self._mark}-{self._tokens}"
        saved = self._saved(launch)
        redact = Redactor(hidden)
        log = AttemptLog(launch.context, redact, self._spill)
        own = kinds.own_names(launch, self._objects_path, self._socket_path, token)
        asked = encode(kinds.message(launch, base | env, own, saved, f"{self._scratch}/{token}"))
        worker = self._pool.take(kinds.worker_key(launch, base, env))  # the last thing that can fail
        log.mark = worker.mark
        if self._begun.note(launch.id, self._attempts):
            log.add("WARNING", "log", _BEGINS_AGAIN, time.time())
        attempt = Attempt(launch, token, redact, log, worker, time.time(), now, now, saved)
        self._attempts[launch.id] = self._of_worker[worker.pid] = self.of_token[token] = attempt
        worker.connection.send(asked)
        self._loop.update(worker.connection)

    def _base(self, path: str) -> dict[str, str]:
        if path not in self._bases:
            self._bases[path] = environment.base(path) | {MARK: self._mark}
        return self._bases[path]

    def _saved(self, launch: Launch) -> Json:
        kept = self.spool.position(str(launch.context.get("key", "")))
        return launch.saved if kept is None else kept.position

    def _start_worker(self, key: Key) -> Worker:
        worker = Worker(key, self._runtime, self._umask)
        self._records.add(worker.pid)
        self._loop.add(worker.connection, self._reader(worker))
        self._loop.watch(worker.out, lambda: self._read_output(worker, "stdout", worker.out))
        self._loop.watch(worker.err, lambda: self._read_output(worker, "stderr", worker.err))
        return worker

    def _set_up_worker(self, worker: Worker, key: Key) -> None:
        worker.set_up(key, self._objects)

    def warm_up(self, python: str) -> None:
        """Start a worker before it is known what for: the first task need not wait for its interpreter."""
        with contextlib.suppress(OSError):
            self._pool.warm_up(Key(python, None, "/", environ_key(self._base("")), None))

    def _reader(self, worker: Worker) -> Callable[[list[bytes]], None]:
        def read(frames: list[bytes]) -> None:
            try:
                for body in frames:
                    self._heard(worker, body)
            except (ValueError, KeyError, TypeError, RecursionError) as error:  # user code wrote into its channel
                self._not_understood(worker, error)
            if not worker.connection.is_open and worker.pid not in self._ending:
                worker.kill()  # it closed its channel: its end follows

        return read

    def _not_understood(self, worker: Worker, error: Exception) -> None:
        complain(f"worker {worker.pid} is not understood: {error!r}")
        attempt = self._of_worker.get(worker.pid)
        if attempt is not None and attempt.verdict is None:
            attempt.verdict = attempt.failed("Bunsui.WorkerDied", f"{_NOT_UNDERSTOOD}: {error}")
        worker.kill()

    # Running

    def _heard(self, worker: Worker, body: bytes) -> None:
        attempt = self._of_worker.get(worker.pid)
        if attempt is None:
            return
        message = self._loop.parse(body)
        if message["t"] in ("done", "failed"):
            self._finish(attempt, message)
        elif message["t"] == "child":
            self._note_child(worker, message["pid"], message["alive"])
        else:
            answer = self.hear(attempt, message)
            if answer is not None:
                worker.connection.send(answer)
                self._loop.update(worker.connection)

    def hear(self, attempt: Attempt, message: dict[str, Any]) -> bytes | None:
        """What any process of the task may say while it runs; the answer, if it waits for one."""
        launch, now = attempt.launch, time.time()
        attempt.beat = time.monotonic()
        match message["t"]:
            case "save":
                return self._save(launch, message["position"], now)
            case "progress":
                done, total, note = message["done"], message["total"], attempt.redact(message["note"])
                attempt.told = Progress(launch.id, launch.context, done, total, note, now)
                self.reports.append(report_line(attempt.told))
            case "log":
                self._drain(attempt)
                attempt.log.add(message["level"], "log", message["message"], message["time"])
            case "beat":
                self.reports.append(report_line(Beat(launch.id, now)))
        return None

    def _save(self, launch: Launch, position: Any, now: float) -> bytes:
        saved = Saved(launch.id, str(launch.context.get("key", "")), position, now)
        try:
            self.spool.save(saved)
        except OSError as error:
            return encode({"error": str(error)})
        self.reports.append(report_line(saved))
        return b'{"t":"saved"}'

    def _note_child(self, worker: Worker, pid: int, alive: bool) -> None:
        if alive:
            worker.children.add(pid)
            self._records.add(pid)
        else:
            worker.children.discard(pid)
            self._records.remove(pid)

    def _read_output(self, worker: Worker, stream: str, descriptor: int) -> None:
        try:
            data = os.read(descriptor, _PIPE)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self._loop.unwatch(descriptor)
            return
        attempt = self._of_worker.get(worker.pid)
        if attempt is not None:
            attempt.log.feed(stream, data, time.time())

    def _drain(self, attempt: Attempt) -> None:
        self._read_output(attempt.worker, "stdout", attempt.worker.out)
        self._read_output(attempt.worker, "stderr", attempt.worker.err)

    def _attend(self, attempt: Attempt, now: float) -> None:
        outcome = attempt.overdue(now)
        if outcome is not None:
            attempt.verdict = outcome
            self._end(attempt)
        elif attempt.log.due is not None and attempt.log.due <= now:
            attempt.log.write()

    # Ending

    def _finish(self, attempt: Attempt, message: dict[str, Any]) -> None:
        worker = attempt.worker
        self._forget(attempt)
        if not attempt.cancelled:
            self._report(attempt, message)
        if "files" in message:
            worker.note_files(message["files"])
        if message.get("retire") or attempt.cancelled or attempt.verdict:
            self._pool.retire(worker)
        else:
            self._pool.give_back(worker)

    def _report(self, attempt: Attempt, message: dict[str, Any]) -> None:
        try:
            self._outbox.add(attempt.verdict or attempt.answered(message))
        except (ValueError, KeyError, TypeError, RecursionError) as error:  # it read well, but cannot be written
            self._outbox.add(attempt.failed("Bunsui.OutputNotJson", f"{_NOT_UNDERSTOOD}: {error}"))

    def _forget(self, attempt: Attempt, outcome: Outcome | None = None) -> None:
        self._drain(attempt)
        self._close(attempt.log, outcome)
        del self._attempts[attempt.launch.id]
        del self.of_token[attempt.token]
        del self._of_worker[attempt.worker.pid]

    def _end(self, attempt: Attempt) -> None:
        """Kill its processes; a command gets a moment to put things in order."""
        worker = attempt.worker
        if attempt.launch.kind == "command":
            os.kill(worker.pid, signal.SIGTERM)
            self._ending[worker.pid] = worker
            self._kill_at[worker.pid] = time.monotonic() + _KILL_AFTER
        else:
            worker.kill()

    def _retire(self, worker: Worker) -> None:
        self._ending[worker.pid] = worker
        self._kill_at[worker.pid] = time.monotonic() + _KILL_AFTER
        self._loop.unwatch(worker.connection.fileno())
        worker.connection.close()

    def reap(self) -> None:
        """Some child ended."""
        for worker in list((self._pool.workers | self._ending).values()):
            if worker.has_ended():
                self._dead(worker)

    def _dead(self, worker: Worker) -> None:
        for pid in (worker.pid, *worker.children):
            self._records.remove(pid)
        attempt = self._of_worker.get(worker.pid)
        if attempt is not None:
            if attempt.launch.kind == "command":  # started in the worker's last moment, perhaps
                kill_marked({f"BUNSUI_TASK_TOKEN={attempt.token}"})
            self._drain(attempt)
            outcome = None if attempt.cancelled else attempt.verdict or attempt.died(worker.exit_code)
            self._forget(attempt, outcome)
            if outcome is not None:
                self._outbox.add(outcome)
        self._pool.lost(worker)
        self._ending.pop(worker.pid, None)
        self._kill_at.pop(worker.pid, None)
        for descriptor in (worker.out, worker.err, worker.connection.fileno()):
            self._loop.unwatch(descriptor)
        worker.close()
