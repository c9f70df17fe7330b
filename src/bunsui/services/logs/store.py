"""Where a session's lines lie at this moment: in chunks, and in the archives that chunks were compacted into.

An archiver may be at work meanwhile. Chunks are listed first, then archives: what goes in between is seen in one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial

from bunsui.errors import NotFound
from bunsui.model.log import SESSION_STREAM, archive_prefix, chunk_key, folder_of, log_prefix
from bunsui.patterns import BlockPattern
from bunsui.ports import ObjectStore
from bunsui.services.logs.blocks import Block, BlockLines, Index, read_index
from bunsui.services.logs.filter import LogFilter
from bunsui.services.logs.lines import ChunkLines, Lines, Placed, flat
from bunsui.services.logs.session_log import FIRST, LAST

_EDGES = (chunk_key("", FIRST), chunk_key("", LAST))
CHUNK, ARCHIVE = ".jsonl", ".log.gz"


@dataclass(frozen=True, slots=True)
class Stock:
    """Chunks may still be there that are in an archive already: those count in the archive."""

    chunks: tuple[str, ...]
    archives: Mapping[str, Index]

    @property
    def archived(self) -> set[str]:
        return {chunk for index in self.archives.values() for chunk in index.chunks}


@dataclass(frozen=True, slots=True)
class Piece:
    """Lines that are read at once. `block` is what is known without reading them."""

    open: Callable[[], Lines]
    block: Block | None = None

    def first(self) -> float:
        """The time of its first line."""
        if self.block is not None:
            return self.block.first
        lines = self.open()
        return lines.at(0).line.time if len(lines) else float("-inf")

    def can_have(self, wanted: LogFilter) -> bool:
        block = self.block
        return block is None or (
            (wanted.since is None or block.last >= wanted.since) and wanted.takes_levels(block.levels)
        )


class LogStore:
    def __init__(self, objects: ObjectStore) -> None:
        self._objects = objects

    def look(self, session: str, known: Mapping[str, Index] | None = None) -> Stock:
        """What is there now. Indexes that are `known` are not read again: they never change."""
        chunks = tuple(key for key in self._objects.list(log_prefix(session)) if key.endswith(CHUNK))
        found = [key for key in self._objects.list(archive_prefix(session)) if key.endswith(ARCHIVE)]
        return Stock(chunks, {key: (known or {}).get(key) or read_index(key, self._part(key)) for key in found})

    def _part(self, key: str) -> Callable[[int, int], bytes]:
        return partial(self._objects.get, key)

    def sources(self, stock: Stock, session: str, wanted: LogFilter, done: Iterable[str] = ()) -> Iterator[list[Piece]]:
        """Each a series of pieces in the order of their times, without the chunks that are `done` with."""
        passed = set(done)
        for folder in _folders(set(stock.chunks) - stock.archived - passed, wanted):
            yield [Piece(partial(self.chunk, session, key)) for key in folder]
        for key, index in stock.archives.items():
            if pieces := list(self._pieces(key, index, wanted, passed)):
                yield pieces

    def _pieces(self, key: str, index: Index, wanted: LogFilter, done: set[str]) -> Iterator[Piece]:
        fresh = [chunk not in done and wanted.takes_folder(folder_of(chunk)) for chunk in index.chunks]
        for block in index.blocks:
            if any(fresh[number] for number, _, _ in block.chunks):
                yield Piece(partial(BlockLines, key, index, block, self._part(key)), block)

    def chunk(self, session: str, key: str) -> Lines:
        """Its lines, wherever they are by now. Raises NotFound."""
        try:
            return ChunkLines(key, session, self._objects.get(key))
        except NotFound:
            archives = self.look(session).archives.items()
            for archive, index in archives:
                if key in index.chunks:
                    return _Given(list(self._of_chunk(archive, index, index.chunks.index(key))))
            raise

    def _of_chunk(self, archive: str, index: Index, number: int) -> Iterator[Placed]:
        for block in index.blocks:
            if any(chunk == number for chunk, _, _ in block.chunks):
                lines = BlockLines(archive, index, block, self._part(archive))
                every = (lines.at(place) for place in range(len(lines)))
                yield from (placed for placed in every if placed.key == index.chunks[number])


def _folders(chunks: Iterable[str], wanted: LogFilter) -> list[list[str]]:
    """Each a series that keeps its order: an attempt's chunks; of the session's own, the first line and the last."""
    found: dict[str, list[str]] = {}
    for key in sorted(chunks):
        folder = folder_of(key)
        if wanted.takes_folder(folder):
            found.setdefault(key if is_own(key) and not _is_edge(key) else folder, []).append(key)
    return list(found.values())


def is_own(key: str) -> bool:
    """Whether the chunk has lines of the session itself."""
    return folder_of(key).startswith(f"{SESSION_STREAM}/")


def _is_edge(key: str) -> bool:
    return key.rpartition("/")[2] in _EDGES


class _Given:
    """Lines that were read already."""

    def __init__(self, lines: list[Placed]) -> None:
        self._lines = lines

    def __len__(self) -> int:
        return len(self._lines)

    def at(self, index: int, latest: float = 0.0) -> Placed:
        return self._lines[index]

    def find(self, pattern: BlockPattern) -> Iterator[int]:
        return pattern.lines(b"\n".join(flat(placed.line.message) for placed in self._lines))
