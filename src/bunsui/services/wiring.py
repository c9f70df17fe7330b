"""What services are handed: a backend's ports, and the surroundings they act in (time, chance, owner, files).

Services take nothing else from the outside, so a test hands in fakes. Who builds the real ones: `bunsui.backend`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

from bunsui.model.alert import Message
from bunsui.model.json import Json
from bunsui.model.listing import Listing
from bunsui.model.machine import CompiledMachine
from bunsui.model.pipeline import Pipeline
from bunsui.ports import AlertChannel, ForeignLogs, ObjectStore, StateMachines, Table


@dataclass(frozen=True, slots=True)
class Pace:
    """Seconds between two looks: of who watches, from `shortest` to `longest` while nothing changes; of who waits, from
    `first` to `slowest`; of who glances at many, for which the last look holds; and into one `history`."""

    shortest: float = 0.01
    longest: float = 0.0
    first: float = 0.01
    slowest: float = 0.05
    glance: float = 0.0
    history: float = 0.0


@dataclass(frozen=True, slots=True)
class Ports:
    """`read_only` ports refuse every write; who only looks then shows what is there, and stores nothing.

    `deployed` is asked before an execution of a pipeline is begun with code that has this hash: it raises Refused where
    another was deployed.
    """

    table: Table
    objects: ObjectStore
    machines: StateMachines
    context: str = "local"
    read_only: bool = False
    deployed: Callable[[str, str], None] = lambda pipeline, code: None
    runs_here: bool = True  # tasks are processes of this machine
    pace: Pace = Pace()
    foreign: ForeignLogs | None = None


@dataclass(frozen=True, slots=True)
class Duties:
    """What a backend calls on where it does the work of the sessions.

    `ended` is told the name of an execution that ended. `sweep` does what is due, `next` only says when that is
    (seconds since the epoch, None: nothing is).
    """

    ended: Callable[[str], None]
    sweep: Callable[[], float | None]
    next: Callable[[], float | None]


Api = Callable[[str, str, Mapping[str, Json]], Mapping[str, Json]]
"""Carries out an operation (its service, its name, its parameters); the answer. Raises ApiError."""


@dataclass(frozen=True, slots=True)
class Backend:
    """A backend that is open. `leave` lets open work go on without this process; `close` ends what runs in it.

    `engine_process` is the process that runs executions, where there is one. `prepare` says that something will run
    soon, and waits for nothing. `noticed` gives the alerts for the person at this process who was not shown them yet,
    `trouble` what keeps executions waiting here (a full disk). `api` answers AWS's API, where we are the service.
    """

    ports: Ports
    channel: AlertChannel
    leave: Callable[[], None]
    close: Callable[[], None]
    engine_process: Callable[[], int | None] = lambda: None
    prepare: Callable[[], None] = lambda: None
    noticed: Callable[[], Sequence[Message]] = lambda: ()
    trouble: Callable[[], str] = lambda: ""
    api: Api | None = None


class Files(Protocol):
    """Files beside the pipeline, wherever they lie. `address` is a path, or begins with ``s3://``."""

    def read(self, address: str, limit: int) -> bytes:
        """Raises NotFound, or InvalidInput when it is no readable file or larger than `limit` bytes."""

    def digest(self, folders: Sequence[str]) -> str:
        """A hash over the names and contents of all files in these folders, which may be files themselves.

        What is missing counts as empty.
        """

    def exists(self, path: str) -> bool:
        """Whether there is a file at this path."""


class RemoteFiles(Protocol):
    """Files that do not lie on this machine, by addresses that begin with ``s3://``."""

    def read(self, address: str, limit: int) -> bytes:
        """Raises NotFound, or InvalidInput when it is no file or larger than `limit` bytes."""

    def entries(self, address: str, most: int, after: str = "") -> Listing:
        """A page of what is below it, or of the versions of a file. Never raises: it has a problem then."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """`clock` gives seconds since the epoch, UTC. `chance(n)` gives n random characters of a-z2-7."""

    clock: Callable[[], float]
    sleep: Callable[[float], None]
    chance: Callable[[int], str]
    owner: str
    environ: Mapping[str, str]
    executable: str  # the interpreter that runs Bunsui


Compile = Callable[[Pipeline], CompiledMachine]


def rfc3339(at: float) -> str:
    """UTC with microseconds, always the same width: texts sort as times."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
