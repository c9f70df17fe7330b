"""An environment with a pipeline's functions and containers in it, made by hand as a deployment makes them.

What `env deploy` itself does is tested where it lives.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from bunsui.aws import items
from bunsui.aws.binding import operation_of
from bunsui.aws.objects import S3Client
from bunsui.aws.runtime import files
from bunsui.aws.table import DynamoDBClient
from bunsui.compiler import compile_pipeline
from bunsui.model.machine import FunctionResource
from bunsui.model.pipeline import Pipeline
from bunsui.model.secret import Secret
from bunsui.services.wiring import Ports
from ministack.functions import make_mailboxes, pipeline
from ministack.workspaces import Account

ROLE = "arn:aws:iam::000000000000:role/tasks"


class Stage(Account):
    """All its things have the names that machines ask for."""

    def __post_init__(self) -> None:
        self.clients = self.running.clients()
        self.environment = replace(self.running.environment(), subnets=("subnet-1", "subnet-2"))
        make_mailboxes(self.clients, self.environment)
        self.clients.ask("dynamodb", "create_table", **items.definition(self.environment.records))
        self.clients.ask("s3", "create_bucket", Bucket=self.environment.bucket)
        table = DynamoDBClient(self.clients, self.environment.records)
        objects = S3Client(self.clients, self.environment.bucket)
        self.ports = Ports(table, objects, self.running.machines(self.environment), "aws")

    def deployed(self, folder: Path, text: str, code: Mapping[str, str]) -> str:
        """The path of the pipeline's file, whose functions are in the account now. `code` are files by their names."""
        (folder / "pipeline.yaml").write_text(text)
        for name, body in code.items():
            (folder / name).write_text(body)
        found = pipeline(text)
        for placeholder, resource in compile_pipeline(found).resources.items():
            if isinstance(resource, FunctionResource) and not resource.existing:
                self.make(found, placeholder, resource, code)
        return str(folder / "pipeline.yaml")

    def make(self, of: Pipeline, placeholder: str, resource: FunctionResource, code: Mapping[str, str]) -> None:
        secrets = {name: value.ref for name, value in resource.env.items() if isinstance(value, Secret)}
        plain = {name: value for name, value in resource.env.items() if isinstance(value, str)}
        self.clients.ask(
            "lambda",
            "create_function",
            FunctionName=self.environment.function(of.name, operation_of(placeholder)).rpartition(":")[2],
            Runtime="python3.11",
            Handler="bunsui.task.aws.function.handler",
            Role=ROLE,
            Timeout=resource.timeout or 900,
            MemorySize=resource.memory or 512,
            Code={"ZipFile": packed({**files(), **{name: body.encode() for name, body in code.items()}})},
            Environment={"Variables": {**plain, **self.variables(secrets), "BUNSUI_HANDLER": resource.handler}},
        )

    def variables(self, secrets: Mapping[str, str]) -> dict[str, str]:
        return {
            "BUNSUI_RECORDS": self.environment.records,
            "BUNSUI_BUCKET": self.environment.bucket,
            "BUNSUI_SECRETS": json.dumps(secrets),
        }


def packed(content: Mapping[str, bytes]) -> bytes:
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w") as archive:
        for name, one in content.items():
            archive.writestr(name, one)
    return body.getvalue()
