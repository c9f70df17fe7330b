"""The engine with a supervisor in memory: what is launched, journalled and told."""

from __future__ import annotations

from dataclasses import replace

import pytest
from engine_bench import ONE_TASK, Bench, FakeSupervisor, compiled, task

from bunsui.asl.effects import Ended
from bunsui.errors import AlreadyExists, NotFound, Refused
from bunsui.local import machines
from bunsui.local.launch import Beat, Lost, Outcome, Progress, Saved
from bunsui.model.machine import ContainerResource, FunctionResource
from bunsui.model.status import ExecutionStatus


def test_a_machine_without_tasks_succeeds_in_its_start(bench: Bench) -> None:
    arn = bench.start(compiled({"P": {"Type": "Pass", "Output": {"x": 1}, "End": True}}))
    execution = bench.reader.describe(arn)
    assert (execution.status, execution.output) == (ExecutionStatus.SUCCEEDED, {"x": 1})
    assert bench.types(arn) == ["ExecutionStarted", "PassStateEntered", "PassStateExited", "ExecutionSucceeded"]
    assert bench.told == [(arn, Ended(ExecutionStatus.SUCCEEDED, {"x": 1}))]


def test_a_function_is_launched_with_its_context_and_event(bench: Bench) -> None:
    bench.start(ONE_TASK)
    launch = bench.supervisor.launched[0]
    assert launch.id.startswith("run-1/")
    assert (launch.kind, launch.handler, launch.code, launch.event) == ("function", "m.f", "/srv/code", {"n": 1})
    assert launch.context["key"] == "s/a/-/0"
    assert launch.env == {"A": "1"}


def test_an_outcome_is_acknowledged_after_its_commit(bench: Bench) -> None:
    arn = bench.start(ONE_TASK)
    id = bench.supervisor.launched[0].id
    bench.finish({"y": 2})
    assert bench.reader.describe(arn).output == {"y": 2}
    assert bench.supervisor.acknowledged == [id]
    assert bench.engine.idle


def test_a_failed_outcome_fails_the_execution_with_its_error(bench: Bench) -> None:
    arn = bench.start(ONE_TASK)
    bench.finish(error="ValueError", cause="no")
    execution = bench.reader.describe(arn)
    assert (execution.status, execution.error, execution.cause) == (ExecutionStatus.FAILED, "ValueError", "no")
    assert execution.redrivable


def test_a_redrive_runs_the_failed_task_again(bench: Bench) -> None:
    arn = bench.start(ONE_TASK)
    bench.finish(error="ValueError")
    bench.command("redrive", arn=arn)
    assert bench.reader.describe(arn).status is ExecutionStatus.RUNNING
    bench.finish({"y": 2})
    execution = bench.reader.describe(arn)
    assert (execution.status, execution.redrive_count) == (ExecutionStatus.SUCCEEDED, 1)
    with pytest.raises(Refused, match="cannot be redriven"):
        bench.command("redrive", arn=arn)


def test_starting_twice_starts_once(bench: Bench) -> None:
    first = bench.start(ONE_TASK, input={"a": 1})
    assert bench.start(ONE_TASK, input={"a": 1}) == first
    assert len(bench.supervisor.launched) == 1
    with pytest.raises(AlreadyExists):
        bench.start(ONE_TASK, input={"a": 2})


def test_the_same_machine_is_deployed_once_and_a_changed_one_gets_a_version(bench: Bench) -> None:
    first = bench.command("deploy", **machines.body_of(ONE_TASK))
    assert bench.command("deploy", **machines.body_of(ONE_TASK)) == first
    assert bench.command("deploy", **machines.body_of(replace(ONE_TASK, python="/other"))) == first[:-1] + "2"


def test_a_stop_cancels_the_running_task(bench: Bench) -> None:
    arn = bench.start(ONE_TASK)
    id = bench.supervisor.launched[0].id
    bench.command("stop", arn=arn, error="Cancelled", cause="by hand")
    execution = bench.reader.describe(arn)
    assert (execution.status, execution.error, execution.cause) == (ExecutionStatus.ABORTED, "Cancelled", "by hand")
    assert bench.supervisor.cancelled == [id]
    bench.command("stop", arn=arn, error="", cause="")
    with pytest.raises(NotFound):
        bench.command("stop", arn=arn + "x", error="", cause="")


