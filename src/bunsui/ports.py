"""The Protocols that services are written against. Adapters live in `local` and `aws` and fit by structure.

Times are seconds since the epoch (UTC) unless a name says otherwise. Every method may raise BackendError.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from bunsui.errors import InvalidInput
from bunsui.model.alert import Message, Target
from bunsui.model.history import Execution, HistoryEvent
from bunsui.model.json import Json
from bunsui.model.log import ForeignAttempt
from bunsui.model.machine import CompiledMachine
from bunsui.model.status import ExecutionStatus


@dataclass(frozen=True, slots=True)
class Record:
    """An item of the Table. `indexes` maps an index's name to (value, sort): what `query_index` finds it by.

    `revision` is 0 until stored and rises by one with every write. `body` must be a JSON object.
    """

    partition: str
    sort: str
    body: Mapping[str, Json]
    indexes: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    revision: int = 0


@dataclass(frozen=True, slots=True)
class Deletion:
    """Remove a record, on condition that it still has this revision."""

    partition: str
    sort: str
    revision: int


@dataclass(frozen=True, slots=True)
class Page:
    """Some records, and where to go on (None: that was all)."""

    records: tuple[Record, ...]
    next: str | None = None


MOST_WRITES = 100  # of one transaction
_LONGEST_PARTITION, _LONGEST_SORT, _LONGEST_KEY = 2048, 1024, 1024  # bytes


def checked_writes(writes: Sequence[Record | Deletion]) -> None:
    """What no adapter takes, so that what works on a laptop works on AWS. Raises InvalidInput."""
    if len(writes) > MOST_WRITES:
        raise InvalidInput(f"{len(writes)} records in one transaction, but {MOST_WRITES} is the most", "Write fewer")
    if len({(write.partition, write.sort) for write in writes}) < len(writes):
        raise InvalidInput("a transaction writes a record twice", "Write what it is in the end")
    for write in writes:
        if not (
            0 < len(write.partition.encode()) <= _LONGEST_PARTITION and 0 < len(write.sort.encode()) <= _LONGEST_SORT
        ):
            raise InvalidInput(
                f"{write.partition[:80]!r} {write.sort[:80]!r} is no key of a record", "Shorten the name"
            )


class Table(Protocol):
    """Small records with conditional writes: SQLite locally, DynamoDB on AWS.

    A record has a partition and a sort of 1 to 2048 and 1 to 1024 bytes.
    """

    def get(self, partition: str, sort: str) -> Record | None:
        """The record as last written, consistent."""

    def put(self, record: Record) -> Record:
        """Store it on condition that the stored revision is `record.revision` (0: there must be none).

        Returns the record with its new revision. Raises Conflict when somebody else wrote meanwhile.
        """

    def transact(self, writes: Sequence[Record | Deletion]) -> None:
        """All or none, each on its own condition (at most 100, no record twice). Raises Conflict."""

    def query(
        self,
        partition: str,
        prefix: str = "",
        *,
        newest_first: bool = False,
        limit: int = 100,
        after: str | None = None,
    ) -> Page:
        """A page of one partition in order of `sort`, from the place that a former page's `next` named."""

    def query_index(
        self, index: str, value: str, *, newest_first: bool = False, limit: int = 100, after: str | None = None
    ) -> Page:
        """A page of the records whose `indexes[index]` is (value, ...), in order of that sort.

        Each is as last written, and one that is found there no more is left out. On AWS one that was written this
        moment may be missing, most often for less than a second: what must not miss a record asks by its key.
        """


def checked_key(key: str) -> str:
    """The key of an object, if it is one. Raises InvalidInput."""
    if (
        not 0 < len(key.encode()) <= _LONGEST_KEY
        or "\0" in key
        or any(part in ("", ".", "..") for part in key.split("/"))
    ):
        raise InvalidInput(f"{key!r} is no object key", "Keys are relative, with / between names, never . or ..")
    return key


