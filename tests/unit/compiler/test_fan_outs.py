"""`for_each`: items in order, each with its own retry; tolerance judged at the end; a resume runs what is missing."""

from __future__ import annotations

from typing import Any

import pytest

from bunsui.model.pipeline import ApprovalTask, CommandTask, LambdaTask, OnFailure, Retry, Tolerance, WaitTask
from virtual.host import Reply, TaskCall
from virtual.pipelines import bag, op, pipeline, run

BAD = Reply(1.0, error="Task.Broken", cause="it broke")


def each(name: str = "a", *needs: str, **keys: Any):
    keys.setdefault("for_each", "{% $params.list %}")
    return op(name, *needs, **{"given": {"item": "{% $item %}", "index": "{% $index %}"}, **keys})


def echo(call: TaskCall) -> Reply:
    return Reply(1.0, {"got": call.arguments["item"], "at": call.arguments["index"]})


def failing(*indexes: int):
    return lambda call: BAD if call.item in indexes else Reply(1.0, {"i": call.item})


def test_items_keep_the_order_of_the_input() -> None:
    def backwards(call: TaskCall) -> Reply:
        return Reply(10.0 - call.arguments["index"], {"got": call.arguments["item"]})

    ended, _ = run(pipeline(each()), {"a": backwards}, params={"list": ["x", "y", "z"]})
    assert bag(ended)["a"]["o"] == {
        "items": [{"got": "x"}, {"got": "y"}, {"got": "z"}],
        "succeeded": 3,
        "failed": 0,
        "errors": [],
    }


@pytest.mark.parametrize(
    "items", [[], [1], [[5]], [[1, 2]], [[1], [2]], [None], [None, 1], [{"a": [1]}], ["one"], [[]], [0, False, ""]]
)
def test_no_list_melts(items: list[Any]) -> None:
    ended, _ = run(pipeline(each()), {"a": echo}, params={"list": items})
    assert [item["got"] for item in bag(ended)["a"]["o"]["items"]] == items


@pytest.mark.parametrize("output", [[1, 2], [], 5, None, "text", {"a": [1]}])
@pytest.mark.parametrize("count", [1, 2])
def test_outputs_of_any_shape_stay_what_they_are(output: Any, count: int) -> None:
    made = pipeline(op("a", for_each="{% $params.list %}", task=LambdaTask(function="a")))
    ended, _ = run(made, {"a": Reply(1, output)}, params={"list": list(range(count))})
    assert bag(ended)["a"]["o"]["items"] == [output] * count


def test_a_list_may_stand_in_the_file_and_hold_expressions() -> None:
    made = pipeline(each(for_each=[1, "{% $params.two %}", {"k": ["{% $params.two %}"]}]))
    ended, _ = run(made, {"a": echo}, params={"two": 2})
    assert [item["got"] for item in bag(ended)["a"]["o"]["items"]] == [1, 2, {"k": [2]}]


def test_what_matches_once_is_a_list_of_one() -> None:
    made = pipeline(op("rows"), each("a", "rows", for_each="{% $rows.files[kind='csv'].name %}"))
    files = {"files": [{"kind": "csv", "name": "x"}, {"kind": "txt", "name": "y"}]}
    ended, _ = run(made, {"rows": Reply(1, files), "a": echo})
    assert [item["got"] for item in bag(ended)["a"]["o"]["items"]] == ["x"]


def test_an_undefined_list_fails_the_operation_and_says_so() -> None:
    ended, _ = run(pipeline(each(for_each="{% $params.lisst %}")))
    error = bag(ended)["a"]["e"]
    assert error["Error"] == "States.QueryEvaluationError"
    assert "for_each of a is not a list: it is undefined" in error["Cause"]


def test_more_than_a_thousand_items_fail_and_name_the_other_mode() -> None:
    ended, host = run(pipeline(each()), params={"list": list(range(1001))})
    assert "for_each of a has 1001 items; over 1000 it needs mode: distributed" in bag(ended)["a"]["e"]["Cause"]
    assert not host.calls


def test_at_most_forty_run_at_once() -> None:
    ended, _ = run(pipeline(each()), {"a": Reply(1)}, params={"list": list(range(81))})
    assert ended.seconds == 3.0


def test_max_concurrency_bounds_them_further() -> None:
    ended, _ = run(pipeline(each(max_concurrency=2)), {"a": Reply(1)}, params={"list": list(range(5))})
    assert ended.seconds == 3.0


def test_failed_items_are_null_and_listed() -> None:
    made = pipeline(each(tolerate=Tolerance(count=2)))
    ended, _ = run(made, {"a": failing(0, 2)}, params={"list": [0, 1, 2, 3]})
    error = {"Error": "Task.Broken", "Cause": "it broke"}
    assert bag(ended)["a"] == {
        "s": "ok",
        "o": {
            "items": [None, {"i": 1}, None, {"i": 3}],
            "succeeded": 2,
            "failed": 2,
            "errors": [{"index": 0, "error": error}, {"index": 2, "error": error}],
        },
    }


