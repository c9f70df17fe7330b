"""An evaluation error's state and location lead back to the operation and key that the author wrote."""

from __future__ import annotations

from typing import Any

import pytest

from bunsui.compiler import Origin, places
from bunsui.model.pipeline import (
    ApprovalTask,
    CommandTask,
    HttpTask,
    IntegrationTask,
    LambdaTask,
    PipelineTask,
    WaitTask,
)
from virtual.pipelines import op, pipeline, run

BAD = "{% $params.no.such %}"
CHILD = pipeline(op("x"), name="child")


def origin_of_failure(*operations: Any, **keys: Any) -> Origin | None:
    made = pipeline(*operations, **keys)
    ended, _ = run(made, params={"list": [1]})
    (failed,) = [event for event in ended.events if event.type == "EvaluationFailed"]
    return places(made, str(failed.details["state"]), str(failed.details.get("location")))


@pytest.mark.parametrize(
    ("keys", "key"),
    [
        ({"given": {"month": BAD}}, "with.month"),
        ({"given": {"deep": {"list": [1, BAD]}}}, "with.deep.list[1]"),
        ({"given": {"month": BAD}, "task": LambdaTask(function="f")}, "with.month"),
        ({"given": {"month": BAD}, "task": CommandTask(("x",))}, "with.month"),
        ({"given": {"Message": BAD}, "task": IntegrationTask("arn:aws:states:::sns:publish")}, "with.Message"),
        ({"given": {"month": BAD}, "task": PipelineTask(child=CHILD)}, "with.month"),
        ({"task": WaitTask(seconds=BAD)}, "wait.for"),
        ({"task": WaitTask(until=BAD)}, "wait.until"),
        ({"task": ApprovalTask(BAD)}, "approval.message"),
        ({"task": HttpTask(BAD)}, "http.url"),
        ({"task": HttpTask("u", headers={"X": BAD})}, "http.headers.X"),
        ({"task": HttpTask("u", query={"q": BAD})}, "http.query.q"),
        ({"task": HttpTask("u", body={"b": BAD})}, "http.body.b"),
        ({"task": HttpTask("u"), "given": {"b": BAD}}, "with.b"),
        ({"when": "{% $params.list + 'x' %}"}, "when"),
        ({"for_each": BAD}, "for_each"),
        ({"for_each": [1], "given": {"x": BAD}}, "with.x"),
        ({"for_each": [1], "given": {"x": BAD}, "task": CommandTask(("x",))}, "with.x"),
    ],
)
def test_every_key_is_found_again(keys: dict[str, Any], key: str) -> None:
    assert origin_of_failure(op("a", **keys)) == Origin("a", key)


def test_outputs_are_the_pipeline_s_own() -> None:
    assert origin_of_failure(op("a"), outputs={"total": {"deep": "{% 1 + 'x' %}"}}) == Origin("", "outputs.total.deep")


def test_what_the_compiler_wrote_has_no_key() -> None:
    made = pipeline(op("a"))
    assert places(made, "a", "Output") is None
    assert places(made, "Finish", "Choices/0/Condition") is None
    assert places(made, "stranger", "Arguments") is None
    assert places(made, "a.gate", "Choices/0/Condition") is None
