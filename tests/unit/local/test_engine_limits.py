"""What the engine stores, refuses and bounds: large values, snapshots, names, limits, hostile numbers."""

from __future__ import annotations

from dataclasses import replace

import pytest
from engine_bench import ONE_TASK, Bench, FakeSupervisor, compiled, task

from bunsui.errors import InvalidInput
from bunsui.local import machines
from bunsui.model.machine import FunctionResource
from bunsui.model.status import ExecutionStatus


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
