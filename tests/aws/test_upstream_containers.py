"""What MiniStack 1.5 lacks about containers, each with a test that fails once upstream has mended it.

The mends are in `tests/ministack` (containers.py, mends.py).
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator

import pytest

from bunsui.aws.clients import Clients
from ministack.server import MiniStack

_PATIENCE = 30


@pytest.fixture(scope="module")
def upstream(ministack: MiniStack) -> Iterator[Clients]:
    """As it is. `ministack` sets the surroundings."""
    with MiniStack(as_it_is=True) as running:
        yield running.clients()


def test_a_container_that_would_end_at_once_is_running_for_ever(upstream: Clients) -> None:
    container = {"name": "task", "image": "python", "command": ["true"]}
    upstream.ask("ecs", "register_task_definition", family="f", containerDefinitions=[container])
    arn = upstream.ask("ecs", "run_task", cluster="c", taskDefinition="f")["tasks"][0]["taskArn"]
    time.sleep(1)
    assert upstream.ask("ecs", "describe_tasks", cluster="c", tasks=[arn])["tasks"][0]["lastStatus"] == "RUNNING"


def test_a_machine_cannot_put_an_object(upstream: Clients) -> None:
    state = {
        "Type": "Task",
        "Resource": "arn:aws:states:::aws-sdk:s3:putObject",
        "Parameters": {"Bucket": "bucket", "Key": "k", "Body": {"a": 1}},
        "End": True,
    }
    definition = json.dumps({"StartAt": "p", "States": {"p": state}})
    upstream.ask("s3", "create_bucket", Bucket="bucket")
    role = "arn:aws:iam::000000000000:role/r"
    machine = upstream.ask("stepfunctions", "create_state_machine", name="m", definition=definition, roleArn=role)
    arn = upstream.ask("stepfunctions", "start_execution", stateMachineArn=machine["stateMachineArn"])["executionArn"]
    deadline = time.monotonic() + _PATIENCE
    while (found := upstream.ask("stepfunctions", "describe_execution", executionArn=arn))["status"] == "RUNNING":
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert (found["status"], found["error"]) == ("FAILED", "States.Runtime")
