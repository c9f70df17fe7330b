"""Every kind of task: its state's resource and arguments, its resources, and its output in the bag."""

from __future__ import annotations

import json
from typing import Any

import pytest

from bunsui.compiler import compile_pipeline
from bunsui.errors import InvalidInput
from bunsui.model.machine import ConnectionResource, ContainerResource, FunctionResource
from bunsui.model.pipeline import (
    ApprovalTask,
    CommandTask,
    EcsTask,
    HttpTask,
    IntegrationTask,
    Jitter,
    LambdaTask,
    PythonTask,
    Retry,
    Secret,
    WaitTask,
)
from virtual.host import Reply
from virtual.pipelines import op, pipeline, run, states


def state(task: Any, name: str = "a", **keys: Any) -> dict[str, Any]:
    return states(compile_pipeline(pipeline(op("a", task=task, **keys))).definition)[name]


def resources(task: Any, **keys: Any):
    return compile_pipeline(pipeline(op("a", task=task, **keys))).resources


def test_a_function_gets_its_arguments_and_what_the_runtime_must_know() -> None:
    made = pipeline(op("a", given={"x": 1, "deep": {"y": ["{% $params.n %}"]}}, inline=("rows",)))
    _, host = run(made, params={"n": 2}, generations={"a": 4})
    (call,) = host.calls
    assert call.arguments == {"x": 1, "deep": {"y": [2]}}
    assert call.context == {
        "session": "s",
        "operation": "a",
        "generation": 4,
        "attempt": "1.0.0",
        "key": "s/a/-/4",
        "inline": ["rows"],
        "cap": 32768,
    }


def test_a_call_has_a_colon_and_a_handler_a_dot() -> None:
    env = {"NAME": "value", "KEY": Secret("env:KEY")}
    assert resources(PythonTask("pkg.mod:fn", code="./f", memory=256), env=env, timeout=9) == {
        "Function_a": FunctionResource("pkg.mod:fn", "./f", None, 256, 9, env)
    }
    assert resources(LambdaTask(handler="mod.fn", code="./f")) == {"Function_a": FunctionResource("mod.fn", "./f")}


def test_an_existing_function_gets_its_arguments_and_nothing_else() -> None:
    found = state(LambdaTask(function="arn:aws:lambda:eu-west-1:123456789012:function:x"), given={"x": 1})
    assert found["Arguments"] == {"FunctionName": "${Function_a}", "Payload": {"x": 1}}
    assert resources(LambdaTask(function="f"))["Function_a"] == FunctionResource(existing="f")


def test_small_constant_arguments_of_a_command_travel_with_it() -> None:
    given = {
        "text": "quote ' and \" and \\ and {% %} and é",
        "big": 12345678901234567890,
        "float": 0.1234567890123456789,
    }
    _, host = run(pipeline(op("a", task=CommandTask(("run",)), given=given)))
    assert host.calls[0].arguments == json.loads(json.dumps(given))
    assert host.services == ["ecs:runTask.waitForTaskToken"]


def test_other_arguments_of_a_command_go_through_the_object_store() -> None:
    made = pipeline(op("a", task=CommandTask(("run",)), given={"n": "{% $params.n %}"}))
    ended, host = run(made, params={"n": 5})
    assert host.objects == {"inputs/s-1/a.json": {"n": 5}}
    assert host.calls[0].arguments == {"n": 5}
    assert ended.status == "SUCCEEDED"


def test_large_constant_arguments_go_through_the_object_store() -> None:
    _, host = run(pipeline(op("a", task=CommandTask(("run",)), given={"text": "x" * 3000})))
    assert list(host.objects) == ["inputs/s-1/a.json"]


def test_a_command_is_a_container_with_its_argument_vector() -> None:
    assert resources(CommandTask(("python", "x.py"), image="i", cpu=256, memory=512), env={"A": "b"}) == {
        "Task_a": ContainerResource(("python", "x.py"), "i", None, 256, 512, {"A": "b"})
    }
    assert resources(EcsTask(task_definition="family:3")) == {"Task_a": ContainerResource(existing="family:3")}


def test_the_answer_to_a_command_s_token_is_its_output() -> None:
    made = pipeline(op("a", task=CommandTask(("run",))), outputs={"a": "{% $a %}"})
    ended, host = run(made, {"a": Reply(2, {"rows": 3})})
    assert ended.output == {"a": {"rows": 3}}
    assert "token" in host.calls[0].context


def test_http_sends_what_is_given_and_keeps_status_headers_and_body() -> None:
    task = HttpTask("{% $params.url %}", "POST", {"X": "1"}, {"q": "{% $params.q %}"}, {"a": [1]}, "api")
    made = pipeline(op("a", task=task), outputs={"a": "{% $a %}"})
    answer = {"StatusCode": 200, "Headers": {"h": ["v"]}, "ResponseBody": {"ok": True}}
    ended, _ = run(made, {"http": Reply(1, answer)}, params={"url": "https://x.example", "q": "z"})
    assert ended.output == {"a": {"status": 200, "headers": {"h": ["v"]}, "body": {"ok": True}}}
    found = states(compile_pipeline(made).definition)["a"]["Arguments"]
    assert found["Authentication"] == {"ConnectionArn": "${Connection_api}"}
    assert compile_pipeline(made).resources["Connection_api"] == ConnectionResource("api")
    assert resources(HttpTask("https://x.example"))["Connection_Default"] == ConnectionResource(None)


