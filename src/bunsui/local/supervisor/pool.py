"""Which worker a launch gets, and which launch is next. What a worker is: `workers`."""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Callable, Iterator

from bunsui.local.launch import Launch
from bunsui.local.supervisor.workers import Key, Worker


class Queue:
    """Launches that wait, in turns between sessions, so that a wide one does not hold up the others."""

    def __init__(self) -> None:
        self._lines: OrderedDict[str, deque[Launch]] = OrderedDict()
        self._ids: set[str] = set()

    def add(self, launch: Launch) -> None:
        session = str(launch.context.get("session", ""))
        self._lines.setdefault(session, deque()).append(launch)
        self._ids.add(launch.id)

    def next(self) -> Launch:
        session, line = self._lines.popitem(last=False)
        launch = line.popleft()
        if line:
            self._lines[session] = line
        self._ids.discard(launch.id)
        return launch

    def remove(self, id: str) -> bool:
        if id not in self._ids:
            return False
        self._ids.discard(id)
        for session, line in self._lines.items():
            kept = deque(launch for launch in line if launch.id != id)
            if len(kept) < len(line):
                self._lines[session] = kept
                if not kept:
                    del self._lines[session]
                break
        return True

    def launches(self) -> Iterator[Launch]:
        return (launch for line in self._lines.values() for launch in line)

    def __contains__(self, id: str) -> bool:
        return id in self._ids

    def __iter__(self) -> Iterator[str]:
        return iter(self._ids)

    def __len__(self) -> int:
        return len(self._ids)


class Pool:
    """All workers that live; idle ones are kept warm until their place is needed."""

    def __init__(
        self,
        size: int,
        start: Callable[[Key], Worker],
        set_up: Callable[[Worker, Key], None],
        retire: Callable[[Worker], None],
    ) -> None:
        self.size = size
        self._start = start
        self._set_up = set_up
        self._retire = retire
        self._spare: Worker | None = None  # started, but not yet for anybody
        self._idle: dict[Key, list[Worker]] = {}
        self._order: OrderedDict[int, Worker] = OrderedDict()  # idle ones, longest first, by pid
        self.workers: dict[int, Worker] = {}

    def take(self, key: Key) -> Worker:
        """An idle worker that fits, or a new one. Raises OSError."""
        idle = self._idle.get(key, [])
        while idle:
            worker = idle.pop()
            del self._order[worker.pid]
            if worker.is_fit():
                return worker
            self._end(worker)
        return self._ready(self._take_spare(key) or self._new(key), key)

    def _ready(self, worker: Worker, key: Key) -> Worker:
        self._set_up(worker, key)
        return worker

    def _new(self, key: Key) -> Worker:
        if len(self.workers) >= self.size:
            self._make_room()
        return self._add(key)

    def warm_up(self, key: Key) -> None:
        """Start one before it is known what for."""
        self._spare = self._add(key)

    def _add(self, key: Key) -> Worker:
        worker = self._start(key)
        self.workers[worker.pid] = worker
        return worker

    def _take_spare(self, key: Key) -> Worker | None:
        spare = self._spare
        if spare is None or not spare.is_fit() or not spare.can_become(key):
            return None
        self._spare = None
        return spare

    def _make_room(self) -> None:
        if self._spare is not None:
            self.retire(self._spare)
        elif self._order:
            self.retire(next(iter(self._order.values())))

    def give_back(self, worker: Worker) -> None:
        self._idle.setdefault(worker.key, []).append(worker)
        self._order[worker.pid] = worker

    def retire(self, worker: Worker) -> None:
        """It gets no more launches and ends by itself."""
        self._forget_idle(worker)
        self._end(worker)

    def _end(self, worker: Worker) -> None:
        self.workers.pop(worker.pid, None)
        self._retire(worker)

    def lost(self, worker: Worker) -> None:
        """It ended."""
        self._forget_idle(worker)
        self.workers.pop(worker.pid, None)

    def _forget_idle(self, worker: Worker) -> None:
        if worker is self._spare:
            self._spare = None
        if self._order.pop(worker.pid, None) is not None:
            same = self._idle[worker.key]
            same.remove(worker)
            if not same:
                del self._idle[worker.key]