@pytest.mark.parametrize(
    ("tolerate", "bad", "status"),
    [
        (None, 0, "ok"),
        (None, 1, "failed"),
        (Tolerance(count=1), 1, "ok"),
        (Tolerance(count=1), 2, "failed"),
        (Tolerance(percent=25), 1, "ok"),
        (Tolerance(percent=25), 2, "failed"),
        (Tolerance(percent=100), 4, "ok"),
    ],
)
def test_tolerance_is_judged_when_all_items_ended(tolerate: Tolerance | None, bad: int, status: str) -> None:
    made = pipeline(each(tolerate=tolerate), op("after", "a"))
    ended, host = run(made, {"a": failing(*range(bad))}, params={"list": [0, 1, 2, 3]})
    assert bag(ended)["a"]["s"] == status
    assert len(host.calls) == 4 + (status == "ok")


def test_the_error_of_a_fan_out_counts_and_names() -> None:
    ended, _ = run(pipeline(each()), {"a": failing(1, 3)}, params={"list": [0, 1, 2, 3]})
    error = {"Error": "Bunsui.ItemsFailed", "Cause": "2 of 4 items failed: [1] Task.Broken, [3] Task.Broken"}
    assert bag(ended)["a"]["e"] == error


def test_an_item_is_retried_alone() -> None:
    def first_try_of_two(call: TaskCall) -> Reply:
        return BAD if call.item == 2 and call.number == 1 else Reply(1.0, {"i": call.item})

    made = pipeline(each(retry=(Retry(max_attempts=2, interval=1, backoff=1),)))
    ended, host = run(made, {"a": first_try_of_two}, params={"list": [0, 1, 2]})
    assert bag(ended)["a"]["s"] == "ok"
    assert sorted(call.item for call in host.calls) == [0, 1, 2, 2]
    assert [call.context["attempt"] for call in host.calls if call.item == 2] == ["1.0.0", "1.0.1"]


def test_an_item_knows_its_key_and_its_share_of_the_bytes() -> None:
    _, host = run(pipeline(each()), params={"list": [7, 8]}, generations={"a": 3})
    assert host.calls[1].context == {
        "session": "s",
        "operation": "a",
        "item": 1,
        "generation": 3,
        "attempt": "1.0.0",
        "key": "s/a/1/3",
        "inline": [],
        "cap": 51200,
    }


def test_items_read_outputs_of_other_operations() -> None:
    made = pipeline(
        op("one"), op("two"), each("a", "one", "two", given={"item": "{% $item + $one.n %}", "index": "{% $two.n %}"})
    )
    ended, _ = run(made, {"one": Reply(1, {"n": 10}), "two": Reply(1, {"n": 20}), "a": echo}, params={"list": [1, 2]})
    assert bag(ended)["a"]["o"]["items"] == [{"got": 11, "at": 20}, {"got": 12, "at": 20}]


def test_an_error_in_an_item_s_arguments_is_that_item_s() -> None:
    made = pipeline(each(given={"item": "{% $item.name %}", "index": 1}, tolerate=Tolerance(count=1)))
    ended, _ = run(made, {"a": echo}, params={"list": [{"name": "x"}, {}]})
    assert bag(ended)["a"]["o"]["items"] == [{"got": "x", "at": 1}, None]
    assert bag(ended)["a"]["o"]["errors"][0]["error"]["Error"] == "States.QueryEvaluationError"


def test_items_of_an_earlier_execution_pass_through_in_their_places() -> None:
    ended, host = run(
        pipeline(each()),
        {"a": lambda call: Reply(1, {"new": call.item})},
        params={"list": [0, 1, 2, 3]},
        partial={"a": {"1": {"old": 1}, "3": {"old": 3}}},
    )
    assert bag(ended)["a"]["o"]["items"] == [{"new": 0}, {"old": 1}, {"new": 2}, {"old": 3}]
    assert sorted(call.item for call in host.calls) == [0, 2]


def test_under_fail_fast_too_many_failures_end_the_execution_after_the_last_item() -> None:
    made = pipeline(each(tolerate=Tolerance(count=1)), op("after", "a"), on_failure=OnFailure.FAIL_FAST)
    ended, host = run(made, {"a": failing(0, 1)}, params={"list": [0, 1, 2]})
    assert (ended.status, ended.error) == ("FAILED", "Bunsui.ItemsFailed")
    assert ended.cause == "2 of 3 items failed: [0] Task.Broken, [1] Task.Broken"
    assert len(host.calls) == 3


def test_under_fail_fast_without_tolerance_the_first_failed_item_ends_it() -> None:
    made = pipeline(each(max_concurrency=1), on_failure=OnFailure.FAIL_FAST)
    ended, host = run(made, {"a": failing(0)}, params={"list": [0, 1, 2]})
    assert (ended.error, len(host.calls)) == ("Task.Broken", 1)


def test_commands_waits_and_approvals_fan_out_too() -> None:
    made = pipeline(
        each("c", task=CommandTask(("run",))),
        op("w", for_each="{% $params.list %}", task=WaitTask(seconds="{% $item %}")),
        op("p", for_each="{% $params.list %}", task=ApprovalTask("{% 'item ' & $item %}")),
        outputs={name: f"{{% ${name}.items %}}" for name in "cwp"},
    )
    approve = {"p": lambda call: Reply(1, {"by": call.arguments["message"]})}
    ended, host = run(made, {"c": echo, **approve}, params={"list": [3, 5]})
    assert ended.output == {
        "c": [{"got": 3, "at": 0}, {"got": 5, "at": 1}],
        "w": [{}, {}],
        "p": [{"by": "item 3"}, {"by": "item 5"}],
    }
    assert sorted(host.objects) == ["inputs/s-1/c/0.json", "inputs/s-1/c/1.json"]
    assert ended.seconds == 5.0
