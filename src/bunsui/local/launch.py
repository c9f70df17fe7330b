"""What the engine and the task supervisor say to each other. The wire is in `supervisor`; tests speak it in memory."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from bunsui.model.json import Json
from bunsui.model.secret import Secret


@dataclass(frozen=True, slots=True)
class Launch:
    """Run one attempt of a task.

    `id` is unique in the home: ``<execution name>/<task>``. `kind` is function (handler with `event`), command
    (argv, `event` is the input object) or http. `context` is what the runtime tells the task and its logs:
    session, operation, item, generation, attempt, key (the idempotency key), inline (fields), cap (bytes).
    """

    id: str
    kind: str
    event: Json
    context: Mapping[str, Json]
    handler: str = ""
    code: str | None = None  # folder that is put on the import path, absolute
    argv: Sequence[str] = ()
    env: Mapping[str, str | Secret] = field(default_factory=dict)
    folder: str = "."
    python: str = ""
    path: str = ""
    memory: int | None = None  # MiB
    timeout: float | None = None
    heartbeat: float | None = None
    saved: Json = None  # the position that an earlier attempt saved
    plain: bool = False  # a function as Lambda knows it: any JSON value comes in and out, whole


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a launch ended. In the spool before anyone is told. `error` None means success."""

    id: str
    output: Json = None
    error: str | None = None
    cause: str | None = None
    started: float = 0.0
    ended: float = 0.0


@dataclass(frozen=True, slots=True)
class Progress:
    id: str
    context: Mapping[str, Json]
    done: float
    total: float | None
    note: str
    at: float


@dataclass(frozen=True, slots=True)
class Saved:
    """A position that the task asked to keep; it is in the spool already."""

    id: str
    key: str  # the idempotency key
    position: Json
    at: float


@dataclass(frozen=True, slots=True)
class Beat:
    """The task is alive (sent when it has a heartbeat)."""

    id: str
    at: float


@dataclass(frozen=True, slots=True)
class Lost:
    """The supervisor died and another was started: what has no outcome must be launched again."""


Report = Outcome | Progress | Saved | Beat | Lost


class Ear(Protocol):
    """Where reports come in, for the engine to wait for: it then takes them in its own thread."""

    def fileno(self) -> int:
        """-1 while there is nothing to wait for."""

    def hear(self) -> None:
        """Deliver what is there by now. It never blocks."""


class TaskSupervisor(Protocol):
    """What the engine needs of the process that runs tasks."""

    def ear(self) -> Ear | None:
        """Asked before `start`: what the engine will listen at itself. None: reports come from a thread."""

    def start(self, deliver: Callable[[Report], None]) -> frozenset[str]:
        """Connect to the home's supervisor, or start one. Returns ids it runs or has outcomes of (adopted).

        Before it returns, `deliver` was called with everything in the spool (saved positions, outcomes), so that
        no overdue timer fires before them; later it is called when the ear hears. It never blocks.
        """

    def launch(self, launches: Sequence[Launch]) -> None:
        """Run them. An id that is already running or has an outcome is not run again."""

    def cancel(self, ids: Sequence[str]) -> None:
        """Kill their process groups; no outcome follows."""

    def acknowledge(self, ids: Sequence[str]) -> None:
        """Their outcomes are durable in the journal: the spool may forget them."""

    def stop(self) -> None:
        """Disconnect; the supervisor ends by itself when it has no engine and no task for a while."""
