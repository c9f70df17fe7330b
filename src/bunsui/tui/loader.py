"""The threads that hold the workspace: one reads, one does, and one for each session that is watched or followed.

They touch no widget: what they find is posted as a message to whoever asked. What to read is in `reading` and `doing`.
"""

from __future__ import annotations

import queue
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import islice

from textual.message_pump import MessagePump

from bunsui.errors import BunsuiError, InvalidInput
from bunsui.model.log import LogLine
from bunsui.services.logs.reader import LogFilter
from bunsui.tui.messages import Failed, NewLines, Told, Viewed
from bunsui.workspace import Workspace

Job = Callable[[Workspace], Told | None]
MOST_LINES = 50_000  # of a log that are kept
_LONGEST = 4_000  # characters of a line
_INTERVAL = 0.1  # seconds between looks at a watched session


@dataclass(frozen=True, slots=True)
class _Asked:
    name: str
    job: Job
    to: MessagePump


class _Worker(threading.Thread):
    """Does one job after the other. The same job of the same widget is not queued twice."""

    def __init__(self, name: str, workspace: Callable[[], Workspace]) -> None:
        super().__init__(name=name, daemon=True)
        self._workspace = workspace
        self._jobs: queue.SimpleQueue[_Asked | None] = queue.SimpleQueue()
        self._queued: set[tuple[str, int]] = set()
        self._lock = threading.Lock()

    def ask(self, asked: _Asked) -> None:
        key = asked.name, id(asked.to)
        with self._lock:
            if key in self._queued:
                return
            self._queued.add(key)
        self._jobs.put(asked)

    def stop(self) -> None:
        self._jobs.put(None)

    def run(self) -> None:
        while asked := self._jobs.get():
            with self._lock:
                self._queued.discard((asked.name, id(asked.to)))
            answer = answered(asked.name, lambda asked=asked: asked.job(self._workspace()))  # type: ignore[misc]  # bound
            if answer is not None:
                asked.to.post_message(answer)


def answered(name: str, job: Callable[[], Told | None]) -> Told | None:
    """The job's answer, or why there is none."""
    try:
        return job()
    except InvalidInput as error:
        return Failed(name, str(error), error.hint, tuple(error.problems))
    except BunsuiError as error:
        return Failed(name, str(error), error.hint)
    except Exception as error:  # a bug: the screen stays, and says so
        return Failed(name, f"this is a bug in Bunsui: {type(error).__name__}: {error}")


class Loader:
    """Every method may be called from the app's thread and returns at once."""

    def __init__(self, open_workspace: Callable[[], Workspace]) -> None:
        self._open = open_workspace
        self._opening = threading.Lock()
        self._opened: Workspace | None = None
        self._reads = _Worker("tui-reads", self.workspace)
        self._deeds = _Worker("tui-does", self.workspace)
        self._watches: dict[str, Watch] = {}
        self._follows: dict[str, Follow] = {}

    def start(self) -> None:
        self._reads.start()
        self._deeds.start()

    def workspace(self) -> Workspace:
        """Called in the threads: to open it takes time."""
        with self._opening:
            if self._opened is None:
                self._opened = self._open()
            return self._opened

    def read(self, to: MessagePump, name: str, job: Job) -> None:
        self._reads.ask(_Asked(name, job, to))

    def do(self, to: MessagePump, name: str, job: Job) -> None:
        self._deeds.ask(_Asked(name, job, to))

    def watch(self, to: MessagePump, session: str) -> Watch:
        """Views of a session, from now until it ended; a recovered one is watched anew."""
        watch = self._watches.get(session)
        if watch is None or not watch.is_alive():
            watch = self._watches[session] = Watch(self.workspace, session)
            watch.to = to
            watch.start()
        else:
            watch.tell(to)
        return watch

    def follow(self, to: MessagePump, session: str) -> Follow:
        follow = self._follows.get(session)
        if follow is None or not follow.is_alive():
            follow = self._follows[session] = Follow(self.workspace, session)
            follow.to = to
            follow.start()
        else:
            follow.to = to
        return follow

    def close(self) -> None:
        """What runs goes on in the background."""
        self._reads.stop()
        self._deeds.stop()
        for worker in (self._reads, self._deeds):
            worker.join(timeout=2)
        with self._opening:
            if self._opened is not None:
                self._opened.detach()
                self._opened.close()


class Watch(threading.Thread):
    def __init__(self, workspace: Callable[[], Workspace], session: str) -> None:
        super().__init__(name=f"tui-watch-{session}", daemon=True)
        self._workspace = workspace
        self._session = session
        self._last: Told | None = None
        self.to: MessagePump | None = None

    def tell(self, to: MessagePump) -> None:
        """To somebody new: what was seen last, at once."""
        self.to = to
        if self._last is not None:
            to.post_message(self._last)

    def run(self) -> None:
        failed = answered("watch", self._watch)
        if failed is not None and self.to is not None:
            self.to.post_message(failed)

    def _watch(self) -> None:
        for view in self._workspace().sessions.watch(self._session, interval=_INTERVAL):
            self._last = Viewed(view)
            if self.to is not None:
                self.to.post_message(Viewed(view))


class Follow(threading.Thread):
    """Keeps the last lines of a session's log. A flood of them is one message until they are taken."""

    def __init__(self, workspace: Callable[[], Workspace], session: str) -> None:
        super().__init__(name=f"tui-log-{session}", daemon=True)
        self._workspace = workspace
        self._session = session
        self._lock = threading.Lock()
        self._lines: deque[LogLine] = deque(maxlen=MOST_LINES)
        self._count = 0  # of all lines so far
        self._told = False
        self.to: MessagePump | None = None

    def take(self, since: int) -> tuple[list[LogLine], int]:
        """What came since so many lines, and how many there are now: where to go on."""
        with self._lock:
            new = min(self._count - since, len(self._lines))
            taken = list(islice(self._lines, len(self._lines) - new, None))
            self._told = False
            return taken, self._count

    def run(self) -> None:
        failed = answered("log", self._follow)
        if failed is not None and self.to is not None:
            self.to.post_message(failed)

    def _follow(self) -> None:
        wanted = LogFilter(tail=MOST_LINES)
        for line in self._workspace().sessions.logs(self._session, wanted, follow=True):
            with self._lock:
                self._lines.append(_bounded(line))
                self._count += 1
                tells, self._told = not self._told, True
            if tells and self.to is not None:
                self.to.post_message(NewLines())


def _bounded(line: LogLine) -> LogLine:
    if len(line.message) <= _LONGEST:
        return line
    left_out = len(line.message) - _LONGEST
    return replace(line, message=f"{line.message[:_LONGEST]} ... {left_out:,} characters more")
