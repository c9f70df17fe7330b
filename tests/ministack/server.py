"""AWS for tests: MiniStack behind our launcher, one process for each process of pytest, from its first use on.

Tests share it and nothing in it: what they make has names of their own.
"""

from __future__ import annotations

import itertools
import os
import shutil
import subprocess
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from bunsui.aws import items
from bunsui.aws.clients import Clients
from bunsui.aws.names import Environment
from bunsui.aws.objects import S3Client
from bunsui.aws.state_machines import StepFunctionsClient
from bunsui.aws.table import DynamoDBClient

PYTHON = Path(__file__).parents[2] / ".venv-ministack" / "bin" / "python"
REGION, ACCOUNT = "us-east-1", "000000000000"
_PATIENCE = 30
_numbers = itertools.count(1)


def found() -> bool:
    """Whether `make ministack` made its environment."""
    return (PYTHON.parent.parent / ".installed").exists()


@dataclass
class MiniStack:
    """A running one; `with` ends it. Its data folder goes with it."""

    as_it_is: bool = False
    address: str = field(init=False, default="")
    _clients: Clients | None = None

    def __enter__(self) -> Self:
        self._folder = tempfile.mkdtemp(prefix="ministack")
        command = [str(PYTHON), "-P", str(Path(__file__).with_name("launcher.py")), self._folder]
        self._process = subprocess.Popen(
            [*command, *(["--as-it-is"] if self.as_it_is else [])],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=(log := open(Path(self._folder, "log"), "wb")),
            env={"PATH": os.environ["PATH"], "PYTHONPATH": str(Path(__file__).parent)},
        )
        log.close()
        assert self._process.stdout is not None
        self.address = self._process.stdout.readline().decode().strip()
        assert self.address, Path(self._folder, "log").read_text(errors="replace")
        return self

    def __exit__(self, *_: object) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        try:
            self._process.wait(_PATIENCE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        shutil.rmtree(self._folder, ignore_errors=True)

    def clients(self) -> Clients:
        """The same for all tests: a client takes long to make."""
        if self._clients is None:
            self._clients = Clients(region=REGION, endpoint=self.address)
        return self._clients

    def environment(self) -> Environment:
        """Of its own: nothing is there yet."""
        return Environment(f"t{next(_numbers)}", ACCOUNT, REGION)

    def table(self) -> DynamoDBClient:
        """A new one, empty."""
        clients, name = self.clients(), self.environment().records
        clients.ask("dynamodb", "create_table", **items.definition(name))
        return DynamoDBClient(clients, name)

    def objects(self) -> S3Client:
        """On a new bucket, below a prefix."""
        clients, name = self.clients(), self.environment().bucket
        clients.ask("s3", "create_bucket", Bucket=name)
        return S3Client(clients, name, "below/")

    def machines(self, environment: Environment | None = None) -> StepFunctionsClient:
        return StepFunctionsClient(self.clients(), environment or self.environment())
