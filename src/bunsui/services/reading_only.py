"""Ports of a context that is only looked at: every write is refused, in this one place. Reads go through unchanged.

Services ask `Ports.read_only` before what they would write by themselves, such as the end that they see.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from bunsui.errors import Refused
from bunsui.model.history import Execution, HistoryEvent
from bunsui.model.json import Json
from bunsui.model.machine import CompiledMachine
from bunsui.ports import Answer, Deletion, ObjectStore, Page, Record, StateMachines, Table
from bunsui.services.wiring import Ports


def read_only(ports: Ports) -> Ports:
    """The same ports, of which nothing is changed."""
    context = ports.context
    return replace(
        ports,
        table=ReadOnlyTable(ports.table, context),
        objects=ReadOnlyObjects(ports.objects, context),
        machines=ReadOnlyMachines(ports.machines, context),
        read_only=True,
    )


def refused(context: str) -> Refused:
    """What whoever would change something in a read-only context is told."""
    hint = "Act in a context that may be changed: --context NAME, see bunsui context list"
    return Refused(f"the context {context} is read-only: nothing in it is changed", hint)


@dataclass(frozen=True, slots=True)
class ReadOnlyTable:
    table: Table
    context: str

    def get(self, partition: str, sort: str) -> Record | None:
        return self.table.get(partition, sort)

    def put(self, record: Record) -> Record:
        raise refused(self.context)

    def transact(self, writes: Sequence[Record | Deletion]) -> None:
        if writes:
            raise refused(self.context)

    def query(
        self,
        partition: str,
        prefix: str = "",
        *,
        newest_first: bool = False,
        limit: int = 100,
        after: str | None = None,
    ) -> Page:
        return self.table.query(partition, prefix, newest_first=newest_first, limit=limit, after=after)

    def query_index(
        self, index: str, value: str, *, newest_first: bool = False, limit: int = 100, after: str | None = None
    ) -> Page:
        return self.table.query_index(index, value, newest_first=newest_first, limit=limit, after=after)


@dataclass(frozen=True, slots=True)
class ReadOnlyObjects:
    objects: ObjectStore
    context: str

    def put(self, key: str, body: bytes) -> None:
        raise refused(self.context)

    def put_if_absent(self, key: str, body: bytes, *, lasting: bool = True) -> bool:
        raise refused(self.context)

    def get(self, key: str, offset: int = 0, size: int | None = None) -> bytes:
        return self.objects.get(key, offset, size)

    def list(self, prefix: str, after: str = "") -> Iterator[str]:
        return self.objects.list(prefix, after)

    def delete(self, key: str) -> None:
        raise refused(self.context)

    def size(self, prefix: str) -> int:
        return self.objects.size(prefix)

    def url(self, key: str) -> str:
        return self.objects.url(key)


@dataclass(frozen=True, slots=True)
class ReadOnlyMachines:
    machines: StateMachines
    context: str

    def deploy(self, machine: CompiledMachine) -> str:
        raise refused(self.context)

    def start(self, machine_arn: str, name: str, input: Json) -> str:
        raise refused(self.context)

    def stop(self, arn: str, error: str, cause: str) -> Sequence[str]:
        raise refused(self.context)

    def redrive(self, arn: str) -> None:
        raise refused(self.context)

    def describe(self, arn: str) -> Execution:
        return self.machines.describe(arn)

    def history(self, arn: str, after: int = 0) -> Iterator[HistoryEvent]:
        return self.machines.history(arn, after)

    def children(self, arn: str) -> Sequence[str]:
        return self.machines.children(arn)

    def answer(self, token: str, answer: Answer) -> None:
        raise refused(self.context)

    def forget(self, arns: Sequence[str]) -> None:
        if arns:
            raise refused(self.context)
