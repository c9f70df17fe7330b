"""The ports Table and ObjectStore in memory: small enough to be seen right; tests look inside, and interfere."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from bunsui.errors import Conflict, NotFound
from bunsui.ports import Deletion, Page, Record


class MemoryTable:
    def __init__(self) -> None:
        self.partitions: dict[str, dict[str, Record]] = {}
        self.indexes: dict[tuple[str, str], dict[tuple[str, str], Record]] = {}
        self.before_write: Callable[[], None] = lambda: None

    @property
    def records(self) -> dict[tuple[str, str], Record]:
        return {(name, sort): one for name, every in self.partitions.items() for sort, one in every.items()}

    def get(self, partition: str, sort: str) -> Record | None:
        return self.partitions.get(partition, {}).get(sort)

    def put(self, record: Record) -> Record:
        self.transact([record])
        return self.partitions[record.partition][record.sort]

    def transact(self, writes: Sequence[Record | Deletion]) -> None:
        self.before_write()
        for write in writes:
            stored = self.get(write.partition, write.sort)
            if (stored.revision if stored else 0) != write.revision:
                raise Conflict(f"{write.partition} {write.sort} changed")
        for write in writes:
            if old := self.partitions.get(write.partition, {}).pop(write.sort, None):
                for name, (value, _) in old.indexes.items():
                    del self.indexes[name, value][old.partition, old.sort]
            if isinstance(write, Record):
                self._store(replace(write, revision=write.revision + 1))

    def _store(self, record: Record) -> None:
        self.partitions.setdefault(record.partition, {})[record.sort] = record
        for name, (value, _) in record.indexes.items():
            self.indexes.setdefault((name, value), {})[record.partition, record.sort] = record

    def query(self, partition, prefix="", *, newest_first=False, limit=100, after=None) -> Page:
        found = [r for r in self.partitions.get(partition, {}).values() if r.sort.startswith(prefix)]
        return _page(sorted(found, key=lambda r: r.sort, reverse=newest_first), limit, after)

    def query_index(self, index, value, *, newest_first=False, limit=100, after=None) -> Page:
        found = self.indexes.get((index, value), {}).values()
        return _page(sorted(found, key=lambda r: r.indexes[index][1], reverse=newest_first), limit, after)


def _page(found: list[Record], limit: int, after: str | None) -> Page:
    first = int(after or 0)
    more = str(first + limit) if len(found) > first + limit else None
    return Page(tuple(found[first : first + limit]), more)


class MemoryObjects:
    def __init__(self) -> None:
        self.blobs: dict[str, bytes] = {}

    def put(self, key: str, body: bytes) -> None:
        self.blobs[key] = body

    def put_if_absent(self, key: str, body: bytes, *, lasting: bool = True) -> bool:
        return self.blobs.setdefault(key, body) is body

    def get(self, key: str, offset: int = 0, size: int | None = None) -> bytes:
        if key not in self.blobs:
            raise NotFound(f"no object {key}")
        return self.blobs[key][offset : None if size is None else offset + size]

    def list(self, prefix: str, after: str = "") -> Iterator[str]:
        return iter(sorted(key for key in self.blobs if key.startswith(prefix) and key > after))

    def size(self, prefix: str) -> int:
        return sum(len(body) for key, body in self.blobs.items() if key.startswith(prefix))

    def delete(self, key: str) -> None:
        self.blobs.pop(key, None)

    def url(self, key: str) -> str:
        return f"memory:{key}"
