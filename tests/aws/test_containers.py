"""Containers of ECS under the contract of tasks: the kinds `command` and `ecs`, with a launcher instead of Fargate.

Logs, progress, output, token and heartbeat; secrets; a command that fails, is stopped, or whose container is lost.
"""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bunsui.controller.attending import Controller
from bunsui.model.session import Session
from bunsui.model.status import SessionStatus
from ministack.server import MiniStack
from ministack.stages import Stage
from ministack.workspaces import settled

_PATIENCE = 60
CODE = """
import json, os, sys, time
from bunsui import task

given = json.load(open(os.environ["BUNSUI_INPUT"]))
print("given", sorted(given), "in", sorted(os.listdir(".")), flush=True)
print("password is", os.environ["PASSWORD"], "and plain is", os.environ["PLAIN"])
task.log("a line of its own", level="WARNING")
print("an aside", file=sys.stderr)
assert "BUNSUI_TASK" not in os.environ and os.environ["BUNSUI_OPERATION"] == "train"
before = task.saved()
task.save({"row": 5})
task.progress(3, 4, "rows")
if before is None:
    sys.exit("not yet")
with task.output_file("model.bin") as file:
    open(file, "wb").write(b"model of " + open(given["table"]["path"], "rb").read())
json.dump({"model": file, "before": before, "long": "y" * 20_000}, open(os.environ["BUNSUI_OUTPUT"], "w"))
"""
MAKE = """
from bunsui import task

def table(event):
    with task.output_file("table.csv") as file:
        open(file, "w").write("a,b")
    return {"table": file}

def read(model, long, before):
    return {"model": open(model).read(), "length": len(long), "before": before["row"]}
"""
PIPELINE = """
version: 1
name: training
operations:
  make:
    lambda: {handler: made.table, code: .}
  train:
    needs: [make]
    command: {run: [python, train.py], image: python}
    with: {table: "{% $make.table %}"}
    env: {PLAIN: visible, PASSWORD: {secret: "ssm:/bunsui/container"}}
    retry: {max_attempts: 2, interval: 1s}
  read:
    needs: [train]
    python: {call: "made:read", code: .}
    with: {model: "{% $train.model %}", long: "{% $train.long %}", before: "{% $train.before %}"}
outputs: {model: "{% $read.model %}", length: "{% $read.length %}", before: "{% $read.before %}"}
"""
SECRET = "correct-horse-battery"


@pytest.fixture(scope="module")
def stage(ministack: MiniStack) -> Stage:
    stage = Stage(ministack)
    stage.clients.ask("ssm", "put_parameter", Name="/bunsui/container", Value=SECRET, Type="SecureString")
    return stage


def one_command(stage: Stage, folder: Path, name: str, code: str, more: str = "") -> str:
    text = f"""
version: 1
name: {name}
operations:
  work:
    command: {{run: [python, work.py], image: python}}
    {more}
"""
    return stage.deployed(folder, text, {"work.py": code})


def until(holds: Callable[[], Any]) -> Any:
    deadline = time.monotonic() + _PATIENCE
    while not (found := holds()):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return found


def messages(stage: Stage, session: Session) -> list[str]:
    return [line.message for line in stage.workspace().sessions.logs(session.id)]


def tasks(stage: Stage, status: str) -> Any:
    """Descriptions of the environment's tasks."""
    cluster = stage.environment.cluster
    arns = stage.clients.ask("ecs", "list_tasks", cluster=cluster, desiredStatus=status)["taskArns"]
    return stage.clients.ask("ecs", "describe_tasks", cluster=cluster, tasks=arns)["tasks"] if arns else []


def began(stage: Stage, session: Session) -> None:
    """The command has said so."""
    until(lambda: "begun" in messages(stage, session))


def test_a_container_logs_tells_saves_and_hands_files_on_as_on_a_laptop(stage: Stage, tmp_path: Path) -> None:
    source = stage.deployed(tmp_path, PIPELINE, {"train.py": CODE, "made.py": MAKE})
    workspace = stage.workspace()
    session = settled(workspace, workspace.run(source))
    assert session.status is SessionStatus.COMPLETED, session.reason
    outputs = workspace.sessions.outcome(session.id).outputs
    assert outputs == {"model": "model of a,b", "length": 20_000, "before": 5}
    lines = [line for line in workspace.sessions.logs(session.id) if line.operation == "train"]
    first = [(one.level, one.stream, one.message) for one in lines if one.attempt == "1.0.0"]
    assert [one for one in first if one[1] != "stderr"] == [
        ("INFO", "stdout", "given ['table'] in ['made.py', 'train.py']"),
        ("INFO", "stdout", "password is *** and plain is visible"),
        ("WARNING", "log", "a line of its own"),
        ("ERROR", "log", "Bunsui.CommandFailed: python exited with code 1"),
    ]
    assert [one for one in first if one[1] == "stderr"] == [
        ("WARNING", "stderr", "an aside"),
        ("WARNING", "stderr", "not yet"),
    ]
    records = stage.ports.table.query(f"session#{session.id}").records
    told = {one.sort: one.body for one in records}
    assert (told["progress#train"]["done"], told["progress#train"]["note"]) == (3, "rows")
    assert SECRET not in json.dumps([dict(one.body) for one in records]) + repr(workspace.sessions.history(session.id))


def test_a_command_that_fails_says_why_as_on_a_laptop(stage: Stage, tmp_path: Path) -> None:
    source = one_command(stage, tmp_path, "failing", "import sys\nsys.exit('no table')\n")
    workspace = stage.workspace()
    session = settled(workspace, workspace.run(source))
    assert session.status is SessionStatus.FAILED
    events = stage.ports.machines.history(session.executions[-1].arn)
    told = next(event.details for event in events if event.type == "TaskFailed")
    said = "python exited with code 1; it last wrote:\nno table"
    cause = {"errorMessage": said, "errorType": "Bunsui.CommandFailed", "stackTrace": []}
    assert (told["error"], json.loads(str(told["cause"]))) == ("Bunsui.CommandFailed", cause)


