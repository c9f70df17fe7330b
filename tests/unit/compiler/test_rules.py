"""`run_if`, `when`, `on_failure`: what an operation's status is, decided by the compiled machine alone."""

from __future__ import annotations

import itertools

import pytest

from bunsui.model.pipeline import OnFailure, RunIf
from virtual.dags import Node
from virtual.host import Reply
from virtual.oracle import decided
from virtual.pipelines import bag, op, pipeline, run

BAD = Reply(1.0, error="Task.Broken", cause="it broke")
MAKERS = {
    "ok": lambda name: [op(name)],
    "failed": lambda name: [op(name)],
    "skipped": lambda name: [op(name, when="{% false %}")],
    "upstream_failed": lambda name: [op(f"{name}_root"), op(name, f"{name}_root")],
}


@pytest.mark.parametrize("rule", list(RunIf))
@pytest.mark.parametrize("statuses", list(itertools.product(MAKERS, repeat=2)))
def test_every_rule_over_every_pair_of_statuses(rule: RunIf, statuses: tuple[str, str]) -> None:
    makers = [MAKERS[status](name) for name, status in zip("ab", statuses, strict=True)]
    made = pipeline(*itertools.chain(*makers), op("c", "a", "b", run_if=rule))
    failing = {name: BAD for name, status in zip("ab", statuses, strict=True) if status == "failed"}
    failing |= {f"{name}_root": BAD for name, status in zip("ab", statuses, strict=True) if status == "upstream_failed"}
    ended, host = run(made, failing)
    expected = decided(Node("c", run_if=rule), list(statuses)) or "ok"
    assert bag(ended)["c"]["s"] == expected
    assert ("c" in [call.operation for call in host.calls]) == (expected == "ok")


def test_a_rule_looks_at_every_declared_need_also_those_that_a_longer_path_implies() -> None:
    made = pipeline(op("a"), op("b", "a", run_if=RunIf.ALL_DONE), op("c", "a", "b"))
    ended, _ = run(made, {"a": BAD})
    assert {name: record["s"] for name, record in bag(ended).items()} == {
        "a": "failed",
        "b": "ok",
        "c": "upstream_failed",
    }


def test_one_failed_without_needs_never_runs() -> None:
    ended, host = run(pipeline(op("a", run_if=RunIf.ONE_FAILED)))
    assert bag(ended)["a"] == {"s": "skipped"}
    assert not host.calls


def test_when_is_not_evaluated_where_the_rule_says_no() -> None:
    made = pipeline(op("a"), op("b", "a", when="{% $a.missing.deeper > 1 %}"))
    ended, _ = run(made, {"a": BAD})
    assert bag(ended)["b"] == {"s": "upstream_failed"}


def test_when_reads_params_and_outputs() -> None:
    made = pipeline(op("a"), op("b", "a", when="{% $params.go and $a.rows > 2 %}"))
    for rows, status in ((2, "skipped"), (3, "ok")):
        ended, _ = run(made, {"a": Reply(1, {"rows": rows})}, params={"go": True})
        assert bag(ended)["b"]["s"] == status


def test_an_error_in_when_fails_the_execution() -> None:
    ended, _ = run(pipeline(op("a", when="{% $params.go.further + 1 %}"), op("b")))
    assert (ended.status, ended.error) == ("FAILED", "States.QueryEvaluationError")


def test_a_when_that_is_no_boolean_fails_the_execution() -> None:
    ended, _ = run(pipeline(op("a", when="{% 'yes' %}")))
    assert (ended.status, ended.error) == ("FAILED", "States.QueryEvaluationError")


def test_an_error_in_arguments_fails_the_operation_only() -> None:
    ended, _ = run(pipeline(op("a", given={"x": "{% $params.no.such %}"}), op("b"), op("c", "a")))
    assert {name: record["s"] for name, record in bag(ended).items()} == {
        "a": "failed",
        "b": "ok",
        "c": "upstream_failed",
    }
    assert bag(ended)["a"]["e"]["Error"] == "States.QueryEvaluationError"


def test_independent_branches_finish_when_one_fails() -> None:
    made = pipeline(op("a"), op("b", "a"), op("c"), op("d", "c"), op("e", "d"))
    ended, _ = run(made, {"a": BAD})
    assert {name: record["s"] for name, record in bag(ended).items() if name in "cde"} == dict.fromkeys("cde", "ok")
    assert ended.error == "Bunsui.OperationsFailed"
    assert ended.cause == "1 of 5 operations failed: a (Task.Broken); not run because of that: b"


def test_fail_fast_aborts_what_runs_beside_it() -> None:
    made = pipeline(op("a"), op("slow"), op("end", "a", "slow"), on_failure=OnFailure.FAIL_FAST)
    ended, host = run(made, {"a": BAD, "slow": Reply(100)})
    assert (ended.status, ended.error, ended.cause, ended.seconds) == ("FAILED", "Task.Broken", "it broke", 1.0)
    assert "end" not in [call.operation for call in host.calls]


def test_fail_fast_redriven_runs_only_what_did_not_succeed() -> None:
    made = pipeline(op("a"), op("b"), op("slow"), op("end", "a", "b", "slow"), on_failure=OnFailure.FAIL_FAST)
    once = {"a": lambda call: BAD if call.number == 1 else Reply(1), "slow": Reply(5), "b": Reply(0.5)}
    ended, host = run(made, once)
    host.redrive(ended)
    host.drain()
    assert ended.status == "SUCCEEDED"
    assert sorted(call.operation for call in host.calls) == ["a", "a", "b", "end", "slow", "slow"]
    assert [call.context["attempt"] for call in host.calls if call.operation == "a"] == ["1.0.0", "1.1.0"]


def test_a_long_cause_does_not_fill_the_bag() -> None:
    ended, _ = run(pipeline(op("a"), op("b")), {"a": Reply(1, error="Task.Broken", cause="x" * 30_000)})
    assert len(bag(ended)["a"]["e"]["Cause"]) == 1000


def test_without_operations_it_succeeds() -> None:
    ended, _ = run(pipeline())
    assert (ended.status, ended.output) == ("SUCCEEDED", {})


def test_outputs_are_null_where_undefined() -> None:
    made = pipeline(
        op("a"),
        op("b", when="{% false %}"),
        outputs={"rows": "{% $a.rows %}", "skipped": "{% $b.rows %}", "deep": {"of": ["{% $a.no %}", 1]}, "fix": 7},
    )
    ended, _ = run(made, {"a": Reply(1, {"rows": 3})})
    assert ended.output == {"rows": 3, "skipped": None, "deep": {"of": [None, 1]}, "fix": 7}
