"""What `bunsui env deploy` leaves behind, as far as a run needs it: the records, tables, a bucket and a machine."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from bunsui.aws import items
from bunsui.aws.environments import DEPLOYMENT, ENVIRONMENT, SCHEMA, THIS
from bunsui.aws.state_machines import StepFunctionsClient
from bunsui.aws.table import DynamoDBClient
from bunsui.compiler import compile_pipeline
from bunsui.ports import Record
from bunsui.services.sessions.starting import code_folders
from bunsui.services.surroundings import LocalFiles
from ministack.functions import make_function, make_mailboxes, pipeline
from ministack.server import MiniStack


class Deployed:
    """An environment of its own. `environ` is what a process needs to find it."""

    def __init__(self, running: MiniStack) -> None:
        self.running, self.clients = running, running.clients()
        self.environment = running.environment()
        self.name = self.environment.name
        self.clients.ask("dynamodb", "create_table", **items.definition(self.environment.records))
        self.clients.ask("s3", "create_bucket", Bucket=self.environment.bucket)
        self.clients.ask("sns", "create_topic", Name=self.environment.topic.rpartition(":")[2])
        make_mailboxes(self.clients, self.environment)
        self.table = DynamoDBClient(self.clients, self.environment.records)
        self.table.put(Record(ENVIRONMENT, THIS, self._record()))

    def _record(self) -> dict[str, object]:
        there = self.environment
        return {
            "schema": SCHEMA,
            "name": there.name,
            "account": there.account,
            "region": there.region,
            "partition": there.partition,
            "subnets": [],
            "security_groups": [],
            "public_ip": False,
        }

    @property
    def environ(self) -> dict[str, str]:
        return {
            "AWS_ENDPOINT_URL": self.running.address,
            "AWS_REGION": self.environment.region,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_EC2_METADATA_DISABLED": "true",
        }

    def toml(self, context: str, *more: str) -> str:
        """A table of bunsui.toml."""
        return "\n".join([f"[contexts.{context}]", 'backend = "aws"', f'environment = "{self.name}"', *more, ""])

    def function(self, name: str, code: str) -> str:
        own = f"{self.name}-{name}"
        make_function(self.clients, own, code)
        return own

    def replace_function(self, own: str, code: str) -> None:
        self.clients.ask("lambda", "delete_function", FunctionName=own)
        make_function(self.clients, own, code)

    def deploy(self, file: Path) -> None:
        """The machine of a pipeline file, and the record of it."""
        found = compile_pipeline(pipeline(file.read_text()))
        machine = replace(found, folder=str(file.parent))
        version = StepFunctionsClient(self.clients, self.environment).deploy(machine)
        body = {
            "machine": self.environment.machine(machine.name),
            "version": version,
            "machine_sha256": machine.sha256,
            "code_sha256": LocalFiles().digest(code_folders(machine)),
        }
        there = self.table.get(DEPLOYMENT, machine.name)
        self.table.put(Record(DEPLOYMENT, machine.name, body, revision=there.revision if there else 0))
