"""Everything Bunsui raises. An operation's failure is data in a history, never one of these.

    BunsuiError
    ├── InvalidInput          problems in what was given                  exit 3
    ├── NotFound              no such session, pipeline, file             exit 4
    ├── Refused               conflict, not allowed now                   exit 5
    │   ├── Conflict          a record changed since it was read
    │   ├── AlreadyExists     that name is taken by another input
    │   ├── Untrusted         it came from S3 and would run code here
    │   ├── ApiError          what an AWS API of ours answers with
    │   └── IllegalTransition
    └── BackendError          backend, disk or credentials                exit 6
        ├── StorageFull
        ├── NewerSchema       the home was written by a newer Bunsui
        ├── Unreachable       no answer: the network, an address, a service that is down
        ├── Throttled         too many requests, after all patience
        ├── NoCredentials     none, expired ones, or ones that nobody knows
        └── NotAllowed        a permission is missing

Every error has a message (what happened, with names and values) and a hint (the next thing to type).
"""

from __future__ import annotations

import shlex
from collections.abc import Sequence

from bunsui.model.problem import Problem


class BunsuiError(Exception):
    """The root: `str(error)` is the message."""

    exit_code = 7
    hint = ""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint or type(self).hint


class InvalidInput(BunsuiError):
    exit_code = 3
    hint = "Mend the places named above, then: bunsui validate FILE"

    def __init__(self, message: str, hint: str = "", problems: Sequence[Problem] = ()) -> None:
        super().__init__(message, hint)
        self.problems = tuple(problems)


class NotFound(BunsuiError):
    exit_code = 4
    hint = "List what there is: bunsui session list, bunsui pipeline list"


class Refused(BunsuiError):
    exit_code = 5
    hint = "Look at it first: bunsui session show ID"


class Conflict(Refused):
    hint = "Somebody else changed it meanwhile: run the command again"


class AlreadyExists(Refused):
    hint = "Choose another name: bunsui run --name NAME"


class Untrusted(Refused):
    """`deeds` is what would be run here, a line each; `sha256` is the content that a person may allow."""

    hint = "Look at it, then allow it: bunsui run s3://BUCKET/KEY --trust SHA256"

    def __init__(self, source: str, deeds: Sequence[str], sha256: str) -> None:
        runs = "an operation" if len(deeds) == 1 else f"{len(deeds)} operations"
        command = f"bunsui run {shlex.quote(source)} --trust {sha256}"
        super().__init__(
            f"{source} came from S3, would run {runs} on this machine, and nobody allowed that yet",
            f"Look at it (bunsui plan {shlex.quote(source)}), then allow this very content: {command}",
        )
        self.source, self.deeds, self.sha256 = source, tuple(deeds), sha256


class ApiError(Refused):
    """For a client of AWS's API: `code` and HTTP `status` are what AWS answers."""

    hint = "Look the code up in AWS's documentation of the operation"

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.code, self.status = code, status


class IllegalTransition(Refused):
    def __init__(self, session: str, old: str, new: str) -> None:
        super().__init__(f"session {session} is {old} and cannot become {new}", f"bunsui session show {session}")


class BackendError(BunsuiError):
    exit_code = 6
    hint = "Check the home folder and the backend: bunsui doctor"


class StorageFull(BackendError):
    hint = "Free some disk space, then run the command again: nothing was lost"


class NewerSchema(BackendError):
    hint = "Upgrade Bunsui, or use another home: BUNSUI_HOME=DIR"


class Unreachable(BackendError):
    hint = "Look at the network and the address, then run the command again"


class Throttled(BackendError):
    hint = "Wait a minute, then run the command again: what was done stays done"


class NoCredentials(BackendError):
    hint = "Sign in: aws sso login, or name a profile: export AWS_PROFILE=NAME"


class NotAllowed(BackendError):
    hint = "Ask for the permission that is named above, or use another profile: export AWS_PROFILE=NAME"
