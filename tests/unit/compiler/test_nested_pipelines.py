"""A nested pipeline is an execution of its own, which knows its place in the session and what it did before."""

from __future__ import annotations

from typing import Any

from bunsui.compiler import compile_pipeline
from bunsui.model.machine import MachineResource
from bunsui.model.pipeline import CommandTask, Parameter, PipelineTask
from virtual.host import Host, Reply, TaskCall
from virtual.pipelines import bag, op, pipeline, play, run

CHILD = pipeline(
    op("x", given={"m": "{% $params.month %}", "n": "{% $params.n %}"}),
    op("y", "x", task=CommandTask(("run",)), given={"x": "{% $x.v %}"}),
    name="child",
    params={"month": Parameter("month"), "n": Parameter("n", required=False, default=9)},
    outputs={"last": "{% $y.v %}"},
)


def value(call: TaskCall) -> Reply:
    return Reply(1.0, {"v": call.context["operation"]})


def parent(**keys: Any):
    return pipeline(
        op("sub", task=PipelineTask(file="child.yaml", child=CHILD), given={"month": "{% $params.month %}"}, **keys),
        op("z", "sub"),
        outputs={"sub": "{% $sub %}"},
    )


PLAY = {"sub.x": value, "sub.y": value}


def test_the_child_s_outputs_are_the_operation_s() -> None:
    ended, host = run(parent(), PLAY, params={"month": 3})
    assert ended.output == {"sub": {"last": "sub.y"}}
    assert host.calls[0].arguments == {"m": 3, "n": 9}


def test_the_child_is_compiled_into_a_resource() -> None:
    found = compile_pipeline(parent()).resources["Machine_sub"]
    assert isinstance(found, MachineResource)
    assert found.machine == compile_pipeline(CHILD)


def test_nested_operations_have_paths_and_keys_of_their_own() -> None:
    _, host = run(parent(), PLAY, params={"month": 3})
    assert [(call.context["operation"], call.context["key"]) for call in host.calls[:2]] == [
        ("sub.x", "s/sub.x/-/0"),
        ("sub.y", "s/sub.y/-/0"),
    ]
    assert [call.context["attempt"] for call in host.calls[:2]] == ["1-0-0.0.0", "1-0-0.0.0"]


def test_rerunning_the_operation_raises_its_child_s_generations() -> None:
    children = {"sub": {"generations": {"x": 2}}}
    _, host = run(parent(), PLAY, params={"month": 3}, generations={"sub": 1}, children=children)
    assert [call.context["generation"] for call in host.calls[:2]] == [3, 1]


def test_a_child_s_failure_is_the_operation_s() -> None:
    ended, _ = run(parent(), {"sub.x": Reply(1, error="Task.Broken")}, params={"month": 3})
    assert bag(ended)["sub"]["s"] == "failed"
    assert bag(ended)["sub"]["e"]["Error"] == "States.TaskFailed"
    assert bag(ended)["z"] == {"s": "upstream_failed"}


def test_a_resume_hands_the_child_its_own_records() -> None:
    children = {"sub": {"resume": {"x": {"s": "ok", "o": {"v": "old"}}}, "partial": {}, "children": {}}}
    ended, host = run(parent(), PLAY, params={"month": 3}, children=children)
    assert [call.operation for call in host.calls] == ["sub.y", "z"]
    assert host.calls[0].arguments == {"x": "old"}
    assert ended.status == "SUCCEEDED"


def test_a_fan_out_of_pipelines_tells_its_items_apart() -> None:
    made = pipeline(
        op(
            "sub",
            task=PipelineTask(child=CHILD),
            given={"month": "{% $item %}"},
            for_each="{% $params.months %}",
        ),
        outputs={"items": "{% $sub.items %}"},
    )
    known = {"sub": {"1": {"resume": {"x": {"s": "ok", "o": {"v": "old"}}}}}}
    host = Host(play({}))
    host.behaviour = value
    ended, _ = run(made, host=host, params={"months": [3, 4]}, children=known)
    assert ended.output == {"items": [{"last": "sub.0.y"}, {"last": "sub.1.y"}]}
    assert sorted(call.context["key"] for call in host.calls) == ["s/sub.0.x/-/0", "s/sub.0.y/-/0", "s/sub.1.y/-/0"]


def test_cancelling_the_parent_ends_the_child() -> None:
    host = Host(play({"sub.x": Reply(100)}))
    given = {"session": "s", "params": {"month": 1}, "generations": {}, "resume": {}}
    ended = host.start(compile_pipeline(parent()), "s-1", given)
    host.drain(5.0)
    host.stop(ended)
    host.drain()
    assert [one.status for one in ended.children] == ["ABORTED"]
