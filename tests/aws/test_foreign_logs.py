"""Logs of tasks without our runtime, which lie in CloudWatch, in the session's log: each line once, in its place."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from bunsui.aws.cloudwatch import CloudWatchLogs
from bunsui.model.status import SessionStatus
from ministack.server import MiniStack
from ministack.stages import Stage
from ministack.workspaces import settled, written

PRINTS = """
def handler(event, context):
    print("first of", event["n"])
    print("second of", event["n"])
    if event["n"] == 13:
        raise ValueError("unlucky")
    return {"n": event["n"]}
"""


@pytest.fixture(scope="module")
def stage(ministack: MiniStack) -> Stage:
    stage = Stage(ministack)
    stage.ports = replace(stage.ports, foreign=CloudWatchLogs(stage.clients))
    stage.function("prints", PRINTS)
    logs = {"awslogs-group": "/own", "awslogs-stream-prefix": "own"}
    stage.clients.ask("logs", "create_log_group", logGroupName="/own")
    container = {
        "name": "main",
        "image": "own",
        "command": ["sh", "-c", "echo from a container; echo its last word"],
        "logConfiguration": {"logDriver": "awslogs", "options": logs},
    }
    family = f"{stage.environment.name}-own"
    stage.clients.ask("ecs", "register_task_definition", family=family, containerDefinitions=[container])
    return stage


def source(stage: Stage, folder: Path, function: str = "prints") -> str:
    name = f"{stage.environment.name}-{function}"
    return written(
        folder,
        f"""
version: 1
name: foreign
params: {{n: {{type: integer, default: 1}}}}
operations:
  there:
    lambda: {{function: {name}}}
    with: {{n: "{{% $params.n %}}"}}
  container:
    needs: [there]
    ecs: {{task_definition: "{stage.environment.name}-own"}}
""",
    )


def test_lines_of_functions_and_containers_that_were_there_are_merged_once(stage: Stage, tmp_path: Path) -> None:
    workspace = stage.workspace()
    session = settled(workspace, workspace.run(source(stage, tmp_path), {"n": 7}))
    assert session.status is SessionStatus.COMPLETED, session.reason
    for _ in range(2):  # each reader may look for what came late
        lines = [line for line in stage.workspace().sessions.logs(session.id) if line.operation]
        assert [(one.operation, one.attempt, one.level, one.message) for one in lines if one.level != "DEBUG"] == [
            ("there", "1.0.0", "INFO", "first of 7"),
            ("there", "1.0.0", "INFO", "second of 7"),
            ("container", "1.0.0", "INFO", "from a container"),
            ("container", "1.0.0", "INFO", "its last word"),
        ]


def test_a_failed_function_is_analysed_with_its_lines(stage: Stage, tmp_path: Path) -> None:
    stage.function("unlucky", PRINTS)  # calls of one function within a second cannot be told apart once one failed
    workspace = stage.workspace()
    session = settled(workspace, workspace.run(source(stage, tmp_path, "unlucky"), {"n": 13}))
    assert session.status is SessionStatus.FAILED
    lines = [line.message for line in workspace.sessions.logs(session.id) if line.operation == "there"]
    assert "second of 13" in lines


def test_a_log_that_cannot_be_read_is_told_of(stage: Stage, tmp_path: Path) -> None:
    elsewhere = Stage(stage.running)
    elsewhere.ports = replace(elsewhere.ports, foreign=CloudWatchLogs(elsewhere.clients))
    name = elsewhere.function("quiet", "def handler(event, context):\n    return {}\n")
    text = f"version: 1\nname: quiet\noperations:\n  there:\n    lambda: {{function: {name}}}\n"
    workspace = elsewhere.workspace()
    session = workspace.run(written(tmp_path, text))
    workspace.sessions.wait(session.id, timeout=60)
    elsewhere.clients.ask("logs", "delete_log_group", logGroupName=f"/aws/lambda/{name}")
    again = elsewhere.workspace()
    messages = [line.message for line in again.sessions.logs(session.id) if not line.operation]
    assert any("there: its log in CloudWatch could not be read" in message for message in messages)
