"""Lambda functions as local processes, through boto3; task tokens, which they are handed."""

from __future__ import annotations

import io
import json
import zipfile
from typing import Any

from server.conftest import ROLE, Server, ended, eventually, make_function, make_machine
from server.test_machines import refused

ECHO = """
import os

def handler(event, context):
    print("said by", context.function_name)
    if event == {"fail": True}:
        raise KeyError("missing")
    return {"event": event, "mode": os.environ.get("MODE"), "folder": os.path.basename(os.getcwd())}
"""


def invoke(lambdas: Any, name: str, payload: Any = None, **more: Any) -> Any:
    given = {} if payload is None else {"Payload": json.dumps(payload)}
    answer = lambdas.invoke(FunctionName=name, **given, **more)
    return answer, json.loads(answer["Payload"].read() or b"null")


def test_a_function_is_made_described_invoked_and_deleted(lambdas: Any) -> None:
    arn = make_function(lambdas, "echo", ECHO, Environment={"Variables": {"MODE": "test"}}, Timeout=9)
    found = lambdas.get_function(FunctionName="echo")["Configuration"]
    assert (found["FunctionArn"], found["Handler"], found["Timeout"]) == (arn, "app.handler", 9)
    for name in ("echo", arn, "arn:aws:lambda:eu-west-1:111122223333:function:echo", "echo:$LATEST"):
        answer, value = invoke(lambdas, name, {"a": [1, None]})
        assert (answer["StatusCode"], answer["ExecutedVersion"]) == (200, "$LATEST")
        assert (value["event"], value["mode"]) == ({"a": [1, None]}, "test")
    assert invoke(lambdas, "echo")[1]["event"] == {}
    assert [f["FunctionName"] for f in lambdas.list_functions()["Functions"]].count("echo") == 1
    assert refused(lambdas.create_function, **creation("echo"))[0] == "ResourceConflictException"
    lambdas.delete_function(FunctionName="echo")
    assert refused(lambdas.get_function, FunctionName="echo") == (
        "ResourceNotFoundException",
        "Function not found: arn:aws:lambda:local:000000000000:function:echo",
    )


def creation(name: str, **more: Any) -> dict[str, Any]:
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w") as archive:
        archive.writestr("app.py", ECHO)
    given = {"Runtime": "python3.12", "Role": ROLE, "Handler": "app.handler", "Code": {"ZipFile": body.getvalue()}}
    return {"FunctionName": name, **given, **more}


def test_what_a_function_raises_is_its_answer(lambdas: Any) -> None:
    make_function(lambdas, "raises", ECHO)
    answer, value = invoke(lambdas, "raises", {"fail": True})
    assert (answer["StatusCode"], answer["FunctionError"]) == (200, "Unhandled")
    assert (value["errorType"], value["errorMessage"]) == ("KeyError", "'missing'")
    assert value["stackTrace"][0].startswith('  File "/var/task/app.py", line 7, in handler')
    assert list(value)[:3] == ["errorMessage", "errorType", "requestId"]
    make_function(lambdas, "sleeps", "import time\ndef handler(event, context):\n    time.sleep(60)\n", Timeout=1)
    answer, value = invoke(lambdas, "sleeps")
    assert answer["FunctionError"] == "Unhandled"
    assert "1.00 seconds" in value["errorMessage"]


def test_an_event_is_accepted_and_a_dry_run_does_nothing(lambdas: Any, server: Server) -> None:
    make_function(lambdas, "later", "def handler(event, context):\n    open(event['path'], 'w').close()\n")
    path = server.home / "came"
    assert invoke(lambdas, "later", {"path": str(path)}, InvocationType="DryRun")[0]["StatusCode"] == 204
    assert not path.exists()
    assert invoke(lambdas, "later", {"path": str(path)}, InvocationType="Event")[0]["StatusCode"] == 202
    eventually(path.exists)


def test_new_code_is_what_is_run_next(lambdas: Any) -> None:
    make_function(lambdas, "renewed", "def handler(event, context):\n    return 'old'\n")
    assert invoke(lambdas, "renewed")[1] == "old"
    body = creation("x")["Code"]["ZipFile"]
    told = lambdas.update_function_code(FunctionName="renewed", ZipFile=body)
    assert told["CodeSha256"] == lambdas.get_function_configuration(FunctionName="renewed")["CodeSha256"]
    assert invoke(lambdas, "renewed", 5)[1]["event"] == 5
    assert refused(lambdas.update_function_code, FunctionName="renewed", ZipFile=body, RevisionId="other")[0] == (
        "PreconditionFailedException"
    )


def test_a_zip_that_reaches_outside_or_is_none_is_refused(lambdas: Any, server: Server) -> None:
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w") as archive:
        archive.writestr("../../../outside.py", "x = 1")
    link = zipfile.ZipInfo("link")
    link.external_attr = 0o120777 << 16
    linked = io.BytesIO()
    with zipfile.ZipFile(linked, "w") as archive:
        archive.writestr(link, "/etc/passwd")
    for bad in (body.getvalue(), linked.getvalue(), b"PK no zip", b""):
        code, message = refused(lambdas.create_function, **creation("bad", Code={"ZipFile": bad}))
        assert (code, message[:15]) == ("InvalidParameterValueException", "Could not unzip")
    assert not list(server.home.rglob("outside.py"))


