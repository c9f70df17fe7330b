"""The threads that hold the workspace: one reads, one does, and one for each session that is watched or followed.

They touch no widget: what they find is posted as a message to whoever asked. What to read is in the `jobs` of each
screen, what happens while the backend cannot be reached in `outage`.
"""

from __future__ import annotations

import queue
import threading
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from itertools import islice
from pathlib import Path

from textual.message_pump import MessagePump

from bunsui.errors import BackendError, BunsuiError, InvalidInput
from bunsui.model.log import LogLine
from bunsui.services.logs.reader import LogFilter
from bunsui.text.language import _
from bunsui.tui.asked import Asked, Busy
from bunsui.tui.asked import Job as Job
from bunsui.tui.messages import Failed, NewLines, Reached, Told, Viewed
from bunsui.tui.outage import Missed
from bunsui.workspace import Workspace

MOST_LINES = 50_000  # of a log that are kept
_LONGEST = 4_000  # characters of a line
Gate = Callable[[Asked, Callable[[], None]], None]  # before a deed: it goes on with what it is handed, or not
_INTERVAL = 0.1  # seconds between looks at a watched session


class _Worker(threading.Thread):
    """Does one job after the other. The same job of the same widget is not queued twice.

    What a closed screen asked for is not begun; what is `abandoned` ends unheard.
    """

    def __init__(self, name: str, workspace: Callable[[], Workspace], missed: Missed | None = None) -> None:
        super().__init__(name=name, daemon=True)
        self._workspace, self._missed = workspace, missed
        self._jobs: queue.SimpleQueue[Asked | None] = queue.SimpleQueue()
        self._queued: dict[tuple[str, int], Asked] = {}
        self._lock = threading.Lock()
        self._abandoned = False
        self.busy: Busy | None = None

    def ask(self, asked: Asked) -> None:
        with self._lock:
            if asked.key in self._queued:
                return
            self._queued[asked.key] = asked
        self._jobs.put(asked)

    def stop(self) -> None:
        self._jobs.put(None)

    def abandon(self) -> list[Asked]:
        """Its answer is not waited for any more. What was asked for after it."""
        self._abandoned = True
        self.stop()
        with self._lock:
            return list(self._queued.values())

    def run(self) -> None:
        while (asked := self._jobs.get()) and not self._abandoned:
            with self._lock:
                self._queued.pop(asked.key, None)
            if asked.to.is_running:
                self._do(asked)
            elif self._missed is not None:
                self._missed.had(asked)

    def _do(self, asked: Asked) -> None:
        self.busy = Busy(asked, time.monotonic())
        answer = answered(asked.name, lambda: asked.job(self._workspace()), self._missed, asked)
        self.busy = None
        if answer is not None and not self._abandoned:
            asked.to.post_message(answer)


def answered(
    name: str, job: Callable[[], Told | None], missed: Missed | None = None, asked: Asked | None = None
) -> Told | None:
    """The job's answer, or why there is none. Where somebody asks again by himself, an outage is `missed`'s."""
    try:
        answer = job()
    except InvalidInput as error:
        return Failed(name, str(error), error.hint, tuple(error.problems))
    except BackendError as error:
        if missed is None or asked is None:
            return Failed(name, str(error), error.hint)
        missed.add(asked, str(error), error.hint)
        return None
    except BunsuiError as error:
        return Failed(name, str(error), error.hint)
    except Exception as error:  # a bug: the screen stays, and says so
        told = _("this is a bug in Bunsui: {what}")
        return Failed(name, told.format(what=f"{type(error).__name__}: {error}"))
    if missed is not None and asked is not None:
        missed.had(asked)
    return answer


