"""Whole sessions over the wire: the services, unchanged, on DynamoDB, S3 and Step Functions."""

from __future__ import annotations

from pathlib import Path

import pytest

from bunsui.errors import NotFound, Refused
from bunsui.model.status import ExecutionStatus, SessionStatus
from bunsui.services.sessions.purging import Selection
from bunsui.workspace import Workspace
from ministack.server import MiniStack
from ministack.workspaces import Account, settled, written

DOUBLE = """
def handler(event, context):
    print("doubling", event["n"])
    return {"n": event["n"] * 2}
"""
BROKEN = "def handler(event, context):\n    raise ValueError('not yet')\n"


@pytest.fixture
def account(ministack: MiniStack) -> Account:
    return Account(ministack)


@pytest.fixture
def workspace(account: Account) -> Workspace:
    return account.workspace()


@pytest.fixture
def chain(account: Account, tmp_path: Path) -> str:
    """first -> second, which is broken until it is mended."""
    first, second = account.function("first", DOUBLE), account.function("second", BROKEN)
    return written(
        tmp_path,
        f"""
version: 1
name: chain
params: {{n: {{type: integer, default: 1}}}}
operations:
  first:
    lambda: {{function: {first}}}
    with: {{n: "{{% $params.n %}}"}}
  second:
    needs: [first]
    lambda: {{function: {second}}}
    with: {{n: "{{% $first.n %}}"}}
outputs: {{n: "{{% $second.n %}}"}}
""",
    )


def mend(account: Account) -> None:
    account.replace_function(f"{account.environment.name}-second", DOUBLE)


WAIT = """
version: 1
name: waiting
concurrency: {max_sessions: 1, on_excess: queue}
operations:
  wait: {wait: {for: 1h}}
"""


def test_a_session_runs_to_its_end_and_keeps_what_there_is_to_know(
    account: Account, workspace: Workspace, chain: str
) -> None:
    mend(account)
    session = workspace.run(chain, {"n": 3})
    assert session.status is SessionStatus.RUNNING
    done = settled(workspace, session)
    assert (done.status, workspace.sessions.outcome(done.id).outputs) == (SessionStatus.COMPLETED, {"n": 12})
    assert "ended COMPLETED" in [line.message for line in workspace.sessions.logs(done.id)]
    url = workspace.reports.generate(done)
    assert "X-Amz-Expires=" in url
    assert b"<html" in workspace.reports.written(done)[1]


def test_a_list_asks_only_the_table_and_no_more_for_many_than_for_few(
    account: Account, workspace: Workspace, chain: str
) -> None:
    for number in range(4):
        workspace.run(chain, {"n": number})
    account.requests.clear()
    assert len(workspace.sessions.list(limit=3).sessions) == 3
    assert dict(account.requests) == {"dynamodb": 2}


def test_what_failed_is_analysed_and_resumed_from_what_is_done(
    account: Account, workspace: Workspace, chain: str
) -> None:
    failed = settled(workspace, workspace.run(chain, {"n": 3}))
    assert failed.status is SessionStatus.FAILED
    assert "second (ValueError)" in str(failed.reason)
    plan = workspace.sessions.recovery_plan(failed.id)
    resume = next(way for way in plan.ways if way.action.value == "resume")
    assert (resume.reused, resume.rerun) == (("first",), ("second",))
    mend(account)
    done = settled(workspace, workspace.sessions.resume(failed.id))
    assert (done.status, len(done.executions)) == (SessionStatus.COMPLETED, 2)
    assert workspace.sessions.outcome(done.id).outputs == {"n": 12}
    views = {view.name: view.status.value for view in workspace.sessions.status(done.id).operations}
    assert views == {"first": "REUSED", "second": "SUCCEEDED"}


def test_starting_twice_with_one_name_starts_once(account: Account, workspace: Workspace, chain: str) -> None:
    first = workspace.run(chain, {"n": 1}, name="nightly")
    again = account.workspace().run(chain, {"n": 1}, name="nightly")
    assert (again.id, again.executions[0].arn) == (first.id, first.executions[0].arn)
    with pytest.raises(Refused):
        workspace.run(chain, {"n": 2}, name="nightly")


def test_a_session_is_cancelled_and_the_next_in_the_queue_begins(
    account: Account, workspace: Workspace, tmp_path: Path
) -> None:
    source = written(tmp_path, WAIT)
    first, second = workspace.run(source), workspace.run(source)
    assert (first.status, second.status) == (SessionStatus.RUNNING, SessionStatus.QUEUED)
    workspace.sessions.cancel(first.id)
    assert settled(workspace, first).status is SessionStatus.CANCELLED
    assert account.ports.machines.describe(first.executions[0].arn).status is ExecutionStatus.ABORTED
    begun = next(one for one in workspace.sessions.watch(second.id) if one.session.status is SessionStatus.RUNNING)
    workspace.sessions.cancel(begun.session.id)


def test_what_is_purged_leaves_nothing_but_what_others_share(
    account: Account, workspace: Workspace, chain: str
) -> None:
    failed = settled(workspace, workspace.run(chain, {"n": 3}))
    workspace.reports.generate(failed)
    assert list(workspace.purging.purge([one.session for one in workspace.purging.preview(Selection())])) == [failed.id]
    with pytest.raises(NotFound):
        workspace.sessions.get(failed.id)
    left = {key.split("/")[0] for key in account.ports.objects.list("")}
    assert left <= {"pipelines", "graphs"}
    assert not [key for key in account.ports.objects.list("") if failed.id in key]
