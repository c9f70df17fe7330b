"""Functions in Lambda under the contract of tasks: the kinds `lambda` and `python`, over the wire."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bunsui.model.status import SessionStatus
from ministack.server import MiniStack
from ministack.stages import Stage
from ministack.workspaces import settled

CODE = """
import os, sys, time
from bunsui import task

def work(event):
    print("begins", event["n"])
    task.log("half", level="WARNING", n=event["n"])
    sys.stderr.write("an aside\\n")
    os.system("echo from a program")
    task.progress(1, 2, "half of it")
    with task.output_file("table.csv") as file:
        open(file, "w").write("a,b")
    return {"twice": event["n"] * 2, "table": file, "long": "x" * 20_000, "key": task.idempotency_key}

def read(twice, table, long):
    print("password is", os.environ["PASSWORD"], "and plain is", os.environ["PLAIN"])
    return {"twice": twice, "table": open(table).read(), "length": len(long)}

def save(event):
    before = task.saved()
    task.save({"row": (before or {"row": 0})["row"] + 5})
    if before is None:
        raise ValueError("not yet: " + os.environ["PASSWORD"])
    return {"row": task.saved()["row"]}

def set_of(event):
    return {"a": {1, 2}}
"""
PIPELINE = """
version: 1
name: runtime
params: {n: {type: integer, default: 1}}
operations:
  work:
    lambda: {handler: code_of_tests.work, code: .}
    with: {n: "{% $params.n %}"}
  read:
    needs: [work]
    python: {call: "code_of_tests:read", code: .}
    env: {PLAIN: visible, PASSWORD: {secret: "ssm:/bunsui/password"}}
    with: {twice: "{% $work.twice %}", table: "{% $work.table %}", long: "{% $work.long %}"}
  save:
    needs: [work]
    lambda: {handler: code_of_tests.save, code: .}
    env: {PASSWORD: {secret: "secretsmanager:bunsui/password"}}
    retry: {max_attempts: 2, interval: 1s}
outputs: {twice: "{% $read.twice %}", table: "{% $read.table %}", length: "{% $read.length %}", row: "{% $save.row %}"}
"""
SECRET = "hunter2-hunter2"


@pytest.fixture(scope="module")
def stage(ministack: MiniStack) -> Stage:
    stage = Stage(ministack)
    stage.clients.ask("ssm", "put_parameter", Name="/bunsui/password", Value=SECRET, Type="SecureString")
    stage.clients.ask("secretsmanager", "create_secret", Name="bunsui/password", SecretString=SECRET)
    return stage


def test_functions_log_tell_save_and_hand_files_on_as_on_a_laptop(stage: Stage, tmp_path: Path) -> None:
    source = stage.deployed(tmp_path, PIPELINE, {"code_of_tests.py": CODE})
    workspace = stage.workspace()
    session = settled(workspace, workspace.run(source, {"n": 4}))
    assert session.status is SessionStatus.COMPLETED, session.reason
    assert workspace.sessions.outcome(session.id).outputs == {"twice": 8, "table": "a,b", "length": 20_000, "row": 10}
    lines = [(one.operation, one.level, one.stream, one.message) for one in workspace.sessions.logs(session.id)]
    assert [one[1:] for one in lines if one[0] == "work" and one[2] != "stderr"] == [
        ("INFO", "stdout", "begins 4"),
        ("WARNING", "log", "half n=4"),
        ("INFO", "stdout", "from a program"),
    ]
    assert ("work", "WARNING", "stderr", "an aside") in lines
    assert ("read", "INFO", "stdout", "password is *** and plain is visible") in lines
    assert any("ValueError: not yet: ***" in message for _, _, _, message in lines)
    progress = stage.ports.table.query(f"session#{session.id}", "progress#")
    assert [(one.sort, one.body["done"], one.body["note"]) for one in progress.records] == [
        ("progress#work", 1, "half of it")
    ]
    everything = json.dumps([dict(one.body) for one in stage.ports.table.query(f"session#{session.id}").records])
    history = workspace.sessions.history(session.id)
    assert SECRET not in everything + repr(history)


FAILING = """
version: 1
name: failing
on_failure: continue
operations:
  raises: {lambda: {handler: code_of_tests.save, code: .}, env: {PASSWORD: none}}
  sets: {lambda: {handler: code_of_tests.set_of, code: .}}
  missing: {python: {call: "nowhere:f", code: .}}
  gone: {python: {call: "code_of_tests:set_of", code: .}, env: {PASSWORD: {secret: "ssm:/no/such"}}, with: {event: 1}}
"""


def test_failures_are_named_and_told_as_on_a_laptop(stage: Stage, tmp_path: Path) -> None:
    source = stage.deployed(tmp_path, FAILING, {"code_of_tests.py": CODE})
    workspace = stage.workspace()
    session = settled(workspace, workspace.run(source))
    told = {}
    names: dict[int, str] = {}
    for event in stage.ports.machines.history(session.executions[-1].arn):
        if event.type == "TaskStateEntered":
            names[event.id] = str(event.details["name"])
        elif event.previous_id in names:
            names[event.id] = names[event.previous_id]
        if event.type == "TaskFailed":
            told[names[event.id]] = (event.details["error"], json.loads(str(event.details["cause"])))
    assert {name: error for name, (error, _) in told.items()} == {
        "raises": "ValueError",
        "sets": "Bunsui.OutputNotJson",
        "missing": "Runtime.ImportModuleError",
        "gone": "Bunsui.SecretMissing",
    }
    (frame,) = told["raises"][1]["stackTrace"]
    assert "/code_of_tests.py" in frame
    assert "in save" in frame
    assert told["sets"][1]["errorMessage"] == "the output is not JSON: $.a is a set"
    logged = [line.message for line in workspace.sessions.logs(session.id) if line.operation == "sets"]
    assert logged == ["Bunsui.OutputNotJson: the output is not JSON: $.a is a set"]
