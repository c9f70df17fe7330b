"""The controller as a Lambda, with every screen closed: diagrams 2.1, 3.1 and 3.2 happen all the same."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from bunsui.model.session import Session
from bunsui.model.status import SessionStatus
from bunsui.ports import Record
from ministack.controllers import Controlled
from ministack.server import MiniStack
from ministack.workspaces import written

_PATIENCE = 60
OK = "def handler(event, context):\n    print('doing', event['n'])\n    return {'n': event['n'] + 1}\n"
BROKEN = "def handler(event, context):\n    raise ConnectionError('connection reset by peer')\n"


@pytest.fixture(scope="module")
def controlled(ministack: MiniStack) -> Iterator[Controlled]:
    """One for all: its process takes long to start."""
    made = Controlled(ministack)
    yield made
    made.remove()


def until(holds: Callable[[], Any]) -> Any:
    deadline = time.monotonic() + _PATIENCE
    while not (found := holds()):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return found


def settled(controlled: Controlled, id: str) -> Session:
    """As the controller left it. Nothing here looks: a session is read as it is stored."""
    sessions = controlled.workspace().sessions

    def whole() -> Session | None:
        session = sessions.get(id)
        return session if session.status.ended and not session.ending else None

    found: Session = until(whole)
    return found


def chain(controlled: Controlled, folder: Path, name: str, second: str, more: str = "") -> str:
    first = controlled.function(f"{name}-first", OK)
    return written(
        folder,
        f"""
version: 1
name: {name}
params: {{n: {{type: integer, default: 1}}}}
{more}
operations:
  first:
    lambda: {{function: {first}}}
    with: {{n: "{{% $params.n %}}"}}
  second:
    needs: [first]
    lambda: {{function: {controlled.function(f"{name}-second", second)}}}
    with: {{n: "{{% $first.n %}}"}}
outputs: {{n: "{{% $second.n %}}"}}
""",
    )


def test_a_session_that_nobody_watches_ends_and_is_archived(controlled: Controlled, tmp_path: Path) -> None:
    workspace = controlled.workspace()
    begun = workspace.run(chain(controlled, tmp_path, "fine", OK, "report: always"))
    done = settled(controlled, begun.id)
    assert done.status is SessionStatus.COMPLETED
    assert workspace.reports.written(done)[1].startswith(b"<!DOCTYPE html>")
    assert workspace.sessions.outcome(done.id).outputs == {"n": 3}


def test_a_failure_is_analysed_and_alerted_once(controlled: Controlled, tmp_path: Path) -> None:
    workspace = controlled.workspace()
    begun = workspace.run(chain(controlled, tmp_path, "bad", BROKEN, "notify: {on_failure: [console]}"))
    failed = settled(controlled, begun.id)
    assert failed.status is SessionStatus.FAILED
    (analysis,) = workspace.errors.strategy(failed).analyses
    assert (analysis.operation, analysis.category.value) == ("second", "transient")
    controlled.invoke({"bunsui": "sweep"})
    assert [alert.message.kind.value for alert in workspace.alerts.of_session(failed)] == ["failure"]


RECOVERY = "recovery: {on: [transient], max_attempts: 2, interval: 3s}"


def test_a_failure_that_may_pass_is_recovered_from_its_last_checkpoint(controlled: Controlled, tmp_path: Path) -> None:
    workspace = controlled.workspace()
    source = chain(controlled, tmp_path, "flaky", BROKEN, RECOVERY)
    begun = workspace.run(source)
    retrying = until(lambda: (found := workspace.sessions.get(begun.id)).status is SessionStatus.RETRYING and found)
    assert "after 3 s (1 of 2)" in retrying.reason
    own = f"{controlled.environment.name}-flaky-second"
    controlled.clients.ask("lambda", "delete_function", FunctionName=own)
    controlled.function("flaky-second", OK)
    done = settled(controlled, begun.id)
    assert (done.status, len(done.executions)) == (SessionStatus.COMPLETED, 2)
    (recovery,) = workspace.sessions.recoveries(done.id)
    assert (recovery.who, recovery.status) == ("automatic recovery", "COMPLETED")


def test_an_end_of_which_no_event_came_is_found_by_the_sweep(controlled: Controlled, tmp_path: Path) -> None:
    workspace = controlled.workspace()
    with controlled.silence():
        begun = workspace.run(chain(controlled, tmp_path, "silent", OK))
        until(lambda: controlled.ports.machines.describe(begun.executions[0].arn).ended)
    assert workspace.sessions.get(begun.id).status is SessionStatus.RUNNING
    assert controlled.invoke({"source": "aws.events", "detail-type": "Scheduled Event"})["did"] == "swept"
    assert settled(controlled, begun.id).status is SessionStatus.COMPLETED


def ended(execution: str) -> dict[str, Any]:
    arn = f"arn:aws:states:us-east-1:000000000000:execution:bunsui-t1-some:{execution}"
    detail = {"executionArn": arn, "status": "SUCCEEDED"}
    return {"source": "aws.states", "detail-type": "Step Functions Execution Status Change", "detail": detail}


def test_what_an_operation_started_is_told_apart(controlled: Controlled) -> None:
    assert controlled.invoke(ended("0b7c2f9e-1d5a-4c3e-9f66-2a7f1c0e8d11"))["did"] == "nothing"


def test_what_cannot_be_done_is_kept_among_the_dead_letters(controlled: Controlled) -> None:
    """A session that a newer Bunsui wrote: neither this nor the next try can read it."""
    table = controlled.ports.table
    table.put(Record("session#newer", "session", {"id": "newer", "schema": 99}))
    controlled.later(ended("newer-1"))
    (letter,) = until(controlled.dead_letters)
    assert "newer-1" in letter


APPROVAL = """
version: 1
name: asked
operations:
  ask:
    approval: {message: "?"}
"""


def stopped(token: str) -> dict[str, Any]:
    value = json.dumps({"bunsui": {"session": "s", "token": token}, "with": {}})
    environment = [{"name": "BUNSUI_TASK", "value": value}]
    return {
        "source": "aws.ecs",
        "detail-type": "ECS Task State Change",
        "detail": {
            "lastStatus": "STOPPED",
            "stopCode": "SpotInterruption",
            "stoppedReason": "Your Spot Task was interrupted.",
            "containers": [{"name": "task", "exitCode": 143}],
            "overrides": {"containerOverrides": [{"name": "task", "environment": environment}]},
        },
    }


def test_a_task_whose_container_is_gone_fails_with_what_ecs_says_and_only_once(
    controlled: Controlled, tmp_path: Path
) -> None:
    workspace = controlled.workspace()
    begun = workspace.run(written(tmp_path, APPROVAL))
    (asked,) = until(lambda: workspace.sessions.status(begun.id).approvals)
    assert controlled.invoke(stopped(asked.token))["answered"]
    failed = settled(controlled, begun.id)
    (analysis,) = workspace.errors.strategy(failed).analyses
    assert (analysis.error, analysis.category.value, analysis.recoverable) == ("ECS.SpotInterruption", "capacity", True)
    assert not controlled.invoke(stopped(asked.token))["answered"]
    assert settled(controlled, begun.id) == failed
