"""A real server in a process of its own, and boto3 as its client; every answer is checked against botocore's model."""

from __future__ import annotations

import io
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.validate import ParamValidator

ROLE = "arn:aws:iam::000000000000:role/anybody"


@dataclass
class Server:
    """`bunsui serve` on a home. Started anew it serves the same home, at another port."""

    home: Path
    arguments: tuple[str, ...] = ()
    process: subprocess.Popen[str] | None = None
    told: dict[str, Any] = field(default_factory=dict)

    def start(self) -> Server:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "bunsui", "serve", "--port", "0", "--output", "json", *self.arguments],
            env={**os.environ, "BUNSUI_HOME": str(self.home), "BUNSUI_OWNER": "tester"},
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        self.told = json.loads(self.process.stdout.readline())
        return self

    @property
    def url(self) -> str:
        return str(self.told["url"])

    @property
    def port(self) -> int:
        return int(self.url.rpartition(":")[2])

    def kill(self) -> None:
        self._end(signal.SIGKILL)

    def stop(self) -> int:
        self._end(signal.SIGTERM)
        assert self.process is not None
        return self.process.returncode

    def _end(self, number: signal.Signals) -> None:
        assert self.process is not None
        self.process.send_signal(number)
        self.process.wait(30)
        if self.process.stdout:
            self.process.stdout.close()

    def client(self, service: str, key: str = "local") -> Any:
        options = Config(retries={"max_attempts": 1}, parameter_validation=False, inject_host_prefix=False)
        client = boto3.client(
            service,
            endpoint_url=self.url,
            region_name="us-east-1",
            aws_access_key_id=key,
            aws_secret_access_key="local",
            config=options,
        )
        client.meta.events.register("after-call", _fits_the_model)
        return client


def _fits_the_model(parsed: Mapping[str, Any], model: Any, **_: Any) -> None:
    if "Error" in parsed:
        assert parsed["Error"]["Code"] in {*(shape.error_code for shape in model.error_shapes), *COMMON}, parsed
        return
    told = {name: value for name, value in parsed.items() if name != "ResponseMetadata"}
    report = ParamValidator().validate(told, model.output_shape) if model.output_shape else None
    assert report is None or not report.has_errors(), report.generate_report()


# Errors that any operation may give, and that the model therefore does not name.
COMMON = {
    "ValidationException",
    "InvalidDefinition",
    "SerializationException",
    "UnknownOperationException",
    "AccessDeniedException",
}


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    folder = Path(tempfile.mkdtemp(prefix="bns"))
    served = Server(folder / "home").start()
    yield served
    assert served.stop() == 0
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def states(server: Server) -> Any:
    return server.client("stepfunctions")


@pytest.fixture
def lambdas(server: Server) -> Any:
    return server.client("lambda")


def code_of(files: Mapping[str, str]) -> bytes:
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return body.getvalue()


def make_function(lambdas: Any, name: str, source: str, **more: Any) -> str:
    made = lambdas.create_function(
        FunctionName=name,
        Runtime="python3.12",
        Role=ROLE,
        Handler="app.handler",
        Code={"ZipFile": code_of({"app.py": source})},
        **more,
    )
    return str(made["FunctionArn"])


def make_machine(states: Any, name: str, machine_states: dict[str, Any], **more: Any) -> str:
    definition = {"QueryLanguage": "JSONata", "StartAt": next(iter(machine_states)), "States": machine_states}
    made = states.create_state_machine(name=name, definition=json.dumps(definition), roleArn=ROLE, **more)
    return str(made["stateMachineArn"])


def eventually(found: Callable[[], Any]) -> Any:
    """What `found` gives once that is true."""
    until = time.monotonic() + 30
    while not (value := found()):
        assert time.monotonic() < until, "it never came about"
        time.sleep(0.02)
    return value


def ended(states: Any, arn: str) -> dict[str, Any]:
    def look() -> dict[str, Any] | None:
        described: dict[str, Any] = states.describe_execution(executionArn=arn)
        return described if described["status"] != "RUNNING" else None

    found: dict[str, Any] = eventually(look)
    return found