def test_a_wait_takes_seconds_or_a_moment() -> None:
    assert state(WaitTask(seconds=30))["Seconds"] == 30
    assert "Timestamp" in state(WaitTask(until="{% $params.at %}"))
    ended, _ = run(pipeline(op("a", task=WaitTask(seconds="{% $params.n %}"))), params={"n": 7})
    assert ended.seconds == 7.0


def test_an_approval_waits_with_its_message_and_gives_the_answer() -> None:
    made = pipeline(
        op("rows"),
        op("a", "rows", task=ApprovalTask("{% 'load ' & $rows.n & ' rows?' %}")),
        outputs={"a": "{% $a %}"},
    )
    answer = {"approved": True, "by": "me", "comment": ""}
    ended, host = run(made, {"rows": Reply(1, {"n": 3}), "a": Reply(5, answer)})
    assert host.calls[-1].arguments == {"message": "load 3 rows?"}
    assert ended.output == {"a": answer}
    item = host.mailboxes["s-1/a"]
    assert (item["session"], item["operation"]) == ({"S": "s"}, {"S": "a"})


def test_a_refusal_is_not_asked_again() -> None:
    made = pipeline(op("a", task=ApprovalTask("go?"), retry=(Retry(max_attempts=3),)))
    ended, host = run(made, {"a": Reply(1, error="Bunsui.Rejected", cause="not today")})
    assert ended.cause == "1 of 1 operations failed: a (Bunsui.Rejected)"
    assert len(host.calls) == 1


def test_any_integration_takes_its_arguments_as_they_are() -> None:
    found = state(
        IntegrationTask("arn:aws:states:::sns:publish"), given={"TopicArn": "t", "Message": "{% $params.m %}"}
    )
    assert found["Resource"] == "arn:aws:states:::sns:publish"
    assert found["Arguments"]["TopicArn"] == "t"


def test_limits_of_a_task_become_its_state_s() -> None:
    found = state(CommandTask(("run",)), timeout=60, heartbeat=5)
    assert (found["TimeoutSeconds"], found["HeartbeatSeconds"]) == (60, 5)


def test_a_function_sends_no_heartbeat_so_none_is_asked_of_it() -> None:
    assert "HeartbeatSeconds" not in state(PythonTask("m:f"), heartbeat=5)


def test_retries_count_tries_and_states_all_comes_last() -> None:
    rules = (
        Retry(max_attempts=5, interval=2, backoff=1.5, max_delay=60, jitter=Jitter.FULL),
        Retry(max_attempts=1, on=("Task.Broken", "States.Timeout")),
    )
    assert state(PythonTask("m:f"), retry=rules)["Retry"] == [
        {
            "ErrorEquals": ["Task.Broken", "States.Timeout"],
            "IntervalSeconds": 1,
            "MaxAttempts": 0,
            "BackoffRate": 2.0,
        },
        {
            "ErrorEquals": ["States.ALL"],
            "IntervalSeconds": 2,
            "MaxAttempts": 4,
            "BackoffRate": 1.5,
            "MaxDelaySeconds": 60,
            "JitterStrategy": "FULL",
        },
    ]


def test_a_timeout_of_the_pipeline_is_the_machine_s() -> None:
    assert compile_pipeline(pipeline(op("a"), timeout=3600)).definition["TimeoutSeconds"] == 3600


def test_a_distributed_fan_out_is_refused_by_name() -> None:
    with pytest.raises(InvalidInput, match=r"'a'.*mode: distributed"):
        compile_pipeline(pipeline(op("a", for_each=[1], mode="distributed")))


@pytest.mark.parametrize("name", ["and", "or", "in", "null", "true", "function", "error", "count"])
def test_words_of_the_expression_language_are_good_names(name: str) -> None:
    made = pipeline(op(name), op("z", name, given={"x": f"{{% ${name}.n %}}"}), op("y"), op("w", name, "y"))
    ended, host = run(made, {name: Reply(1, {"n": 5})})
    assert ended.status == "SUCCEEDED"
    assert [call.arguments for call in host.calls if call.operation == "z"] == [{"x": 5}]


def test_a_machine_of_the_user_s_own_passes_as_it_is() -> None:
    definition = {"StartAt": "B", "QueryLanguage": "JSONata", "States": {"B": {"Type": "Succeed"}}}
    made = compile_pipeline(pipeline(definition=definition))
    assert made.definition == definition
    assert json.loads(made.text) == definition
    assert made.resources == {}