def test_a_container_that_is_killed_is_lost_and_ecs_says_so(stage: Stage, tmp_path: Path) -> None:
    queue = stage.clients.ask("sqs", "create_queue", QueueName="stopped")["QueueUrl"]
    pattern = {"source": ["aws.ecs"], "detail-type": ["ECS Task State Change"], "detail": {"lastStatus": ["STOPPED"]}}
    stage.clients.ask("events", "put_rule", Name="stopped", EventPattern=json.dumps(pattern), State="ENABLED")
    arn = stage.clients.ask("sqs", "get_queue_attributes", QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]
    stage.clients.ask("events", "put_targets", Rule="stopped", Targets=[{"Id": "q", "Arn": arn["QueueArn"]}])
    source = one_command(stage, tmp_path, "lost", "import time\nprint('begun', flush=True)\ntime.sleep(600)\n")
    workspace = stage.workspace()
    session = workspace.run(source)
    began(stage, session)
    (task,) = tasks(stage, "RUNNING")
    os.kill(int(next(one["runtimeId"] for one in task["containers"] if one["name"] == "task")), signal.SIGKILL)
    (event,) = until(lambda: stage.clients.ask("sqs", "receive_message", QueueUrl=queue).get("Messages"))
    assert Controller(workspace, lambda: 300.0).attend(json.loads(event["Body"]))["answered"] is True
    done = settled(workspace, session)
    assert (done.status, "ECS.EssentialContainerExited" in str(done.reason)) == (SessionStatus.FAILED, True)


def test_a_lost_container_without_any_event_is_noticed_by_its_heartbeat(stage: Stage, tmp_path: Path) -> None:
    code = "import time\nprint('begun', flush=True)\ntime.sleep(600)\n"
    source = one_command(stage, tmp_path, "silent", code, more="heartbeat: 3s")
    workspace = stage.workspace()
    session = workspace.run(source)
    began(stage, session)
    time.sleep(4)  # longer than the heartbeat: while it lives it is waited for
    (task,) = tasks(stage, "RUNNING")
    assert workspace.sessions.refresh(session.id).status is SessionStatus.RUNNING
    os.kill(int(next(one["runtimeId"] for one in task["containers"] if one["name"] == "task")), signal.SIGKILL)
    done = settled(workspace, session)
    assert done.status is SessionStatus.FAILED
    assert "States.HeartbeatTimeout" in str(done.reason)


def test_a_container_that_ecs_stops_ends_its_command_and_says_so(stage: Stage, tmp_path: Path) -> None:
    code = """
import signal, sys, time
def stop(*_):
    print("putting things in order", flush=True)
    sys.exit(0)
signal.signal(signal.SIGTERM, stop)
print("begun", flush=True)
time.sleep(600)
"""
    source = one_command(stage, tmp_path, "stopped", code)
    workspace = stage.workspace()
    session = workspace.run(source)
    began(stage, session)
    (task,) = tasks(stage, "RUNNING")
    stage.clients.ask("ecs", "stop_task", cluster=stage.environment.cluster, task=task["taskArn"], reason="by hand")
    done = settled(workspace, session)
    assert (done.status, "Bunsui.ContainerStopped" in str(done.reason)) == (SessionStatus.FAILED, True)
    assert "putting things in order" in messages(stage, session)


def test_a_container_that_nobody_waits_for_any_more_ends_by_itself(stage: Stage, tmp_path: Path) -> None:
    code = "import time\nprint('begun', flush=True)\ntime.sleep(600)\n"
    source = one_command(stage, tmp_path, "unwanted", code, more="heartbeat: 3s")
    workspace = stage.workspace()
    session = workspace.run(source)
    began(stage, session)
    stage.clients.ask("stepfunctions", "stop_execution", executionArn=session.executions[-1].arn)
    until(lambda: not tasks(stage, "RUNNING"))
    assert "stopped: its execution no longer waits for it" in messages(stage, session)


def test_a_cancel_stops_the_container_and_says_that_a_function_goes_on(stage: Stage, tmp_path: Path) -> None:
    text = """
version: 1
name: cancelled
operations:
  work: {command: {run: [python, work.py], image: python}}
  sleep: {lambda: {handler: sleeping.sleep, code: .}}
  nested: {pipeline: {file: child.yaml}}
"""
    child = "version: 1\nname: child\noperations:\n  inner: {command: {run: [python, work.py], image: python}}\n"
    begun = "import time\nprint('begun', flush=True)\ntime.sleep(600)\n"
    sleeping = "import time\ndef sleep(event):\n    time.sleep(8)\n"
    stage.deployed(tmp_path, child, {"work.py": begun})
    (tmp_path / "child.yaml").write_text(child)
    source = stage.deployed(tmp_path, text, {"work.py": begun, "sleeping.py": sleeping})
    workspace = stage.workspace()
    session = workspace.run(source)
    until(lambda: messages(stage, session).count("begun") == 2)
    assert workspace.sessions.cancel(session.id).status is SessionStatus.CANCELLED
    until(lambda: not tasks(stage, "RUNNING"))
    said = [line.message for line in workspace.sessions.logs(session.id) if not line.operation]
    assert any(message.startswith("work: its container was stopped") for message in said)
    assert any(message.startswith("inner: its container was stopped") for message in said)
    assert any(message.startswith("sleep is a function, which nobody can stop") for message in said)