def test_what_does_not_run_here_is_refused_with_the_reason(lambdas: Any) -> None:
    for more in ({"Runtime": "nodejs22.x"}, {"PackageType": "Image"}, {"Code": {"S3Bucket": "b", "S3Key": "k"}}):
        assert refused(lambdas.create_function, **creation("elsewhere", **more))[0] == "InvalidParameterValueException"
    assert refused(lambdas.invoke, FunctionName="nobody")[0] == "ResourceNotFoundException"
    make_function(lambdas, "picky", ECHO)
    assert refused(lambdas.invoke, FunctionName="picky", Payload=b"{no json")[0] == "InvalidRequestContentException"
    assert refused(lambdas.invoke, FunctionName="picky", Payload=b'"%s"' % (b"x" * 6_300_000))[0] == (
        "RequestTooLargeException"
    )


def test_machines_call_functions_by_arn_and_by_name(states: Any, lambdas: Any) -> None:
    arn = make_function(lambdas, "called", "def handler(event, context):\n    return [event]\n")
    foreign = "arn:aws:lambda:eu-central-1:123456789012:function:called"
    by_name = {
        "Type": "Task",
        "Resource": "arn:aws:states:::lambda:invoke",
        "Arguments": {"FunctionName": "called", "Payload": "{% $states.input %}"},
        "Output": "{% $states.result.Payload %}",
        "Next": "Foreign",
    }
    machine = {
        "Direct": {"Type": "Task", "Resource": arn, "Next": "Named"},
        "Named": by_name,
        "Foreign": {"Type": "Task", "Resource": foreign, "Next": "Missing"},
        "Missing": {
            "Type": "Task",
            "Resource": f"{arn}-not",
            "End": True,
            "Catch": [{"ErrorEquals": ["Lambda.ResourceNotFoundException"], "Next": "Caught"}],
        },
        "Caught": {"Type": "Pass", "End": True, "Output": "{% $states.input.Error %}"},
    }
    run = states.start_execution(stateMachineArn=make_machine(states, "calls", machine), input="7")["executionArn"]
    found = ended(states, run)
    assert (found["status"], found["output"]) == ("SUCCEEDED", '"Lambda.ResourceNotFoundException"')
    events = states.get_execution_history(executionArn=run)["events"]
    outputs = [
        e["lambdaFunctionSucceededEventDetails"]["output"] for e in events if e["type"] == "LambdaFunctionSucceeded"
    ]
    assert outputs == ["[7]", "[[[7]]]"]


ASK = {
    "Ask": {
        "Type": "Task",
        "Resource": "arn:aws:states:::lambda:invoke.waitForTaskToken",
        "HeartbeatSeconds": 600,
        "Arguments": {
            "FunctionName": "keeps",
            "Payload": {"token": "{% $states.context.Task.Token %}", "path": "{% $states.input %}"},
        },
        "End": True,
    }
}
KEEPS = "def handler(event, context):\n    open(event['path'], 'w').write(event['token'])\n    return 'kept'\n"


def ask(states: Any, machine: str, folder: Any, name: str) -> tuple[str, str]:
    """A running execution, and the token that its function was handed; the function has returned."""
    path = folder / name
    run = states.start_execution(stateMachineArn=machine, name=name, input=json.dumps(str(path)))["executionArn"]
    eventually(lambda: "TaskSubmitted" in types(states, run))
    return run, path.read_text()


def types(states: Any, run: str) -> list[str]:
    return [event["type"] for event in states.get_execution_history(executionArn=run)["events"]]


def test_whoever_has_the_token_answers(states: Any, lambdas: Any, server: Server) -> None:
    make_function(lambdas, "keeps", KEEPS)
    machine = make_machine(states, "asks", ASK)
    run, token = ask(states, machine, server.home, "good")
    states.send_task_heartbeat(taskToken=token)
    assert refused(states.send_task_success, taskToken=token, output="{")[0] == "InvalidOutput"
    states.send_task_success(taskToken=token, output='{"yes": 1}')
    assert ended(states, run)["output"] == '{"yes":1}'
    assert types(states, run)[2:6] == ["TaskScheduled", "TaskStarted", "TaskSubmitted", "TaskSucceeded"]
    gone = ("TaskTimedOut", "Task Timed Out: 'Provided task does not exist anymore'")
    assert refused(states.send_task_success, taskToken=token, output="1") == gone
    assert refused(states.send_task_heartbeat, taskToken=token) == gone
    assert refused(states.send_task_failure, taskToken="made up") == ("InvalidToken", "Invalid Token: 'Invalid token'")
    run, token = ask(states, machine, server.home, "bad")
    states.send_task_failure(taskToken=token, error="No", cause="not today")
    found = ended(states, run)
    assert (found["status"], found["error"], found["cause"]) == ("FAILED", "No", "not today")
