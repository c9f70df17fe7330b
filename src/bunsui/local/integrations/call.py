"""What an integration is given and what it may answer. It decides; the engine acts, journals and launches."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from bunsui.asl.effects import CallTask
from bunsui.local.launch import Launch
from bunsui.local.machines import Deployed
from bunsui.model.json import Json
from bunsui.model.machine import FunctionResource
from bunsui.ports import Answer, ObjectStore


class MailboxItems(Protocol):
    """Items of the mailbox table, within the transaction of the engine's turn."""

    def get(self, table: str, key: str) -> Mapping[str, Json] | None: ...

    def put(self, table: str, key: str, item: Mapping[str, Json]) -> None: ...


@dataclass(frozen=True, slots=True)
class Stores:
    mailboxes: MailboxItems
    objects: ObjectStore
    saved: Callable[[str, str], Json]  # (session, idempotency key) -> the position an earlier attempt saved
    forget_saved: Callable[[str], None]  # session
    function: Callable[[str], FunctionResource | None]  # a declared one, by its name or ARN


@dataclass(frozen=True, slots=True)
class Call:
    """A task's call and the execution it comes from."""

    task: CallTask
    launch_id: str
    name: str  # of the execution
    input: Json  # of the execution
    machine: Deployed

    @property
    def session(self) -> str:
        """Whose the logs of an execution are that no session started. No session can have this name."""
        return f"{self.launch_id.partition('/')[0]}@{self.machine.name}"

    @property
    def arguments(self) -> Mapping[str, Any]:
        return self.task.arguments if isinstance(self.task.arguments, dict) else {}


@dataclass(frozen=True, slots=True)
class Run:
    """Launch a process. With `submitted` the call is answered at once, and its outcome answers the token."""

    launch: Launch
    submitted: Json = None


@dataclass(frozen=True, slots=True)
class Done:
    output: Json


@dataclass(frozen=True, slots=True)
class Failed:
    error: str
    cause: str


@dataclass(frozen=True, slots=True)
class Parked:
    """Accepted: somebody will answer the token."""

    submitted: Json


@dataclass(frozen=True, slots=True)
class Wake:
    """Answer another task's token; `output` if something waited for it, else `missing`."""

    token: str
    answer: Answer
    output: Json
    missing: Failed


@dataclass(frozen=True, slots=True)
class StartChild:
    machine: str  # ARN
    name: str | None
    input: Json


Reaction = Run | Done | Failed | Parked | Wake | StartChild


@dataclass(frozen=True, slots=True)
class Integration:
    """`launches`: it may answer Run; then `result` makes the task's result of what the process returned.

    Only such calls may be asked to react twice: after a crash, to launch what nobody runs. With `parks` the result is
    what was submitted: whoever has the token answers, perhaps while the process still runs. `result` is told when the
    process ended; `cause` words that of a process that failed.
    """

    react: Callable[[Call, Stores], Reaction]
    launches: bool = False
    parks: bool = False
    result: Callable[[Call, Json, float], Json] = lambda call, output, at: output
    cause: Callable[[Call, str | None], str | None] = lambda call, cause: cause


def sdk_metadata(call: Call) -> dict[str, Json]:
    """What every SDK response carries. The request's id is the launch's: replays give the same."""
    return {
        "SdkHttpMetadata": {"HttpStatusCode": 200},
        "SdkResponseMetadata": {"RequestId": call.launch_id},
    }
