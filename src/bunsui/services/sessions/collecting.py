"""Texts and graphs of pipelines, which sessions share by their hash: those that nobody refers to any more.

What is a session's own goes with it: `purging`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass

from bunsui.model.session import Session
from bunsui.ports import Record
from bunsui.services.pipelines.registry import Registry, definition_key
from bunsui.services.records.files import GRAPH
from bunsui.services.records.recoveries import RecoveryFiles
from bunsui.services.records.sessions import SessionStore, partition
from bunsui.services.wiring import Ports

_FOLDERS = ("pipelines/", "graphs/")
_PAGE = 100
_MOMENT = 1.0  # seconds in which whoever found a text there has stored that it is used


@dataclass(frozen=True, slots=True)
class Unused:
    """Keys of the object store, and the bytes that they take."""

    keys: tuple[str, ...] = ()
    bytes: int = 0


class Collecting:
    def __init__(self, ports: Ports, sleep: Callable[[float], None]) -> None:
        self._table, self._objects, self._sleep = ports.table, ports.objects, sleep
        self._store = SessionStore(ports.table)
        self._registry = Registry(ports.table)
        self._kept = RecoveryFiles(ports.table, ports.objects)

    def unused(self, without: Collection[str] = ()) -> Unused:
        """What no registered version refers to, and no session but these."""
        there = [key for folder in _FOLDERS for key in self._objects.list(folder)]
        if not there:
            return Unused()
        used = self._used(without)
        keys = tuple(key for key in there if key not in used)
        return Unused(keys, sum(self._objects.size(key) for key in keys))

    def remove(self) -> Unused:
        """All of that. A session that begins meanwhile finds its text put back."""
        found = self.unused()
        bodies = {key: self._objects.get(key) for key in found.keys}
        for key in bodies:
            self._objects.delete(key)
        if bodies:
            self._sleep(_MOMENT)
            used = self._used(())
            for key in used & bodies.keys():
                self._objects.put_if_absent(key, bodies[key])
        return found

    def _used(self, without: Collection[str]) -> set[str]:
        versions = (one for name in self._registry.names() for one in self._registry.versions(name.name))
        return {definition_key(one.name, one.sha256) for one in versions} | set(self._of_sessions(frozenset(without)))

    def _of_sessions(self, without: frozenset[str]) -> Iterator[str]:
        after: str | None = None
        while True:
            page = self._store.list(None, None, _PAGE, after)
            for session in page.sessions:
                if session.id not in without:
                    yield from (definition_key(session.pipeline, sha256) for sha256 in self._texts(session))
                    yield from self._graphs(session.id)
            if (after := page.next) is None:
                return

    def _texts(self, session: Session) -> set[str]:
        """As it is, and as it was before each recovery with an edited pipeline."""
        return {session.definition_sha256, *(str(one.before["definition_sha256"]) for one in self._kept.all(session))}

    def _graphs(self, id: str) -> Iterator[str]:
        """Those of its earlier executions, too."""
        after: str | None = None
        while True:
            page = self._table.query(partition(id), GRAPH, limit=_PAGE, after=after)
            yield from (str(record.body["ref"]) for record in page.records if _is_reference(record))
            if (after := page.next) is None:
                return


def _is_reference(record: Record) -> bool:
    return isinstance(record.body.get("ref"), str)
