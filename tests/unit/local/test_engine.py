"""The engine with a supervisor in memory: what is launched, journalled and told."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bunsui.asl.effects import Ended
from bunsui.errors import AlreadyExists, InvalidInput, NotFound, Refused
from bunsui.local import machines
from bunsui.local.commands import carry_out, value_of
from bunsui.local.engine import Engine, Job
from bunsui.local.home import Home, open_home
from bunsui.local.journal import Journal
from bunsui.local.launch import Beat, Launch, Lost, Outcome, Progress, Report, Saved
from bunsui.local.marks import Marks
from bunsui.local.objects import FolderObjectStore
from bunsui.local.reading import EngineReader
from bunsui.local.table import SqliteTable
from bunsui.model.machine import CompiledMachine, ContainerResource, FunctionResource, MachineResource, Resource
from bunsui.model.status import ExecutionStatus

INVOKE = "arn:aws:states:::lambda:invoke"


class FakeSupervisor:
    """Runs nothing: a test says what becomes of the launches."""

    def __init__(self) -> None:
        self.launched: list[Launch] = []
        self.cancelled: list[str] = []
        self.acknowledged: list[str] = []
        self.spool: list[Report] = []
        self.running: set[str] = set()

    def start(self, deliver: Callable[[Report], None]) -> frozenset[str]:
        for report in self.spool:
            deliver(report)
        return frozenset(self.running) | {report.id for report in self.spool if isinstance(report, Outcome)}

    def launch(self, launches: Sequence[Launch]) -> None:
        self.launched += launches

    def cancel(self, ids: Sequence[str]) -> None:
        self.cancelled += ids

    def acknowledge(self, ids: Sequence[str]) -> None:
        self.acknowledged += ids

    def stop(self) -> None:
        pass


class Bench:
    """An engine, its supervisor and a clock, as a test sees them."""

    def __init__(self, home: Home) -> None:
        self.home = home
        self.supervisor = FakeSupervisor()
        self.told: list[tuple[str, Any]] = []
        self.now = 1000.0
        self.open()

    def open(self) -> None:
        self.journal = Journal(self.home)
        self.table = SqliteTable(self.home)
        marks = Marks(self.table, lambda: self.now)
        objects = FolderObjectStore(self.home.objects)
        self.engine = Engine(
            self.journal,
            self.supervisor,
            objects,
            marks,
            lambda _, arn, e: self.told.append((arn, e)),
            lambda: self.now,
        )
        self.reader = EngineReader(self.home, lambda: self.now)
        self.engine.start()

    def crash(self) -> None:
        """Another engine takes over; nothing is said to the old one."""
        self.supervisor = FakeSupervisor()
        self.open()

    def settle(self) -> None:
        while self.engine.turn():
            pass

    def command(self, kind: str, **body: Any) -> Any:
        replies: list[Mapping[str, Any]] = []
        self.engine.put(Job(lambda steps: replies.append(carry_out(steps, kind, body)), lambda: None, _raise))
        self.settle()
        return value_of(replies[-1])

    def start(self, machine: CompiledMachine, name: str = "run-1", input: Any = None) -> str:
        arn = self.command("deploy", **machines.body_of(machine))
        return self.command("start", machine=arn, name=name, input={} if input is None else input)

    def finish(self, output: Any = None, error: str | None = None, cause: str | None = None) -> None:
        launch = self.supervisor.launched.pop(0)
        self.engine.put(Outcome(launch.id, output, error, cause))
        self.settle()

    def types(self, arn: str) -> list[str]:
        return [event.type for event in self.reader.history(arn)]


def _raise(error: Exception) -> None:
    raise error


def compiled(states: dict[str, Any], resources: dict[str, Resource] | None = None, **more: Any) -> CompiledMachine:
    definition = {"QueryLanguage": "JSONata", "StartAt": next(iter(states)), "States": states, **more}
    text = json.dumps(definition)
    digest = hashlib.sha256(text.encode()).hexdigest()
    return CompiledMachine("flow", definition, text, digest, resources or {}, folder="/work")


def task(function: str = "${Function_a}", **more: Any) -> dict[str, Any]:
    context = {"session": "s", "operation": "a", "item": None, "generation": 0, "attempt": "1.0.0", "key": "s/a/-/0"}
    return {
        "Type": "Task",
        "Resource": INVOKE,
        "Arguments": {"FunctionName": function, "Payload": {"bunsui": context, "with": {"n": 1}}},
        "Output": "{% $states.result.Payload %}",
        **({"End": True} if "Next" not in more else {}),
        **more,
    }


ONE_TASK = compiled({"a": task()}, {"Function_a": FunctionResource("m.f", "code", env={"A": "1"})})


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(open_home(tmp_path / "home"))


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
    assert (launch.kind, launch.handler, launch.code, launch.event) == ("function", "m.f", "/work/code", {"n": 1})
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


def mailbox(key: str, action: str = "updateItem", **more: Any) -> dict[str, Any]:
    return {
        "Type": "Task",
        "Resource": f"arn:aws:states:::aws-sdk:dynamodb:{action}",
        "Arguments": {"TableName": "${Mailboxes}", "Key": {"k": {"S": key}}, **more},
    }


def approval() -> dict[str, Any]:
    return mailbox(
        "run/ok",
        "updateItem.waitForTaskToken",
        UpdateExpression="SET token = :t",
        ConditionExpression="attribute_not_exists(r)",
        ExpressionAttributeValues={":t": {"S": "{% $states.context.Task.Token %}"}},
    )


def token_in_mailbox(bench: Bench, key: str) -> str:
    row = bench.journal.connection.execute("SELECT item FROM mailboxes WHERE k = ?", (key,)).fetchone()
    return str(json.loads(row[0])["token"]["S"])


def test_an_approval_waits_for_its_token_over_a_crash(bench: Bench) -> None:
    arn = bench.start(compiled({"ok": {**approval(), "End": True}}))
    token = token_in_mailbox(bench, "run/ok")
    bench.crash()
    bench.settle()
    with pytest.raises(NotFound):
        bench.command("answer", token="nobody", output=None, error=None, cause=None)
    bench.command("answer", token=token, output={"approved": True}, error=None, cause=None)
    assert bench.reader.describe(arn).output == {"approved": True}
    with pytest.raises(NotFound):
        bench.command("answer", token=token, output={}, error=None, cause=None)


def test_a_refused_approval_fails_with_its_error(bench: Bench) -> None:
    arn = bench.start(compiled({"ok": {**approval(), "End": True}}))
    token = token_in_mailbox(bench, "run/ok")
    bench.command("answer", token=token, output=None, error="Bunsui.Rejected", cause="no")
    assert bench.reader.describe(arn).error == "Bunsui.Rejected"


def test_a_failed_condition_is_dynamodbs_error(bench: Bench) -> None:
    write = mailbox("run/p", UpdateExpression="SET r = :r", ExpressionAttributeValues={":r": {"S": "{}"}})
    once = mailbox(
        "run/p",
        UpdateExpression="SET r = :r",
        ConditionExpression="attribute_not_exists(r)",
        ExpressionAttributeValues={":r": {"S": "other"}},
    )
    arn = bench.start(compiled({"w": {**write, "Next": "v"}, "v": {**once, "End": True}}))
    assert bench.reader.describe(arn).error == "DynamoDb.ConditionalCheckFailedException"


def test_a_wake_answers_a_waiting_branch_in_one_commit(bench: Bench) -> None:
    publish = mailbox(
        "run/ok",
        UpdateExpression="SET r = :r",
        ExpressionAttributeValues={":r": {"S": "{}"}},
        ReturnValues="ALL_NEW",
    )
    wake = {
        "Type": "Task",
        "Resource": "arn:aws:states:::aws-sdk:sfn:sendTaskSuccess",
        "Arguments": {"TaskToken": "{% $states.input.Attributes.token.S %}", "Output": '{"woken": true}'},
        "End": True,
    }
    branches = [
        {"StartAt": "ok", "States": {"ok": {**approval(), "End": True}}},
        {"StartAt": "p", "States": {"p": {**publish, "Next": "wake"}, "wake": wake}},
    ]
    arn = bench.start(compiled({"Both": {"Type": "Parallel", "Branches": branches, "End": True}}))
    execution = bench.reader.describe(arn)
    assert execution.status is ExecutionStatus.SUCCEEDED
    assert isinstance(execution.output, list)
    assert execution.output[0] == {"woken": True}


def test_a_wake_for_a_gone_token_is_an_error_that_can_be_caught(bench: Bench) -> None:
    wake = {
        "Type": "Task",
        "Resource": "arn:aws:states:::aws-sdk:sfn:sendTaskSuccess",
        "Arguments": {"TaskToken": "gone", "Output": "{}"},
        "Catch": [{"ErrorEquals": ["Sfn.TaskTimedOutException"], "Next": "fine"}],
        "End": True,
    }
    arn = bench.start(compiled({"wake": wake, "fine": {"Type": "Succeed", "Output": "fine"}}))
    assert bench.reader.describe(arn).output == "fine"


def test_a_batch_read_gives_what_is_there(bench: Bench) -> None:
    write = mailbox("run/p", UpdateExpression="SET r = :r", ExpressionAttributeValues={":r": {"S": "1"}})
    keys = [{"k": {"S": "run/p"}}, {"k": {"S": "run/none"}}]
    read = {
        "Type": "Task",
        "Resource": "arn:aws:states:::aws-sdk:dynamodb:batchGetItem",
        "Arguments": {"RequestItems": {"${Mailboxes}": {"Keys": keys, "ConsistentRead": True}}},
        "Output": "{% $states.result.Responses %}",
        "End": True,
    }
    arn = bench.start(compiled({"w": {**write, "Next": "read"}, "read": read}))
    item = {"k": {"S": "run/p"}, "r": {"S": "1"}}
    assert bench.reader.describe(arn).output == {"bunsui-mailboxes": [item]}


def nested(child: CompiledMachine) -> CompiledMachine:
    state = {
        "Type": "Task",
        "Resource": "arn:aws:states:::states:startExecution.sync:2",
        "Arguments": {"StateMachineArn": "${Machine_sub}", "Input": {"deep": 1}},
        "Output": "{% $states.result.Output %}",
        "End": True,
    }
    return compiled({"sub": state}, {"Machine_sub": MachineResource(replace(child, name="sub"))})


def test_a_nested_execution_answers_its_parent(bench: Bench) -> None:
    arn = bench.start(nested(ONE_TASK))
    child = bench.reader.children(arn)[0]
    assert bench.reader.describe(child).input == {"deep": 1}
    assert bench.supervisor.launched[0].folder == "/work"
    bench.crash()
    bench.settle()
    bench.finish({"y": 9})
    assert bench.reader.describe(child).status is ExecutionStatus.SUCCEEDED
    assert bench.reader.describe(arn).output == {"y": 9}
    assert [told[0] for told in bench.told] == [arn]


def test_a_failed_nested_execution_fails_its_parents_task(bench: Bench) -> None:
    arn = bench.start(nested(ONE_TASK))
    bench.finish(error="ValueError", cause="no")
    execution = bench.reader.describe(arn)
    assert execution.error == "States.TaskFailed"
    assert json.loads(execution.cause or "")["Error"] == "ValueError"


def test_stopping_the_parent_stops_the_child_and_its_task(bench: Bench) -> None:
    arn = bench.start(nested(ONE_TASK))
    id = bench.supervisor.launched[0].id
    bench.command("stop", arn=arn, error="Cancelled", cause="")
    assert bench.reader.describe(bench.reader.children(arn)[0]).status is ExecutionStatus.ABORTED
    assert bench.supervisor.cancelled == [id]
    assert bench.engine.idle


def test_history_is_read_from_where_one_was(bench: Bench) -> None:
    arn = bench.start(ONE_TASK)
    seen = [event.id for event in bench.reader.history(arn)]
    bench.finish({"y": "x" * 5000})
    rest = list(bench.reader.history(arn, after=seen[-1]))
    assert [event.id for event in rest] == list(range(seen[-1] + 1, seen[-1] + 1 + len(rest)))
    assert rest[-1].details["output"] == {"y": "x" * 5000}


def test_a_large_value_is_stored_once(bench: Bench) -> None:
    states = {f"p{n}": {"Type": "Pass", "Next": f"p{n + 1}"} for n in range(20)}
    arn = bench.start(compiled({**states, "p20": {"Type": "Succeed"}}), input={"text": "x" * 100_000})
    stored = bench.journal.connection.execute("SELECT count(*), sum(length(body)) FROM payloads").fetchone()
    assert stored[0] <= 2
    assert stored[1] < 210_000
    assert bench.reader.describe(arn).output == {"text": "x" * 100_000}


def test_a_long_execution_is_recovered_from_its_snapshot(bench: Bench) -> None:
    retry = [{"ErrorEquals": ["States.ALL"], "IntervalSeconds": 1, "MaxAttempts": 1000, "MaxDelaySeconds": 1}]
    arn = bench.start(compiled({"a": task(Retry=retry)}, {"Function_a": FunctionResource("m.f", "code")}))
    for _ in range(150):
        bench.finish(error="Again")
        bench.now += 1
        bench.settle()
    assert bench.journal.connection.execute("SELECT count(*) FROM snapshots").fetchone()[0] == 1
    bench.crash()
    bench.settle()
    bench.finish({"y": 1})
    assert bench.reader.describe(arn).status is ExecutionStatus.SUCCEEDED


def test_an_execution_of_another_machine_may_have_the_same_name(bench: Bench) -> None:
    bench.start(ONE_TASK, "same")
    bench.start(replace(ONE_TASK, name="other"), "same")
    assert len({launch.id for launch in bench.supervisor.launched}) == 2


def test_values_that_look_like_references_stay_values(bench: Bench) -> None:
    given = {"\0": "abc", "list": [{"\0": "0" * 40}], "text": "x" * 2000}
    arn = bench.start(compiled({"p": {"Type": "Pass", "End": True}}), input=given)
    assert bench.reader.describe(arn).output == given
    assert next(bench.reader.history(arn)).details["input"] == given


def test_an_adopted_task_gets_its_whole_heartbeat_again(bench: Bench) -> None:
    machine = compiled({"a": task(HeartbeatSeconds=9)}, {"Function_a": FunctionResource("m.f", "code")})
    arn = bench.start(machine)
    id = bench.supervisor.launched[0].id
    bench.now += 60  # no engine was there to hear it
    bench.supervisor = FakeSupervisor()
    bench.supervisor.running = {id}
    bench.open()
    bench.settle()
    assert bench.reader.describe(arn).status is ExecutionStatus.RUNNING
    bench.now += 9
    bench.settle()
    assert bench.reader.describe(arn).error == "States.HeartbeatTimeout"


def test_numbers_beyond_64_bits_do_not_break_the_engine(bench: Bench) -> None:
    states = {
        "p": {"Type": "Pass", "Output": 10**30, "Next": "q"},
        "q": {"Type": "Pass", "Output": {"n": 10**30}, "End": True},
    }
    execution = bench.reader.describe(bench.start(compiled(states)))
    assert execution.output == {"n": 1e30}


def test_an_invalid_machine_is_refused_and_not_kept(bench: Bench) -> None:
    broken = compiled({"a": {"Type": "Pass", "Next": "nowhere"}})
    with pytest.raises(InvalidInput, match="nowhere"):
        bench.command("deploy", **machines.body_of(broken))
    assert bench.journal.connection.execute("SELECT count(*) FROM machines").fetchone() == (0,)


def test_a_name_that_aws_would_not_take_is_refused(bench: Bench) -> None:
    arn = bench.command("deploy", **machines.body_of(ONE_TASK))
    for name in ("", "a b", "x" * 81, "../x"):
        with pytest.raises(InvalidInput):
            bench.command("start", machine=arn, name=name, input={})


def test_an_input_over_256_kib_is_refused_unless_limits_are_off(bench: Bench) -> None:
    large = {"text": "x" * 300_000}
    with pytest.raises(InvalidInput, match="300011 bytes"):
        bench.start(ONE_TASK, input=large)
    bench.start(replace(ONE_TASK, limits=False), input=large)


def test_a_function_has_lambdas_fifteen_minutes_unless_limits_are_off(bench: Bench) -> None:
    bench.start(ONE_TASK, "a")
    bench.start(replace(ONE_TASK, limits=False), "b")
    assert [launch.timeout for launch in bench.supervisor.launched] == [900, None]


def test_an_existing_lambda_says_that_it_needs_aws(bench: Bench) -> None:
    arn = bench.start(compiled({"a": task()}, {"Function_a": FunctionResource(existing="other")}))
    execution = bench.reader.describe(arn)
    assert execution.error == "Lambda.ResourceNotFoundException"
    assert "needs AWS" in (execution.cause or "")


def test_a_context_is_derived_where_the_machine_gives_none(bench: Bench) -> None:
    state = {**task(), "Arguments": {"FunctionName": "${Function_a}", "Payload": {"n": 1}}}
    machine = compiled({"load.item": state}, {"Function_a": FunctionResource("m.f", "code")})
    bench.start(machine, "s-20260101-abcdef-3", {"session": "s", "path": "up.", "generations": {"up.load": 2}})
    launch = bench.supervisor.launched[0]
    assert launch.event == {"n": 1}
    assert launch.context["operation"] == "up.load"
    assert launch.context["attempt"] == "3.0.0"
    assert launch.context["key"] == "s/up.load/-/2"


def test_an_http_call_is_launched_with_its_arguments(bench: Bench) -> None:
    arguments = {"ApiEndpoint": "https://example.com", "Method": "GET"}
    state = {"Type": "Task", "Resource": "arn:aws:states:::http:invoke", "Arguments": arguments, "End": True}
    arn = bench.start(compiled({"get": state}))
    assert (bench.supervisor.launched[0].kind, bench.supervisor.launched[0].event) == ("http", arguments)
    bench.finish({"StatusCode": 200, "Headers": {}, "ResponseBody": "hi"})
    assert bench.reader.describe(arn).output == {"StatusCode": 200, "Headers": {}, "ResponseBody": "hi"}
