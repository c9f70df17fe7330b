"""What counts as agreeing with a recording, by cases of our own."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from bunsui.errors import InvalidInput, NotFound
from bunsui.local.conformance.comparing import same
from bunsui.offline import conformance

PASS = {"StartAt": "A", "States": {"A": {"Type": "Pass", "Result": {"n": 1}, "End": True}}}
EVENTS: list[dict[str, Any]] = [
    {"id": 1, "previousEventId": 0, "type": "ExecutionStarted", "details": {"input": {}, "inputDetails": "<any>",
     "roleArn": "<any>"}},
    {"id": 2, "previousEventId": 0, "type": "PassStateEntered", "details": "<any>"},
    {"id": 3, "previousEventId": 2, "type": "PassStateExited", "details": {"name": "A", "output": {"n": 1},
     "outputDetails": "<any>"}},
    {"id": 4, "previousEventId": 3, "type": "ExecutionSucceeded", "details": "<any>"},
]  # fmt: skip


def case(folder: Path, name: str, **more: Any) -> None:
    body = {"id": name, "group": "ours", "api": "start_execution", "definition": PASS, "input": {}}
    (folder / f"{name}.json").write_text(json.dumps(body | more))


@pytest.mark.parametrize(
    ("wanted", "found", "expected"),
    [
        (1, 1.0, True),
        (1, True, False),
        (None, None, True),
        ("<any>", {"a": 1}, True),
        ("arn:<any>:x", "arn:aws:x", True),
        ("arn:<any>:x", 5, False),
        ({"a": 1}, '{"a": 1}', True),
        ({"a": 1}, {"a": 1, "b": 2}, False),
        ({"a": 1, "<any>": 2}, {"a": 1, "id-7": 3}, True),
        ([1, "<any>"], [1, []], True),
        ([1], [1, 1], False),
    ],
)
def test_places_that_may_be_anything_match_and_nothing_else_does(wanted: Any, found: Any, expected: bool) -> None:
    assert same(wanted, found) is expected


def test_scores_count_ends_and_histories_and_name_the_first_difference(tmp_path: Path) -> None:
    end = {"status": "SUCCEEDED", "output": {"n": 1}}
    case(tmp_path, "agrees", expected=end | {"events": EVENTS})
    case(tmp_path, "another-end", expected=end | {"output": {"n": 2}})
    other = [*EVENTS[:2], EVENTS[2] | {"previousEventId": 1}, EVENTS[3]]
    case(tmp_path, "another-history", expected=end | {"events": other})
    case(tmp_path, "not-tried", api="publish_version", expected={"response": {}})
    (tmp_path / "notes.json").write_text("[]")
    found = conformance(str(tmp_path))
    (score,) = found.scores
    assert (score.group, score.cases, score.run, score.final, score.full) == ("ours", 4, 3, 2, 1)
    assert {miss.id: miss.why for miss in found.misses} == {
        "another-end": 'output: {"n": 1} instead of {"n": 2}',
        "another-history": "event 3 PassStateExited: previousEventId: 2 instead of 1",
    }


def test_functions_of_a_case_answer_on_a_virtual_clock(tmp_path: Path) -> None:
    arn = "arn:aws:lambda:us-east-1:111111111111:function:slow"
    work = {"Type": "Task", "Resource": arn, "TimeoutSeconds": 60, "End": True}
    machine = {"StartAt": "W", "States": {"W": work}}
    case(tmp_path, "late", definition=machine, tasks={arn: {"returns": 1, "delay_seconds": 3600}},
         expected={"status": "FAILED", "error": "States.Timeout"})  # fmt: skip
    failure = {"raises": {"error": "Bad", "cause": {"errorMessage": "no"}}}
    case(tmp_path, "raised", definition=machine, tasks={arn: failure},
         expected={"status": "FAILED", "error": "Bad", "cause": {"errorMessage": "no"}})  # fmt: skip
    case(tmp_path, "echoed", definition=machine, input=[1], tasks={arn: {"echo": True}},
         expected={"status": "SUCCEEDED", "output": [1]})  # fmt: skip
    assert conformance(str(tmp_path)).misses == ()


def test_refused_definitions_are_compared_by_their_text(tmp_path: Path) -> None:
    message = "Invalid State Machine Definition: 'SCHEMA_VALIDATION_FAILED: These fields are required: [States] at /'"
    refused = {"create_error": {"code": "InvalidDefinition", "message": message}}
    case(tmp_path, "refused", api="create_state_machine", definition={"StartAt": "A"}, expected=refused)
    assert conformance(str(tmp_path)).misses == ()


def test_a_folder_without_cases_is_an_error_with_a_hint(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="no case lies below"):
        conformance(str(tmp_path))
    with pytest.raises(NotFound, match="there is no folder"):
        conformance(str(tmp_path / "none"))