class ObjectStore(Protocol):
    """Named immutable blobs: a folder locally, S3 on AWS. Keys are relative, ``/``-separated, never ``..``."""

    def put(self, key: str, body: bytes) -> None:
        """Store, replacing what is there; durable and whole when it returns."""

    def put_if_absent(self, key: str, body: bytes, *, lasting: bool = True) -> bool:
        """Store unless the key exists; False if it does. Safe to repeat.

        What need not be `lasting` survives every process, but perhaps not a power cut: lines of a log.
        """

    def get(self, key: str, offset: int = 0, size: int | None = None) -> bytes:
        """All of it, or at most `size` bytes from `offset` on. Raises NotFound."""

    def list(self, prefix: str, after: str = "") -> Iterator[str]:
        """Keys below a prefix, in order, after a key."""

    def delete(self, key: str) -> None:
        """Nothing happens if it is not there."""

    def size(self, prefix: str) -> int:
        """How many bytes lie below a prefix."""

    def url(self, key: str) -> str:
        """An address that a person can open; on AWS for some hours."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a task token is answered with: an output, or an error and cause."""

    output: Json = None
    error: str | None = None
    cause: str | None = None


class StateMachines(Protocol):
    """Executions of state machines: the local engine, or Step Functions."""

    def deploy(self, machine: CompiledMachine) -> str:
        """Make the machine known; its versioned ARN. The same machine again gives the same ARN."""

    def start(self, machine_arn: str, name: str, input: Json) -> str:
        """Start an execution; its ARN. Same name and input again: the same ARN; another input: AlreadyExists."""

    def stop(self, arn: str, error: str, cause: str) -> Sequence[str]:
        """Abort a running execution. Nothing happens if it ended already.

        What it had begun elsewhere ends with it: a sentence about each that was stopped by name, or goes on all the
        same.
        """

    def redrive(self, arn: str) -> None:
        """Run it again from its failed states, by AWS's rules. Raises Refused with the reason."""

    def describe(self, arn: str) -> Execution:
        """Raises NotFound."""

    def history(self, arn: str, after: int = 0) -> Iterator[HistoryEvent]:
        """Events in order, with ids greater than `after`. Only what is durable is shown."""

    def children(self, arn: str) -> Sequence[str]:
        """ARNs of executions that this one started (nested pipelines), in order of their start."""

    def answer(self, token: str, answer: Answer) -> None:
        """Answer a task token. Raises NotFound when nothing waits for it."""

    def forget(self, arns: Sequence[str]) -> None:
        """Remove ended executions with their histories, and those that they started. What is gone already is no
        concern; raises Refused when one still runs. Step Functions cannot: there they stay until AWS removes them, 90
        days after their end."""


@dataclass(frozen=True, slots=True)
class ExistingMachine:
    """A state machine that somebody else made. `definition` is its text; AWS keeps no history of an `express` one."""

    arn: str
    name: str
    definition: str
    express: bool = False


@dataclass(frozen=True, slots=True)
class Listed:
    """An execution as a list shows it. `redrives`: how often it was redriven."""

    arn: str
    name: str
    status: ExecutionStatus
    redrives: int = 0


class ExistingMachines(Protocol):
    """State machines that Bunsui did not make, and their executions, whoever started them. Nothing is changed."""

    def machine(self, arn: str) -> ExistingMachine:
        """By its own ARN, or that of a version, an alias or an execution of it. Raises NotFound, InvalidInput."""

    def executions(self, machine: str, after: str = "") -> tuple[Sequence[Listed], str]:
        """A page, the newest first, and where to go on (empty: that was all)."""


class ForeignLogs(Protocol):
    """Logs that a backend keeps of tasks without our runtime: CloudWatch. A laptop has no such tasks."""

    def attempts(self, events: Iterable[HistoryEvent]) -> Iterator[ForeignAttempt]:
        """Of each such try in an execution's history, the lines that are there by now, always in the same order."""


class AlertChannel(Protocol):
    """Where alerts go."""

    def send(self, message: Message, target: Target) -> str:
        """Deliver; how that was done, in a few words. Raises BackendError: the outbox tries again.

        A message may come twice, with the same id. What a secret address stands for is in no answer and no error.
        """
