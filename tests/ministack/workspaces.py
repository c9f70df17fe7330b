"""A workspace on AWS's adapters: the services, unchanged, over the wire. How a user will get one is not built yet."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from bunsui.aws.clients import Clients
from bunsui.aws.names import Environment
from bunsui.channels.console import Console
from bunsui.channels.outlets import Outlets
from bunsui.model.session import Session
from bunsui.services.wiring import Backend, Duties, Ports
from bunsui.settings import load
from bunsui.workspace import Workspace
from ministack.functions import make_function, make_mailboxes
from ministack.server import MiniStack


def nothing() -> None:
    """There is no engine to leave or to close."""


@dataclass
class Account:
    """An environment of its own, with its tables and bucket. `requests` counts what is asked for, by service."""

    running: MiniStack
    requests: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.clients: Clients = self.running.clients()
        self.environment: Environment = self.running.environment()
        make_mailboxes(self.clients, self.environment)
        table, objects = self.running.table(), self.running.objects()
        self.ports = Ports(table, objects, self.running.machines(self.environment), "aws")
        for service in ("dynamodb", "s3", "stepfunctions"):
            hooks = self.clients._client(service).meta.events
            hooks.register("before-send", lambda event_name, **_: self.requests.update([event_name.split(".")[1]]))

    def workspace(self) -> Workspace:
        def opened(duties: Duties) -> Backend:
            return Backend(self.ports, Outlets(Console()), leave=nothing, close=nothing)

        return Workspace(load(), opened)

    def function(self, name: str, code: str) -> str:
        """Its name, which is of this environment alone."""
        own = f"{self.environment.name}-{name}"
        make_function(self.clients, own, code)
        return own

    def replace_function(self, own: str, code: str) -> None:
        self.clients.ask("lambda", "delete_function", FunctionName=own)
        make_function(self.clients, own, code)


def settled(workspace: Workspace, session: Session) -> Session:
    """When it has ended, and all that follows is done."""
    workspace.sessions.wait(session.id, timeout=60)
    while (found := workspace.sessions.refresh(session.id)).ending:
        continue
    return found


def written(folder: Path, text: str) -> str:
    path = folder / "pipeline.yaml"
    path.write_text(text)
    return str(path)
