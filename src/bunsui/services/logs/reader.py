"""The merged log of a session: lines of all its attempts, in time order, filtered; read once or followed.

Where they lie, chunks or archives, is known to `logs.store`. Who writes them: the tasks' supervisor, and `session_log`
for the session's own.
"""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, field, replace
from operator import itemgetter

from bunsui.errors import BackendError, NotFound
from bunsui.model.log import LogLine, folder_of
from bunsui.patterns import BlockPattern
from bunsui.ports import ObjectStore
from bunsui.services.logs.blocks import Index
from bunsui.services.logs.filter import LogFilter, of_item, rank
from bunsui.services.logs.lines import Placed
from bunsui.services.logs.store import LogStore, Piece

__all__ = ["LogFilter", "LogReader", "Position", "of_item"]
_PAUSE = 0.2  # seconds between two looks of a follower
_MOST_FAILURES = 50  # of looks, one after the other, that the store did not answer
_Order = tuple[float, Placed]


@dataclass(slots=True)
class Position:
    """What a follower has had: handed to the next one, that goes on where this one was."""

    done: set[str] = field(default_factory=set)  # chunks
    begun: dict[str, int] = field(default_factory=dict)  # chunk -> the last line of it

    def is_new(self, placed: Placed) -> bool:
        return placed.key not in self.done and placed.number > self.begun.get(placed.key, 0)


class LogReader:
    def __init__(self, objects: ObjectStore) -> None:
        self._store = LogStore(objects)

    def read(self, session: str, wanted: LogFilter) -> Iterator[LogLine]:
        """Every line that is there, in time order; of one attempt in the order it was written."""
        return (placed.line for placed in self.placed(session, wanted))

    def placed(self, session: str, wanted: LogFilter) -> Iterator[Placed]:
        """The same with the places of lines, which stay what they are when a log is archived."""
        sources = list(self._store.sources(self._store.look(session), session, wanted))
        return _merged(sources, wanted) if wanted.tail is None else iter(_tail(sources, wanted))

    def last(self, session: str, folder: str, lines: int) -> tuple[Placed, ...]:
        """The end of one attempt's log; `folder` is that of its chunks."""
        wanted = _Folder(tail=lines, folder=folder)
        return tuple(self.placed(session, wanted))

    def line(self, key: str, number: int) -> LogLine:
        """The line of this place, archived or not. Raises NotFound."""
        top, session, *rest = key.split("/")
        if top != "logs" or len(rest) < 2:
            raise NotFound(f"{key!r} is no place in a log")
        lines = self._store.chunk(session, key)
        for placed in (lines.at(index) for index in range(len(lines))):
            if placed.number == number:
                return placed.line
        raise NotFound(f"{key} has no line {number}")

    def around(self, session: str, wanted: LogFilter, lines: int, places: Collection[tuple[str, int]]) -> list[Placed]:
        """Lines at these places and errors that were logged, with so many of the same attempt before and after each."""
        return around(self.placed(session, wanted), lines, places)

    def follow(
        self,
        session: str,
        wanted: LogFilter,
        ended: Callable[[], bool],
        sleep: Callable[[float], None],
        position: Position | None = None,
    ) -> Iterator[LogLine]:
        """As `read`, then what comes, until the session ended: every line once, whoever archives the log meanwhile.

        A store that does not answer is asked again for a while.
        """
        position, known, failures = position or Position(), dict[str, Index](), 0
        while True:
            try:
                over = ended()  # asked before reading: what was written before the end is then read in this very round
                for placed in self._round(session, wanted, position, known):
                    position.begun[placed.key] = placed.number
                    yield placed.line
                wanted, failures = replace(wanted, tail=None), 0
                if over:
                    return
            except BackendError:
                failures += 1
                if failures > _MOST_FAILURES:
                    raise
            sleep(_PAUSE)

    def _round(self, session: str, wanted: LogFilter, position: Position, known: dict[str, Index]) -> Iterator[Placed]:
        stock = self._store.look(session, known)
        known.update(stock.archives)
        sources = list(self._store.sources(stock, session, wanted, position.done))
        lines = _merged(sources, wanted) if wanted.tail is None else iter(_tail(sources, wanted))
        yield from (placed for placed in lines if position.is_new(placed))
        position.done |= stock.archived.union(stock.chunks)
        position.begun.clear()


@dataclass(frozen=True, slots=True)
class _Folder(LogFilter):
    """One attempt, by the folder of its chunks."""

    folder: str = ""

    def takes_folder(self, folder: str) -> bool:
        return folder == self.folder


def _merged(sources: Iterable[list[Piece]], wanted: LogFilter) -> Iterator[Placed]:
    pattern = wanted.pattern()
    lines = [_lines(pieces, wanted, pattern) for pieces in sources]
    return (placed for _, placed in heapq.merge(*lines, key=itemgetter(0)))


def _lines(pieces: Iterable[Piece], wanted: LogFilter, pattern: BlockPattern | None) -> Iterator[_Order]:
    """Each with the latest time so far: a clock that jumped back does not change the order of an attempt's lines."""
    latest, folders = 0.0, dict[str, bool]()
    for piece in pieces:
        if not piece.can_have(wanted):
            continue
        lines = piece.open()
        for index in lines.find(pattern) if pattern else range(len(lines)):
            placed = lines.at(index, latest)
            latest = max(latest, placed.line.time)
            if placed.key not in folders:
                folders[placed.key] = wanted.takes_folder(folder_of(placed.key))
            if folders[placed.key] and wanted.takes(placed.line):
                yield latest, placed


def _tail(sources: list[list[Piece]], wanted: LogFilter) -> list[Placed]:
    """The last lines, read from the end: twice as far back each time that there are too few."""
    count, depth = wanted.tail or 0, 1
    while True:
        cut = max((pieces[-depth].first() for pieces in sources if len(pieces) > depth), default=float("-inf"))
        ends = [pieces[-depth:] for pieces in sources]
        found = deque((placed for placed in _merged(ends, wanted) if placed.line.time >= cut), maxlen=count)
        if len(found) == count or depth >= max(map(len, sources), default=0):
            return list(found)
        depth *= 2


def around(lines: Iterable[Placed], count: int, places: Collection[tuple[str, int]]) -> list[Placed]:
    before: dict[str, deque[tuple[int, Placed]]] = {}
    after: dict[str, int] = {}
    kept: dict[int, Placed] = {}
    for number, placed in enumerate(lines):
        folder = folder_of(placed.key)
        earlier = before.setdefault(folder, deque(maxlen=count))
        if (placed.key, placed.number) in places or rank(placed.line.level) >= rank("ERROR"):
            kept.update(earlier)
            after[folder] = count + 1
        if after.get(folder, 0):
            after[folder] -= 1
            kept[number] = placed
        earlier.append((number, placed))
    return [kept[number] for number in sorted(kept)]
