"""What was made and started survives the death of the server."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from server.conftest import Server, ended, eventually, make_function, make_machine
from server.test_functions import KEEPS, types


@pytest.fixture
def mortal() -> Iterator[Server]:
    folder = Path(tempfile.mkdtemp(prefix="bns"))
    served = Server(folder / "home").start()
    yield served
    assert served.stop() == 0
    shutil.rmtree(folder, ignore_errors=True)


def clients(server: Server) -> tuple[Any, Any]:
    return server.client("stepfunctions"), server.client("lambda")


def test_executions_go_on_where_they_were(mortal: Server) -> None:
    states, lambdas = clients(mortal)
    make_function(lambdas, "keeps", KEEPS)
    token = {
        "Type": "Task",
        "Resource": "arn:aws:states:::lambda:invoke.waitForTaskToken",
        "Arguments": {
            "FunctionName": "keeps",
            "Payload": {"token": "{% $states.context.Task.Token %}", "path": "{% $states.input %}"},
        },
        "Next": "Rest",
    }
    machine = {"Ask": token, "Rest": {"Type": "Wait", "Seconds": 0, "End": True}}
    arn = make_machine(states, "survives", machine)
    paths = [mortal.home / f"token-{number}" for number in range(5)]
    runs = [
        states.start_execution(stateMachineArn=arn, name=path.name, input=json.dumps(str(path)))["executionArn"]
        for path in paths
    ]
    for run in runs:
        eventually(lambda run=run: "TaskSubmitted" in types(states, run))
    mortal.kill()
    states, lambdas = clients(mortal.start())
    assert {run["status"] for run in states.list_executions(stateMachineArn=arn)["executions"]} == {"RUNNING"}
    assert states.describe_state_machine(stateMachineArn=arn)["name"] == "survives"
    for number, path in enumerate(paths):
        states.send_task_success(taskToken=path.read_text(), output=str(number))
    assert [ended(states, run)["output"] for run in runs] == ["0", "1", "2", "3", "4"]
    assert [types(states, run).count("TaskScheduled") for run in runs] == [1] * 5
    assert (
        json.loads(
            lambdas.invoke(FunctionName="keeps", Payload=json.dumps({"path": str(mortal.home / "x"), "token": "t"}))[
                "Payload"
            ].read()
        )
        == "kept"
    )
