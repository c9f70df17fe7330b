"""LogArchive: when an execution ended, the chunks of its tasks' logs become one compressed file with an index.

How the file is made is in `logs.blocks`. The session's own lines stay as they are: each is written once by its key.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator
from operator import itemgetter

from bunsui.errors import NotFound
from bunsui.model.log import archive_key, archive_prefix, folder_of, log_prefix
from bunsui.model.session import Session
from bunsui.ports import ObjectStore
from bunsui.services.logs.blocks import pack
from bunsui.services.logs.lines import ChunkLines, Placed
from bunsui.services.logs.store import CHUNK, LogStore, Stock, is_own

MOST = 32 * 1024 * 1024  # bytes of chunks that one file takes: they are in memory together


class LogArchive:
    def __init__(self, objects: ObjectStore, most: int = MOST) -> None:
        self._objects = objects
        self._store = LogStore(objects)
        self._most = most

    def archive(self, session: Session) -> None:
        """Every chunk of the executions that this session had is in an archive then, and no chunk any more.

        Any number may be at it at once, and each may be cut off at any moment: a chunk is in one archive only, since
        its number is taken by whoever is first, and it goes after that archive is durable. What comes late is taken by
        the next call, and read beside the archive until then.
        """
        while True:
            stock = self._store.look(session.id)
            archived = stock.archived
            for key in stock.chunks:
                if key in archived:
                    self._objects.delete(key)
            waiting = [key for key in stock.chunks if key not in archived and _is_over(key, session)]
            if not waiting:
                return
            self._add(session.id, stock, waiting)

    def is_due(self, session: Session) -> bool:
        """Whether there are chunks that `archive` would take."""
        keys = self._objects.list(log_prefix(session.id))
        return any(key.endswith(CHUNK) and _is_over(key, session) for key in keys)

    def _add(self, session: str, stock: Stock, waiting: list[str]) -> None:
        """One more archive, unless somebody else was first."""
        try:
            chunks = list(self._read(session, waiting))
        except NotFound:  # somebody else archived it meanwhile
            return
        body = pack([chunk.key for chunk in chunks], merged(chunks))
        self._objects.put_if_absent(archive_key(session, _next(session, stock.archives)), body)

    def _read(self, session: str, keys: Iterable[str]) -> Iterator[ChunkLines]:
        size = 0
        for key in keys:
            if size >= self._most:
                return
            body = self._objects.get(key)
            size += len(body)
            yield ChunkLines(key, session, body)


def merged(chunks: Iterable[ChunkLines]) -> Iterator[Placed]:
    """In the order of their times; of one attempt in the order in which they were written."""
    folders: dict[str, list[ChunkLines]] = {}
    for chunk in chunks:
        folders.setdefault(folder_of(chunk.key), []).append(chunk)
    sources = [in_order(lines) for _, lines in sorted(folders.items())]
    return (placed for _, placed in heapq.merge(*sources, key=itemgetter(0)))


def in_order(chunks: Iterable[ChunkLines]) -> Iterator[tuple[float, Placed]]:
    """Each line with the latest time so far: a clock that jumped back does not change their order."""
    latest = 0.0
    for chunk in chunks:
        for index in range(len(chunk)):
            placed = chunk.at(index, latest)
            latest = max(latest, placed.line.time)
            yield latest, placed


def _is_over(key: str, session: Session) -> bool:
    """Whether the chunk is of an execution that the session had when it ended: later ones are not over, perhaps."""
    if is_own(key):
        return False
    execution, redrive, *_ = [int(part) for part in key.split("/")[-2].split(".") if part.isdecimal()] + [0, 0]
    return (execution, redrive) <= (len(session.executions), session.executions[-1].redrives)


def _next(session: str, archives: Iterable[str]) -> int:
    taken = [int(key.removeprefix(archive_prefix(session)).partition(".")[0]) for key in archives]
    return max(taken, default=0) + 1
