"""Where a whole life happens: a home on this machine, or an environment on AWS as MiniStack has it."""

from __future__ import annotations

import json
import os
import shutil
import time
from dataclasses import dataclass
from pathlib import Path

from bunsui.aws.clients import Clients
from e2e.whole_life import Life
from ministack.server import REGION, MiniStack

_PATIENCE = 60
_CONTEXT = """
[contexts.life]
backend = "aws"
environment = "life"
region = "{region}"
subnets = {subnets}
"""


@dataclass
class Laptop:
    """A home that is not there yet."""

    home: Path

    @property
    def environ(self) -> dict[str, str]:
        return {"BUNSUI_HOME": str(self.home), "BUNSUI_CONTEXT": "local"}

    def begin(self) -> None:
        """Nothing needs to be there."""

    def deploy(self, life: Life, *files: str) -> None:
        """What is in the files is what runs."""

    def destroy(self, life: Life) -> None:
        """Who is done with a home removes it; nothing runs that keeps it open."""
        deadline = time.monotonic() + _PATIENCE
        while left := self._processes():
            assert time.monotonic() < deadline, left
            time.sleep(0.1)
        shutil.rmtree(self.home)

    def _processes(self) -> list[str]:
        named = f"BUNSUI_HOME={self.home}".encode()
        return [one.parent.name for one in Path("/proc").glob("[0-9]*/environ") if named in _read(one).split(b"\0")]


@dataclass
class Cloud:
    """An environment on AWS that is not there yet."""

    running: MiniStack
    home: Path

    @property
    def environ(self) -> dict[str, str]:
        return {"BUNSUI_HOME": str(self.home), "BUNSUI_CONTEXT": "life", "AWS_ENDPOINT_URL": self.running.address}

    def begin(self) -> None:
        there = self.running.clients().ask("ec2", "describe_subnets")["Subnets"]
        subnets = json.dumps([one["SubnetId"] for one in there[:2]])
        self.home.mkdir(mode=0o700)
        (self.home / "bunsui.toml").write_text(_CONTEXT.format(region=REGION, subnets=subnets))

    def deploy(self, life: Life, *files: str) -> None:
        life.bunsui("env", "deploy", *files, "--yes")

    def destroy(self, life: Life) -> None:
        """The controller could do all that it was told of."""
        clients = self.running.clients()
        queue = clients.ask("sqs", "get_queue_url", QueueName="bunsui-life-dead-letters")["QueueUrl"]
        assert "Messages" not in clients.ask("sqs", "receive_message", QueueUrl=queue)
        life.bunsui("env", "destroy", "--confirm", "life")
        assert left_of(self.running.clients(), "life") == []


# Where things of an environment could be: service, request, what of its answer names them.
_PLACES = (
    ("cloudformation", "list_stacks", "StackSummaries", "StackName"),
    ("dynamodb", "list_tables", "TableNames", ""),
    ("s3", "list_buckets", "Buckets", "Name"),
    ("stepfunctions", "list_state_machines", "stateMachines", "name"),
    ("lambda", "list_functions", "Functions", "FunctionName"),
    ("sns", "list_topics", "Topics", "TopicArn"),
    ("sqs", "list_queues", "QueueUrls", ""),
    ("events", "list_rules", "Rules", "Name"),
    ("events", "list_connections", "Connections", "Name"),
    ("iam", "list_roles", "Roles", "RoleName"),
    ("ecs", "list_clusters", "clusterArns", ""),
    ("ecs", "list_task_definitions", "taskDefinitionArns", ""),
    ("logs", "describe_log_groups", "logGroups", "logGroupName"),
)


def left_of(clients: Clients, environment: str) -> list[str]:
    """What bears the environment's name, in all services that it could use."""
    found = []
    for service, request, members, name in _PLACES:
        for page in (
            clients.pages(service, request)
            if _has_pages(clients, service, request)
            else [clients.ask(service, request)]
        ):
            for one in page.get(members, ()):
                said = one[name] if name else one
                gone = one.get("StackStatus") == "DELETE_COMPLETE" if isinstance(one, dict) else False
                if f"bunsui-{environment}" in said.replace("/bunsui/", "bunsui-") and not gone:
                    found.append(f"{service} {said}")
    return found


def _has_pages(clients: Clients, service: str, request: str) -> bool:
    return bool(clients._client(service).can_paginate(request))


def _read(path: Path) -> bytes:
    """Of a process that may have ended, or be somebody else's."""
    try:
        return path.read_bytes() if path.parent.name != str(os.getpid()) else b""
    except OSError:
        return b""