class Loader:
    """Every method may be called from the app's thread and returns at once."""

    def __init__(self, open_workspace: Callable[[], Workspace], home: Path | None = None) -> None:
        self._open, self._home = open_workspace, home
        self._opening = threading.Lock()
        self._opened: Workspace | None = None
        self._folder: tuple[int, int] | None = None  # that was opened
        self.missed = Missed()
        self.gate: Gate = _open
        self._reads = _Worker("tui-reads", self.workspace, self.missed)
        self._deeds = _Worker("tui-does", self.workspace)
        self._watches: dict[str, Watch] = {}
        self._follows: dict[str, Follow] = {}

    def start(self) -> None:
        self._reads.start()
        self._deeds.start()

    def workspace(self) -> Workspace:
        """Called in the threads: to open it takes time."""
        with self._opening:
            found = self._found()
            if self._folder not in (None, found):
                self._forget()
            self._folder = found
            if self._opened is None:
                self._opened = self._open()
            return self._opened

    def _found(self) -> tuple[int, int] | None:
        """The home's folder as it is now: open files outlive it, so that all would seem well."""
        if self._home is None:
            return None
        try:
            found = self._home.stat()
        except OSError as error:
            if self._folder is None:  # the first command makes it
                return None
            said = _("{folder}: {why}").format(folder=self._home, why=error.strerror)
            raise BackendError(said, _("Bring it back, or close this and use another: BUNSUI_HOME=DIR")) from None
        return found.st_dev, found.st_ino

    def _forget(self) -> None:
        """Another folder stands there now. Whoever still looks at the one before ends by himself, unheard."""
        lookers: list[Watch | Follow] = [*self._watches.values(), *self._follows.values()]
        for looking in lookers:
            if looking.to is not None:
                looking.to.post_message(Reached())
            looking.to = None
        self._watches, self._follows, self._opened = {}, {}, None

    def read(self, to: MessagePump, name: str, job: Job) -> None:
        asked = Asked(name, job, to)
        if not self.missed.keeps(asked):
            self._reads.ask(asked)

    def do(self, to: MessagePump, name: str, job: Job) -> None:
        """Once the gate lets it through: at once, or when a person confirmed it."""
        asked = Asked(name, job, to)
        self.gate(asked, lambda: self._deeds.ask(asked))

    def retry(self) -> None:
        """What could not be had, once more."""
        for asked in self.missed.taken():
            if asked.to.is_running:
                self._reads.ask(asked)
            else:
                self.missed.had(asked)

    def busy(self) -> Busy | None:
        """What takes longest at the moment."""
        found = [one.busy for one in (self._deeds, self._reads)]
        return min((one for one in found if one), key=lambda one: one.since, default=None)

    def cancel(self) -> None:
        """Nobody waits any more for what takes longest; what was asked for after it goes on."""
        busy = self.busy()
        for worker in (self._reads, self._deeds):
            if busy is not None and worker.busy is busy:
                self._replace(worker)

    def _replace(self, worker: _Worker) -> None:
        fresh = _Worker(worker.name, self.workspace, self.missed if worker is self._reads else None)
        if worker is self._reads:
            self._reads = fresh
        else:
            self._deeds = fresh
        for asked in worker.abandon():
            fresh.ask(asked)
        fresh.start()

    def watch(self, to: MessagePump, session: str) -> Watch:
        """Views of a session, from now until it ended; a recovered one is watched anew."""
        watch = self._watches.get(session)
        if watch is None or not watch.is_alive():
            watch = self._watches[session] = Watch(self.workspace, session, self.missed)
            watch.to = to
            watch.start()
        else:
            watch.tell(to)
        self._reap()
        return watch

    def follow(self, to: MessagePump, session: str) -> Follow:
        follow = self._follows.get(session)
        if follow is None or not follow.is_alive():
            follow = self._follows[session] = Follow(self.workspace, session, self.missed)
            follow.to = to
            follow.start()
        else:
            follow.to = to
        return follow

    def _reap(self) -> None:
        """Who looked for a screen that has gone is not kept: nor are the lines of its log."""
        lookers: list[dict[str, Watch] | dict[str, Follow]] = [self._watches, self._follows]
        for looking in lookers:
            for session in [session for session, one in looking.items() if not one.going()]:
                del looking[session]

    def close(self) -> None:
        """What runs goes on in the background."""
        self._reads.stop()
        self._deeds.stop()
        for worker in (self._reads, self._deeds):
            worker.join(timeout=2)
        with self._opening, suppress(BackendError):
            if self._opened is not None:
                self._opened.detach()
                self._opened.close()


class Watch(threading.Thread):
    def __init__(self, workspace: Callable[[], Workspace], session: str, missed: Missed) -> None:
        super().__init__(name=f"tui-watch-{session}", daemon=True)
        self._workspace, self._missed = workspace, missed
        self._session = session
        self._last: Told | None = None
        self.to: MessagePump | None = None

    def going(self) -> bool:
        """Until the screen that it looks for has gone."""
        return self.to is not None and self.to.is_running

    def tell(self, to: MessagePump) -> None:
        """To somebody new: what was seen last, at once."""
        self.to = to
        if self._last is not None:
            to.post_message(self._last)

    def run(self) -> None:
        again = Asked("watch", _reached, self.to) if self.to else None
        failed = answered("watch", self._watch, self._missed, again)
        if failed is not None and self.to is not None:
            self.to.post_message(failed)

    def _watch(self) -> None:
        for view in self._workspace().sessions.watch(self._session, interval=_INTERVAL, going=self.going):
            self._last = Viewed(view)
            if self.to is not None:
                self.to.post_message(Viewed(view))


class Follow(threading.Thread):
    """Keeps the last lines of a session's log. A flood of them is one message until they are taken."""

    def __init__(self, workspace: Callable[[], Workspace], session: str, missed: Missed) -> None:
        super().__init__(name=f"tui-log-{session}", daemon=True)
        self._workspace, self._missed = workspace, missed
        self._session = session
        self._lock = threading.Lock()
        self._lines: deque[LogLine] = deque(maxlen=MOST_LINES)
        self._count = 0  # of all lines so far
        self._told = False
        self.to: MessagePump | None = None

    def going(self) -> bool:
        return self.to is not None and self.to.is_running

    def take(self, since: int) -> tuple[list[LogLine], int]:
        """What came since so many lines, and how many there are now: where to go on."""
        with self._lock:
            new = min(self._count - since, len(self._lines))
            taken = list(islice(self._lines, len(self._lines) - new, None))
            self._told = False
            return taken, self._count

    def run(self) -> None:
        again = Asked("log", _reached, self.to) if self.to else None
        failed = answered("log", self._follow, self._missed, again)
        if failed is not None and self.to is not None:
            self.to.post_message(failed)

    def _follow(self) -> None:
        wanted = LogFilter(tail=MOST_LINES)
        for line in self._workspace().sessions.logs(self._session, wanted, follow=self.going):
            with self._lock:
                self._lines.append(_bounded(line))
                self._count += 1
                tells, self._told = not self._told, True
            if tells and self.to is not None:
                self.to.post_message(NewLines())


def _open(asked: Asked, go: Callable[[], None]) -> None:
    go()


def _reached(_workspace: Workspace) -> Told:
    return Reached()


def _bounded(line: LogLine) -> LogLine:
    if len(line.message) <= _LONGEST:
        return line
    left_out = len(line.message) - _LONGEST
    return replace(line, message=f"{line.message[:_LONGEST]} ... {left_out:,} characters more")
