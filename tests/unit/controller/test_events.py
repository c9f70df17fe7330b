"""What events say: ours are told apart, nothing in them is trusted, and no event is an error."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bunsui.analysis.errors.judging import judge
from bunsui.analysis.errors.rulebook import builtin
from bunsui.controller.events import ExecutionEnded, Ignored, Sweep, TaskStopped, understood

MACHINE = "arn:aws:states:eu-west-1:123456789012"


def status_change(arn: Any = f"{MACHINE}:execution:bunsui-dev-flights:nightly-1", status: Any = "FAILED") -> object:
    return {
        "source": "aws.states",
        "detail-type": "Step Functions Execution Status Change",
        "detail": {"executionArn": arn, "status": status},
    }


def stopped(**changes: Any) -> object:
    task = json.dumps({"bunsui": {"session": "nightly", "token": "AQCEAAAAKgAAAAMAAAAA"}, "with": {}})
    detail = {
        "lastStatus": "STOPPED",
        "stopCode": "EssentialContainerExited",
        "stoppedReason": "Essential container in task exited",
        "containers": [
            {"name": "runtime", "exitCode": 0},
            {"name": "task", "exitCode": 137, "reason": "OutOfMemoryError: Container killed due to memory usage"},
        ],
        "overrides": {
            "containerOverrides": [{"name": "task", "environment": [{"name": "BUNSUI_TASK", "value": task}]}]
        },
    }
    return {"source": "aws.ecs", "detail-type": "ECS Task State Change", "detail": detail | changes}


def test_the_end_of_an_execution_names_it() -> None:
    assert understood(status_change()) == ExecutionEnded("nightly-1")
    assert isinstance(understood(status_change(status="RUNNING")), Ignored)


@pytest.mark.parametrize(
    "arn",
    [
        "nightly-1",
        f"{MACHINE}:execution:m:../../x",
        f"{MACHINE}:execution:m:" + "x" * 81,
        f"{MACHINE}:execution:m/label:0e8b:7",
        {"Ref": "x"},
        None,
    ],
)
def test_what_is_no_arn_of_an_execution_is_left(arn: Any) -> None:
    assert isinstance(understood(status_change(arn)), Ignored)


def test_a_stopped_task_is_told_with_its_token_and_all_that_ecs_says() -> None:
    event = understood(stopped())
    assert isinstance(event, TaskStopped)
    assert (event.token, event.error) == ("AQCEAAAAKgAAAAMAAAAA", "ECS.EssentialContainerExited")
    assert event.cause == (
        "Essential container in task exited; container runtime: exit code 0; container task: exit code 137, "
        "OutOfMemoryError: Container killed due to memory usage (the task had not answered)"
    )


def test_a_task_of_somebody_else_has_no_token() -> None:
    for overrides in ({}, {"containerOverrides": [{"name": "web"}]}, None, [], "x"):
        assert isinstance(understood(stopped(overrides=overrides)), Ignored)
    for value in (
        "",
        "no json",
        "[]",
        '{"bunsui": {"token": 7}}',
        '{"bunsui": {"token": "%s"}}' % ("x" * 3000),
        "[" * 9999,
    ):
        environment = [{"name": "BUNSUI_TASK", "value": value}]
        given = {"containerOverrides": [{"name": "task", "environment": environment}]}
        assert isinstance(understood(stopped(overrides=given)), Ignored), value


def test_a_task_that_runs_is_left() -> None:
    assert isinstance(understood(stopped(lastStatus="DEPROVISIONING")), Ignored)


def test_a_stop_code_that_is_no_word_is_in_no_name() -> None:
    event = understood(stopped(stopCode="{% $x %}"))
    assert isinstance(event, TaskStopped)
    assert event.error == "ECS.TaskStopped"


@pytest.mark.parametrize(
    ("code", "reason", "containers", "category", "recoverable"),
    [
        ("SpotInterruption", "Your Spot Task was interrupted.", [], "capacity", True),
        ("TerminationNotice", "Host EC2 (instance i-0abc) terminated.", [], "capacity", True),
        (
            "TaskFailedToStart",
            "CannotPullContainerError: pull image manifest has been retried 1 time(s): failed to resolve ref "
            "docker.io/library/nothere:1: docker.io/library/nothere:1: not found",
            [],
            "configuration",
            False,
        ),
        (
            "TaskFailedToStart",
            "CannotPullContainerError: pull access denied for nothere, repository does not exist",
            [],
            "permission",
            False,
        ),
        ("TaskFailedToStart", "Capacity is unavailable at this time. Please try again later", [], "capacity", True),
        (
            "EssentialContainerExited",
            "Essential container in task exited",
            [{"name": "task", "exitCode": 137, "reason": "OutOfMemoryError: Container killed due to memory usage"}],
            "memory",
            False,
        ),
        ("UserInitiated", "Task stopped by user", [], "cancelled", False),
    ],
)
def test_why_ecs_stopped_it_decides_whether_it_recovers(
    code: str, reason: str, containers: list[object], category: str, recoverable: bool
) -> None:
    event = understood(stopped(stopCode=code, stoppedReason=reason, containers=containers))
    assert isinstance(event, TaskStopped)
    found = judge(event.error, event.cause, (), [builtin()])
    assert (found.category.value, found.recoverable) == (category, recoverable), found.rule


def test_a_schedule_and_a_word_of_ours_are_a_sweep() -> None:
    assert understood({"source": "aws.events", "detail-type": "Scheduled Event", "detail": {}}) == Sweep()
    assert understood({"bunsui": "sweep"}) == Sweep()


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@given(
    detail=st.dictionaries(st.sampled_from(["overrides", "containers", "stopCode", "stoppedReason"]), JSON), whole=JSON
)
def test_no_event_is_an_error(detail: dict[str, Any], whole: Any) -> None:
    understood(whole)
    understood(stopped(**detail))
