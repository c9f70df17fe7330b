"""`bunsui env` by its command line, as a user has it, and what of an environment is in an account."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from shutil import copytree
from typing import Any

import bunsui
from bunsui.aws.clients import Clients
from bunsui.aws.names import Environment
from ministack.server import MiniStack

PATIENCE = 120

PIPELINE = """
version: 1
name: greet
operations:
  first: {lambda: {handler: steps.first, code: ./code}}
  second: {needs: [first], python: {call: "steps:second", code: ./code}, with: {n: "{% $first.n %}"}}
outputs: {total: "{% $second.total %}"}
"""
STEPS = """
def first(event):
    print("first")
    return {"n": 2}


def second(n):
    return {"total": n * 10}
"""


@dataclass
class Deployments:
    """An environment's name that nobody else has, and a folder with a pipeline."""

    running: MiniStack
    folder: Path

    def __post_init__(self) -> None:
        self.environment: Environment = self.running.environment()
        self.name = self.environment.name
        self.clients: Clients = self.running.clients()
        (self.folder / "code").mkdir(parents=True)
        # The program as it is now: what is deployed a second time is the same, whoever works on it meanwhile.
        copytree(Path(bunsui.__file__).parent, self.folder.parent / "frozen" / "bunsui")
        self.write("greet.yaml", PIPELINE)
        self.write("code/steps.py", STEPS)
        self.write("bunsui.toml", f'[contexts.there]\nbackend = "aws"\nenvironment = "{self.name}"\n')

    def write(self, name: str, text: str) -> Path:
        path = self.folder / name
        path.write_text(text)
        return path

    @property
    def environ(self) -> dict[str, str]:
        return {
            **{name: value for name, value in os.environ.items() if not name.startswith("AWS_")},
            "AWS_ENDPOINT_URL": self.running.address,
            "AWS_REGION": self.environment.region,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_EC2_METADATA_DISABLED": "true",
            "PYTHONPATH": str(self.folder.parent / "frozen"),
        }

    def command(self, *words: str) -> list[str]:
        return [sys.executable, "-m", "bunsui", *words]

    def bunsui(self, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            self.command(*words),
            cwd=self.folder,
            env=self.environ,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )

    def env(self, verb: str, *words: str) -> subprocess.CompletedProcess[str]:
        return self.bunsui("env", verb, *words, "--context", "there")

    def deployed(self, *words: str) -> Any:
        """What --output json says; it must have been done."""
        done = self.env("deploy", *words, "--yes", "--output", "json")
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def left(self) -> list[str]:
        """Everything of the environment that is in the account."""
        return sorted(name for name in _all(self.clients) if self._is_ours(name))

    def _is_ours(self, name: str) -> bool:
        own = f"bunsui-{self.name}"
        last = name.rpartition(":")[2].rpartition("/")[2] if "/bunsui/" not in name else name
        return last == own or last.startswith((f"{own}-", f"{own}.")) or f"/bunsui/{self.name}/" in name


_LISTS = (  # service, method, arguments, where the names are
    ("dynamodb", "list_tables", {}, "TableNames", ""),
    ("s3", "list_buckets", {}, "Buckets", "Name"),
    ("sns", "list_topics", {}, "Topics", "TopicArn"),
    ("sqs", "list_queues", {}, "QueueUrls", ""),
    ("lambda", "list_functions", {}, "Functions", "FunctionName"),
    ("iam", "list_roles", {}, "Roles", "RoleName"),
    ("events", "list_rules", {}, "Rules", "Name"),
    ("events", "list_connections", {}, "Connections", "Name"),
    ("logs", "describe_log_groups", {}, "logGroups", "logGroupName"),
    ("stepfunctions", "list_state_machines", {}, "stateMachines", "name"),
    ("ecs", "list_clusters", {}, "clusterArns", ""),
    ("ecs", "list_task_definitions", {"status": "ACTIVE"}, "taskDefinitionArns", ""),
    ("cloudformation", "describe_stacks", {}, "Stacks", "StackName"),
)


def _all(clients: Clients) -> Iterator[str]:
    for service, method, given, key, name in _LISTS:
        for one in clients.ask(service, method, **given).get(key, ()):
            if service == "cloudformation" and one["StackStatus"] == "DELETE_COMPLETE":
                continue
            yield one[name] if name else one
