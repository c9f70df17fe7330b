"""An environment with a pipeline's functions and containers in it, made by hand as a deployment makes them.

What `env deploy` itself does is tested where it lives.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from bunsui.aws import items
from bunsui.aws.binding import operation_of
from bunsui.aws.deploy.packaging import File, packed, runtime_archive, runtime_files
from bunsui.aws.objects import S3Client
from bunsui.aws.table import DynamoDBClient
from bunsui.compiler import compile_pipeline
from bunsui.model.machine import ContainerResource, FunctionResource
from bunsui.model.pipeline import Pipeline
from bunsui.model.secret import Secret
from bunsui.services.wiring import Ports
from ministack.functions import make_mailboxes
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
        found, _ = self.workspace().pipelines.load(str(folder / "pipeline.yaml"))
        for placeholder, resource in compile_pipeline(found).resources.items():
            if isinstance(resource, FunctionResource) and not resource.existing:
                self.make_function(found, placeholder, resource, code)
            elif isinstance(resource, ContainerResource) and not resource.existing:
                self.make_task(found, placeholder, resource, code)
        return str(folder / "pipeline.yaml")

    def make_function(
        self, of: Pipeline, placeholder: str, resource: FunctionResource, code: Mapping[str, str]
    ) -> None:
        self.clients.ask(
            "lambda",
            "create_function",
            FunctionName=self.environment.function(of.name, operation_of(placeholder)).rpartition(":")[2],
            Runtime="python3.11",
            Handler="bunsui.task.aws.function.handler",
            Role=ROLE,
            Timeout=resource.timeout or 900,
            MemorySize=resource.memory or 512,
            Code={"ZipFile": zipped({**{name: one.body for name, one in runtime_files().items()}, **_encoded(code)})},
            Environment={"Variables": {**self.variables(resource), "BUNSUI_HANDLER": resource.handler}},
        )

    def make_task(self, of: Pipeline, placeholder: str, resource: ContainerResource, code: Mapping[str, str]) -> None:
        runtime, package = runtime_archive(), zipped(_encoded(code))
        self.ports.objects.put(runtime.key, runtime.body())
        self.ports.objects.put("code/tests.zip", package)
        variables = {**self.variables(resource), "BUNSUI_CODE": "code/tests.zip"}
        mounts = [{"sourceVolume": "bunsui", "containerPath": "/bunsui"}]
        first = {
            "name": "runtime",
            "image": "public.ecr.aws/aws-cli/aws-cli",
            "essential": False,
            "command": ["s3", "cp", f"s3://{self.environment.bucket}/{runtime.key}", "/bunsui/task.pyz"],
            "mountPoints": mounts,
        }
        main = {
            "name": "task",
            "image": resource.image or "python",
            "entryPoint": ["python3"],
            "command": ["/bunsui/task.pyz", "--", *resource.command],
            "environment": [{"name": name, "value": value} for name, value in variables.items()],
            "dependsOn": [{"containerName": "runtime", "condition": "SUCCESS"}],
            "mountPoints": mounts,
        }
        family = self.environment.task_definition(of.name, operation_of(placeholder)).rpartition("/")[2]
        self.clients.ask(
            "ecs",
            "register_task_definition",
            family=family,
            volumes=[{"name": "bunsui"}],
            containerDefinitions=[first, main],
        )

    def variables(self, resource: FunctionResource | ContainerResource) -> dict[str, str]:
        secrets = {name: value.ref for name, value in resource.env.items() if isinstance(value, Secret)}
        return {
            **{name: value for name, value in resource.env.items() if isinstance(value, str)},
            "BUNSUI_RECORDS": self.environment.records,
            "BUNSUI_BUCKET": self.environment.bucket,
            "BUNSUI_SECRETS": json.dumps(secrets),
        }


def zipped(content: Mapping[str, bytes]) -> bytes:
    return packed({name: File(body) for name, body in content.items()}, "a test's code").body()


def _encoded(code: Mapping[str, str]) -> dict[str, bytes]:
    return {name: body.encode() for name, body in code.items()}
