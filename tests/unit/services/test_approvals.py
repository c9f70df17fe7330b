"""Approvals are found in the history and answered once."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bunsui.errors import Conflict, Refused
from bunsui.model.pipeline import ApprovalTask, Operation
from bunsui.services.logs.reader import LogFilter


@pytest.fixture
def asking(world, pipeline):
    operations = {name: Operation(name, ApprovalTask("publish?")) for name in ("ok", "sure")}
    world.sessions.start(replace(pipeline, operations=operations), {}, name="mine")
    ask(world, "ok", "token-1")
    return world


def ask(world, operation: str, token: str) -> None:
    world.machines.happen("mine-1", "TaskStateEntered", name=operation)
    values = {":token": {"S": token}, ":message": {"S": "publish?"}}
    world.machines.happen("mine-1", "TaskScheduled", parameters={"ExpressionAttributeValues": values})
    world.machines.tokens.add(token)


def test_the_one_approval_that_waits_is_answered(asking) -> None:
    approval = asking.sessions.approve("mine", comment="fine")
    assert (approval.operation, approval.message) == ("ok", "publish?")
    assert asking.machines.answers["token-1"].output == {"approved": True, "by": "ada", "comment": "fine"}


def test_an_answer_stands_in_the_log_before_what_it_let_go_on(asking, monkeypatch) -> None:
    begin, answer = asking.time.now, asking.machines.answer

    def answered(token, given) -> None:
        answer(token, given)
        asking.time.now += 5  # meanwhile it goes on, and may have ended

    monkeypatch.setattr(asking.machines, "answer", answered)
    asking.sessions.approve("mine")
    told = {line.message: line.time for line in asking.sessions.logs("mine", LogFilter())}
    assert told["ok approved by ada"] == begin


def test_a_refusal_is_the_error_bunsui_rejected(asking) -> None:
    asking.sessions.reject("mine", "ok", comment="not yet")
    answer = asking.machines.answers["token-1"]
    assert (answer.error, answer.cause) == ("Bunsui.Rejected", "rejected by ada: not yet")


def test_with_several_waiting_one_must_be_named(asking) -> None:
    ask(asking, "sure", "token-2")
    with pytest.raises(Refused, match=r"ok: publish\?\n  sure: publish\?"):
        asking.sessions.approve("mine")
    assert asking.sessions.approve("mine", "sure").token == "token-2"


def test_an_operation_that_does_not_wait_is_refused(asking) -> None:
    with pytest.raises(Refused, match="session mine waits for ok, and for no approval 'sure'"):
        asking.sessions.approve("mine", "sure")


def test_an_approval_that_somebody_else_answered_is_a_conflict(asking) -> None:
    asking.machines.tokens.clear()
    with pytest.raises(Conflict, match="somebody else"):
        asking.sessions.approve("mine")