def test_a_late_outcome_of_a_cancelled_task_changes_nothing(bench: Bench) -> None:
    arn = bench.start(ONE_TASK)
    bench.command("stop", arn=arn, error="", cause="")
    before = bench.types(arn)
    bench.finish({"y": 2})
    assert bench.types(arn) == before
    assert len(bench.supervisor.acknowledged) == 1


def test_a_running_task_is_adopted_not_launched_twice(bench: Bench) -> None:
    arn = bench.start(ONE_TASK)
    old = bench.supervisor
    bench.supervisor = FakeSupervisor()
    bench.supervisor.running = {old.launched[0].id}
    bench.open()
    bench.settle()
    assert bench.supervisor.launched == []
    bench.engine.put(Outcome(old.launched[0].id, {"y": 1}))
    bench.settle()
    assert bench.reader.describe(arn).status is ExecutionStatus.SUCCEEDED


def test_a_task_that_nobody_runs_is_launched_again_without_an_event(bench: Bench) -> None:
    arn = bench.start(ONE_TASK)
    before, id = bench.types(arn), bench.supervisor.launched[0].id
    bench.crash()
    bench.settle()
    assert [launch.id for launch in bench.supervisor.launched] == [id]
    assert bench.types(arn) == before


def test_a_task_that_nobody_waits_for_any_more_is_cancelled_by_the_next_engine(bench: Bench) -> None:
    arn = bench.start(ONE_TASK)
    id = bench.supervisor.launched[0].id
    bench.command("stop", arn=arn, error="", cause="")
    bench.supervisor = FakeSupervisor()  # it was never told: the engine died between its commit and that
    bench.supervisor.running = {id}
    bench.open()
    bench.settle()
    assert bench.supervisor.cancelled == [id]


def test_a_lost_supervisor_is_given_its_tasks_again(bench: Bench) -> None:
    bench.start(ONE_TASK)
    bench.engine.put(Lost())
    bench.settle()
    assert len({launch.id for launch in bench.supervisor.launched}) == 1
    assert len(bench.supervisor.launched) == 2


def test_spooled_outcomes_come_before_overdue_timers(bench: Bench) -> None:
    machine = compiled({"a": task(TimeoutSeconds=10)}, {"Function_a": FunctionResource("m.f", "code")})
    arn = bench.start(machine)
    id = bench.supervisor.launched[0].id
    bench.now += 60
    bench.supervisor = FakeSupervisor()
    bench.supervisor.spool = [Outcome(id, {"y": 1})]
    bench.open()
    bench.settle()
    assert bench.reader.describe(arn).status is ExecutionStatus.SUCCEEDED


def test_a_timeout_cancels_and_fails_the_task(bench: Bench) -> None:
    machine = compiled({"a": task(TimeoutSeconds=10)}, {"Function_a": FunctionResource("m.f", "code")})
    arn = bench.start(machine)
    bench.now += 10
    bench.settle()
    assert bench.reader.describe(arn).error == "States.Timeout"
    assert len(bench.supervisor.cancelled) == 1


def test_heartbeats_keep_a_task_alive(bench: Bench) -> None:
    machine = compiled({"a": task(HeartbeatSeconds=9)}, {"Function_a": FunctionResource("m.f", "code")})
    arn = bench.start(machine)
    id = bench.supervisor.launched[0].id
    for _ in range(4):
        bench.now += 5
        bench.engine.put(Beat(id, bench.now))
        bench.settle()
    assert bench.reader.describe(arn).status is ExecutionStatus.RUNNING
    bench.now += 9
    bench.settle()
    assert bench.reader.describe(arn).error == "States.HeartbeatTimeout"


