"""The other kinds of operations on AWS, in one pipeline: an ecs image, a nested pipeline, a wait, an approval, a task.

Functions and commands are in `test_functions` and `test_containers`.
"""

from __future__ import annotations

import time
from pathlib import Path

from bunsui.model.status import SessionStatus
from ministack.server import MiniStack
from ministack.stages import Stage
from ministack.workspaces import settled

_PATIENCE = 60
PARENT = """
version: 1
name: kinds
operations:
  image:
    ecs: {image: python, command: [sh, -c, "echo '{\\"n\\": 3}' > $BUNSUI_OUTPUT"]}
  nested:
    needs: [image]
    pipeline: {file: inner.yaml}
    with: {n: "{% $image.n %}"}
  pause:
    needs: [nested]
    wait: {for: 1s}
  ask:
    needs: [pause]
    approval: {message: "{% 'publish ' & $string($nested.n) & '?' %}"}
  publish:
    needs: [ask]
    task: {resource: "arn:aws:states:::sqs:sendMessage"}
    with: {QueueUrl: "QUEUE", MessageBody: "{% $string($nested.n) %}"}
outputs: {n: "{% $nested.n %}", by: "{% $ask.by %}"}
"""
CHILD = """
version: 1
name: inner
params: {n: {type: integer}}
operations:
  double: {python: {call: "doubles:double", code: .}, with: {n: "{% $params.n %}"}}
outputs: {n: "{% $double.n %}"}
"""


def test_every_kind_runs_and_its_output_goes_on(ministack: MiniStack, tmp_path: Path) -> None:
    stage = Stage(ministack)
    queue = stage.clients.ask("sqs", "create_queue", QueueName="published")["QueueUrl"]
    code = {"doubles.py": "def double(n):\n    print('doubling', n)\n    return {'n': n * 2}\n"}
    stage.deployed(tmp_path, CHILD, code)
    (tmp_path / "inner.yaml").write_text(CHILD)
    source = stage.deployed(tmp_path, PARENT.replace("QUEUE", queue), code)
    workspace = stage.workspace()
    session = workspace.run(source)
    deadline = time.monotonic() + _PATIENCE
    while not (waiting := workspace.sessions.approvals(session.id)):
        assert time.monotonic() < deadline, workspace.sessions.get(session.id)
        time.sleep(0.1)
    assert [(one.operation, one.message) for one in waiting] == [("ask", "publish 6?")]
    workspace.sessions.approve(session.id, "ask")
    done = settled(workspace, session)
    assert done.status is SessionStatus.COMPLETED, done.reason
    assert workspace.sessions.outcome(done.id).outputs == {"n": 6, "by": "tester"}
    lines = [(line.operation, line.message) for line in workspace.sessions.logs(done.id)]
    assert ("nested.double", "doubling 3") in lines
    (message,) = stage.clients.ask("sqs", "receive_message", QueueUrl=queue)["Messages"]
    assert message["Body"] == "6"
