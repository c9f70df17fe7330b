"""An environment whose controller runs as a Lambda in MiniStack, called by its EventBridge, as a deployment makes it.

Its code is that of this work tree: a package is `env deploy`'s, and is tried with it.
"""

from __future__ import annotations

import contextlib
import io
import json
import site
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import bunsui
from bunsui.aws import items
from bunsui.aws.clients import Clients
from bunsui.aws.environments import ENVIRONMENT, THIS, environment_body
from bunsui.aws.names import Environment
from bunsui.aws.objects import S3Client
from bunsui.aws.table import DynamoDBClient
from bunsui.channels.console import Console
from bunsui.channels.outlets import Outlets
from bunsui.ports import Record
from bunsui.services.wiring import Backend, Duties, Ports
from bunsui.settings import load
from bunsui.workspace import Workspace
from ministack.functions import make_function, make_mailboxes
from ministack.server import MiniStack

_CODE = """
import sys
sys.path[:0] = {folders!r}
from bunsui.controller.handler import handler
"""
_EVENTS = {
    "ended": {
        "source": ["aws.states"],
        "detail-type": ["Step Functions Execution Status Change"],
        "detail": {"status": ["SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED"]},
    }
}


def _nothing() -> None:
    """There is no engine to leave or to close."""


@dataclass
class Controlled:
    """Nobody looks at its sessions but the controller; `stored` is what it made of them."""

    running: MiniStack
    clients: Clients = field(init=False)
    environment: Environment = field(init=False)
    ports: Ports = field(init=False)

    def __post_init__(self) -> None:
        self.clients, self.environment = self.running.clients(), self.running.environment()
        there = self.environment
        make_mailboxes(self.clients, there)
        self.clients.ask("dynamodb", "create_table", **items.definition(there.records))
        self.clients.ask("s3", "create_bucket", Bucket=there.bucket)
        table = DynamoDBClient(self.clients, there.records)
        table.put(Record(ENVIRONMENT, THIS, environment_body(there, "test", "2026-01-01T00:00:00Z", "tester")))
        self.ports = Ports(table, S3Client(self.clients, there.bucket), self.running.machines(there), "aws")
        self._deploy()

    def workspace(self) -> Workspace:
        def opened(duties: Duties) -> Backend:
            return Backend(self.ports, Outlets(Console()), leave=_nothing, close=_nothing)

        return Workspace(load(), opened)

    def function(self, name: str, code: str) -> str:
        own = f"{self.environment.name}-{name}"
        make_function(self.clients, own, code)
        return own

    def invoke(self, event: object) -> Any:
        """The controller's answer to an event. Fails where it raised."""
        given = {"FunctionName": self.environment.controller, "Payload": json.dumps(event).encode()}
        answer = self.clients.ask("lambda", "invoke", **given)
        told = json.loads(answer["Payload"].read())
        assert "FunctionError" not in answer, told
        return told

    @contextlib.contextmanager
    def silence(self) -> Iterator[None]:
        """No event comes."""
        for method in ("disable_rule", "enable_rule"):
            for name in _EVENTS:
                self.clients.ask("events", method, Name=f"{self.environment.stack}-{name}")
            if method == "disable_rule":
                yield

    def later(self, event: object) -> None:
        """As services call it: nobody waits for the answer."""
        given = {"FunctionName": self.environment.controller, "Payload": json.dumps(event).encode()}
        self.clients.ask("lambda", "invoke", InvocationType="Event", **given)

    def dead_letters(self) -> list[str]:
        """What the controller could not do; each is told once."""
        asked = {"QueueUrl": self._queue, "MaxNumberOfMessages": 10}
        return [one["Body"] for one in self.clients.ask("sqs", "receive_message", **asked).get("Messages", ())]

    def remove(self) -> None:
        """Its process ends."""
        self.clients.ask("lambda", "delete_function", FunctionName=self.environment.controller)

    def _deploy(self) -> None:
        there, name = self.environment, self.environment.dead_letters.rpartition(":")[2]
        self._queue = self.clients.ask("sqs", "create_queue", QueueName=name)["QueueUrl"]
        self.clients.ask(
            "lambda",
            "create_function",
            FunctionName=there.controller.rpartition(":")[2],
            Runtime="python3.11",
            Handler="controller.handler",
            Role=there.controller_role,
            Code={"ZipFile": _package()},
            Timeout=300,
            Environment={"Variables": {"BUNSUI_ENVIRONMENT": there.name}},
            DeadLetterConfig={"TargetArn": there.dead_letters},
        )
        for name, pattern in _EVENTS.items():
            prefix = {"stateMachineArn": [{"prefix": there.machine("")}]}
            given = {**pattern, "detail": {**pattern["detail"], **prefix}}  # type: ignore[dict-item]  # it is one
            rule = f"{there.stack}-{name}"
            self.clients.ask("events", "put_rule", Name=rule, EventPattern=json.dumps(given), State="ENABLED")
            target = {"Id": "controller", "Arn": there.controller}
            self.clients.ask("events", "put_targets", Rule=rule, Targets=[target])


def _package() -> bytes:
    folders = [str(Path(bunsui.__file__).parents[1]), *site.getsitepackages()]
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("controller.py", _CODE.format(folders=folders))
    return packed.getvalue()
