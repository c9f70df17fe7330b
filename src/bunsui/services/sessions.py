"""SessionManager: sessions from their start to their end, for every face and both backends.

It reads like the sequence diagrams. What a history means is decided in `analysis`; records are kept by `session_store`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import BinaryIO

from bunsui.model.json import Json
from bunsui.model.log import LogLine
from bunsui.model.pipeline import Pipeline
from bunsui.model.session import Session
from bunsui.model.status import SessionStatus
from bunsui.services.logs import LogFilter
from bunsui.services.views import Approval, ExecutionTree, Outcome, ResumePlan, SessionPage, SessionView


class SessionManager:
    """`ref` is a session id, a unique prefix of one, or ``@last``. NotFound and Refused (ambiguous) say what is there."""

    def start(
        self,
        pipeline: Pipeline,
        params: Mapping[str, Json],
        *,
        name: str | None = None,
        version: int | None = None,
        tags: Mapping[str, str] | None = None,
    ) -> Session:
        """Start a session with bound parameters; it is RUNNING when this returns.

        With a `name` (it becomes the id), the same input again returns the session that is there; another input
        raises AlreadyExists. A kill at any point is healed by `refresh`.
        """
        raise NotImplementedError

    def get(self, ref: str) -> Session:
        """The record as stored, without asking the backend."""
        raise NotImplementedError

    def list(
        self,
        *,
        status: SessionStatus | None = None,
        pipeline: str | None = None,
        limit: int = 50,
        after: str | None = None,
    ) -> SessionPage:
        """A page of sessions, newest first. Costs no call to the backend's executions."""
        raise NotImplementedError

    def status(self, ref: str, *, lines: int = 0) -> SessionView:
        """The session now (refreshed), with its operations and, if asked, its last log lines."""
        raise NotImplementedError

    def watch(self, ref: str, *, interval: float = 0.2) -> Iterator[SessionView]:
        """A view at once, another when something changed, the last when the session ended. Waits through RETRYING."""
        raise NotImplementedError

    def wait(self, ref: str, timeout: float | None = None) -> Session:
        """Until the session ended; TimeoutError when that takes longer than `timeout` seconds."""
        raise NotImplementedError

    def refresh(self, ref: str) -> Session:
        """Fold in what the execution did. Idempotent: any number of watchers may call it at any time."""
        raise NotImplementedError

    def cancel(self, ref: str, *, why: str = "") -> Session:
        """Stop a session that has not ended; Refused if it has. Its status is CANCELLED with who and why."""
        raise NotImplementedError

    def plan_resume(self, ref: str) -> ResumePlan:
        """What `resume` would reuse and rerun. Refused while the session runs, or when it COMPLETED."""
        raise NotImplementedError

    def resume(self, ref: str, *, why: str = "") -> Session:
        """A new execution that keeps the outputs of everything done; only when ended and not COMPLETED."""
        raise NotImplementedError

    def restart(self, ref: str, *, why: str = "") -> Session:
        """A new execution from nothing, at raised generations; only when ended."""
        raise NotImplementedError

    def approvals(self, ref: str) -> tuple[Approval, ...]:
        """Approval operations that wait for an answer, nested ones too."""
        raise NotImplementedError

    def approve(self, ref: str, operation: str | None = None, *, comment: str = "") -> Approval:
        """Answer yes. Without `operation` there must be exactly one that waits; else Refused lists them."""
        raise NotImplementedError

    def reject(self, ref: str, operation: str | None = None, *, comment: str = "") -> Approval:
        """Answer no: the operation fails with Bunsui.Rejected."""
        raise NotImplementedError

    def history(self, ref: str, execution: int | None = None) -> ExecutionTree:
        """The history of the session's last execution (or of number `execution`), with nested pipelines."""
        raise NotImplementedError

    def logs(self, ref: str, wanted: LogFilter = LogFilter(), *, follow: bool = False) -> Iterator[LogLine]:
        """The merged log in time order. With `follow`, goes on until the session ended; no line is lost or repeated."""
        raise NotImplementedError

    def outcome(self, ref: str) -> Outcome:
        """Outputs of an ended session, and where its files and logs lie."""
        raise NotImplementedError

    def export(self, ref: str, target: BinaryIO) -> None:
        """A zip of the record, the pipeline's text, histories and logs."""
        raise NotImplementedError