def test_a_wait_ends_at_its_time_also_after_a_crash(bench: Bench) -> None:
    arn = bench.start(compiled({"w": {"Type": "Wait", "Seconds": 30, "End": True}}))
    bench.crash()
    bench.now += 29
    bench.settle()
    assert bench.reader.describe(arn).status is ExecutionStatus.RUNNING
    bench.now += 1
    bench.settle()
    assert bench.reader.describe(arn).status is ExecutionStatus.SUCCEEDED


def test_progress_is_kept_in_the_table_and_told(bench: Bench) -> None:
    arn = bench.start(ONE_TASK)
    launch = bench.supervisor.launched[0]
    for done in (1, 2):
        bench.engine.put(Progress(launch.id, launch.context, done, 10, "rows", bench.now))
        bench.settle()
        bench.now += 1
    bench.settle()
    record = bench.table.get("session#s", "progress#a")
    assert record is not None
    assert (record.body["done"], record.body["total"], record.body["note"]) == (2, 10, "rows")
    assert [told[0] for told in bench.told] == [arn, arn]


def test_a_saved_position_is_given_to_the_next_attempt(bench: Bench) -> None:
    retry = [{"ErrorEquals": ["States.ALL"], "IntervalSeconds": 1, "MaxAttempts": 1}]
    machine = compiled({"a": task(Retry=retry)}, {"Function_a": FunctionResource("m.f", "code")})
    bench.start(machine)
    bench.engine.put(Saved(bench.supervisor.launched[0].id, "s/a/-/0", {"page": 7}, bench.now))
    bench.finish(error="ValueError")
    bench.crash()
    bench.now += 1
    bench.settle()
    assert bench.supervisor.launched[0].saved == {"page": 7}


def test_a_container_gets_its_input_and_answers_its_own_token(bench: Bench) -> None:
    context = "{'session': 's', 'operation': 'c', 'token': $states.context.Task.Token}"
    text = "{% $string({'bunsui': " + context + ", 'with': {'k': 1}}) %}"
    overrides = {"ContainerOverrides": [{"Name": "task", "Environment": [{"Name": "BUNSUI_TASK", "Value": text}]}]}
    state = {
        "Type": "Task",
        "Resource": "arn:aws:states:::ecs:runTask.waitForTaskToken",
        "Arguments": {"TaskDefinition": "${Task_c}", "Overrides": overrides},
        "End": True,
    }
    arn = bench.start(compiled({"c": state}, {"Task_c": ContainerResource(("sh", "-c", "true"))}))
    launch = bench.supervisor.launched[0]
    assert (launch.kind, launch.argv, launch.event) == ("command", ("sh", "-c", "true"), {"k": 1})
    bench.crash()
    bench.settle()
    bench.finish({"rows": 3})
    assert bench.reader.describe(arn).output == {"rows": 3}
    assert bench.types(arn).count("TaskSubmitted") == 1


def test_a_containers_large_input_comes_from_the_object_store(bench: Bench) -> None:
    value = "{% $string({'bunsui': {'session': 's', 'operation': 'c'}, 'input': 'inputs/x.json'}) %}"
    overrides = {"ContainerOverrides": [{"Name": "task", "Environment": [{"Name": "BUNSUI_TASK", "Value": value}]}]}
    states = {
        "put": {
            "Type": "Task",
            "Resource": "arn:aws:states:::aws-sdk:s3:putObject",
            "Arguments": {"Bucket": "${Bucket}", "Key": "inputs/x.json", "Body": {"k": [1, 2]}},
            "Next": "c",
        },
        "c": {
            "Type": "Task",
            "Resource": "arn:aws:states:::ecs:runTask.waitForTaskToken",
            "Arguments": {"TaskDefinition": "${Task_c}", "Overrides": overrides},
            "End": True,
        },
    }
    bench.start(compiled(states, {"Task_c": ContainerResource(("true",))}))
    assert bench.supervisor.launched[0].event == {"k": [1, 2]}


def test_an_unknown_integration_fails_the_task_by_its_name(bench: Bench) -> None:
    state = {"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage", "Arguments": {}, "End": True}
    execution = bench.reader.describe(bench.start(compiled({"q": state})))
    assert execution.error == "Bunsui.UnsupportedIntegration"
    assert "sqs:sendMessage" in (execution.cause or "")
