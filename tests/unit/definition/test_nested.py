"""Pipelines inside pipelines, and state machines instead of operations, found through the resolver."""

from __future__ import annotations

import json
from collections.abc import Mapping

import pytest

from bunsui.definition import ConfigValidator, Found, Validation
from bunsui.model.pipeline import PipelineTask
from bunsui.model.problem import Severity

OPERATIONS = "operations:\n"
CHILD = "version: 1\nname: child\nparams: {month: {type: integer, maximum: 12}, note: {default: x}}\noperations:\n"
CHILD += "  a: {python: {call: a:b}, with: {m: '{% $params.month %}'}}\n"


def parent(*operations: str, name: str = "parent") -> str:
    return f"version: 1\nname: {name}\noperations:\n" + "".join(f"  {line}\n" for line in operations)


def validate(text: str, files: Mapping[str, str] = {}) -> Validation:
    def resolve(kind: str, wanted: str, folder: str) -> Found | None:
        key = f"registered:{wanted}" if kind == "name" else f"{folder}/{wanted}"
        return Found(files[key].encode(), key, "sub" if kind == "file" else folder) if key in files else None

    return ConfigValidator(resolve).validate(text.encode(), "main.yaml", "main")


def told(validation: Validation) -> list[str]:
    return [str(problem) for problem in validation.problems]


def test_a_nested_file_is_found_beside_its_parent() -> None:
    text = parent("n: {pipeline: {file: child.yaml}, with: {month: 3}}")
    pipeline = validate(text, {"main/child.yaml": CHILD}).pipeline
    assert pipeline is not None
    task = pipeline.operations["n"].task
    assert isinstance(task, PipelineTask)
    assert task.child is not None
    assert (task.file, task.child.name, task.child.source, task.child.folder) == (
        "child.yaml",
        "child",
        "main/child.yaml",
        "sub",
    )


def test_a_registered_pipeline_is_found_by_name() -> None:
    text = parent("n: {pipeline: {name: child}, with: {month: '{% $states.context.Execution.Name %}'}}")
    assert validate(text, {"registered:child": CHILD}).errors == ()


def test_what_is_not_found_is_a_problem_at_its_place() -> None:
    assert told(validate(parent("n: {pipeline: {file: child.yaml}}"))) == [
        "main.yaml:4:24  operations.n.pipeline: there is no file 'child.yaml'. Paths start from the folder 'main'."
    ]


def test_problems_of_the_child_are_told_with_its_own_places() -> None:
    broken = CHILD.replace("call: a:b", "cal: a:b")
    found = told(validate(parent("n: {pipeline: {file: child.yaml}, with: {month: 1}}"), {"main/child.yaml": broken}))
    assert found == [
        "main/child.yaml:5:15  operations.a.python: the key 'call' is missing. Add call: the function to call"
        " with 'with' as keyword arguments, as package.module:function.",
        "main/child.yaml:5:16  operations.a.python: unknown key 'cal'. Did you mean 'call'?",
    ]


def test_a_child_s_concurrency_does_not_hold_and_that_is_said_at_its_place() -> None:
    text = parent("n: {pipeline: {file: child.yaml}, with: {month: 1}}")
    counted = CHILD + "concurrency: {max_sessions: 1}\n"
    assert told(validate(text, {"main/child.yaml": counted})) == [
        "main.yaml:4:18  operations.n.pipeline: the 'concurrency' of 'child' does not hold for it as a nested pipeline."
        " Write concurrency: {pool: NAME} here and in 'child', so that they share a pool."
    ]
    pooled = CHILD + "concurrency: {pool: warehouse, slots: 2}\n"
    (found,) = told(validate(text, {"main/child.yaml": pooled}))
    assert found.endswith("Write concurrency: {pool: warehouse, slots: 2} here.")
    same = text + "concurrency: {pool: warehouse}\n"
    assert told(validate(same, {"main/child.yaml": pooled})) == []


def test_a_child_is_given_what_its_parameters_say() -> None:
    text = parent(
        "a: {pipeline: {file: child.yaml}}",
        "b: {pipeline: {file: child.yaml}, with: {month: 13, mont: 1, note: 7}}",
        "c: {pipeline: {file: child.yaml}, with: {month: '{% 1 %}', note: 'y'}}",
    )
    assert told(validate(text, {"main/child.yaml": CHILD})) == [
        "main.yaml:4:6  operations.a.with: pipeline 'child' needs the parameter 'month'. Add month to 'with'.",
        "main.yaml:5:51  operations.b.with.month: 13 is more than 12, the maximum. Change it.",
        "main.yaml:5:55  operations.b.with: pipeline 'child' has no parameter 'mont'. Did you mean 'month'?",
        "main.yaml:5:70  operations.b.with.note: expected a text, not 7. Change it.",
    ]


def test_a_pipeline_inside_itself_is_named() -> None:
    text = parent("n: {pipeline: {file: main.yaml}}")
    (problem,) = told(validate(text, {"main/main.yaml": text}))
    assert problem == (
        "main.yaml:4:24  operations.n.pipeline: the pipeline runs inside itself: main.yaml -> main/main.yaml."
        " Break the circle."
    )


def test_a_circle_of_pipelines_is_named() -> None:
    files = {
        "main/b.yaml": parent("n: {pipeline: {file: c.yaml}}", name="b"),
        "sub/c.yaml": parent("n: {pipeline: {file: b.yaml}}", name="c"),
        "sub/b.yaml": parent("n: {pipeline: {file: c.yaml}}", name="b"),
    }
    (problem,) = told(validate(parent("n: {pipeline: {file: b.yaml}}"), files))
    assert "runs inside itself: main.yaml -> main/b.yaml -> sub/c.yaml -> sub/b.yaml." in problem
    assert problem.startswith("sub/c.yaml:4:24")


def test_pipelines_are_not_nested_without_end() -> None:
    files = {f"registered:p{i}": parent(f"n: {{pipeline: {{name: p{i + 1}}}}}", name=f"p{i}") for i in range(30)}
    (problem,) = told(validate(parent("n: {pipeline: {name: p0}}"), files))
    assert "nested more than 8 deep" in problem


RAW = "version: 1\nname: raw\ndefinition: m.asl.json\n"
SUCCEED = {"Type": "Succeed"}


def machine(**fields: object) -> str:
    whole = {"QueryLanguage": "JSONata", "StartAt": "A", "States": {"A": SUCCEED}, **fields}
    return json.dumps(whole, indent=1)


def test_a_state_machine_becomes_the_definition() -> None:
    validation = validate(RAW, {"main/m.asl.json": machine()})
    assert validation.pipeline is not None
    assert validation.pipeline.operations == {}
    assert validation.pipeline.definition == json.loads(machine())


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{", "main/m.asl.json:1:2  this is not JSON: Expecting property name enclosed in double quotes."),
        ("[]", "main/m.asl.json:1:1  this is no state machine: it has no 'States'."),
        ("[" * 100_000, "main/m.asl.json:1:1  this is not JSON"),
        ('{"States": {"A": {"x": NaN}}}', "main/m.asl.json:1:1  this is not JSON: NaN is not a number of JSON."),
    ],
)
def test_a_state_machine_that_is_not_known_is_refused_by_name(text: str, expected: str) -> None:
    (problem,) = validate(RAW, {"main/m.asl.json": text}).problems
    assert str(problem).startswith(expected)
    assert problem.hint


def test_a_machine_without_a_query_language_is_taken_as_it_is() -> None:
    text = json.dumps({"StartAt": "A", "States": {"A": SUCCEED}})
    assert validate(RAW, {"main/m.asl.json": text}).problems == ()


def test_what_only_step_functions_can_do_is_a_warning_that_names_the_state() -> None:
    mapped = {"Type": "Map", "ItemReader": {}, "ItemProcessor": {"States": {"A": SUCCEED}}}
    branch = {"States": {"Inner": mapped}}
    found = validate(
        RAW, {"main/m.asl.json": machine(States={"P": {"Type": "Parallel", "Branches": [branch, branch]}})}
    )
    (problem,) = found.problems
    assert found.pipeline is not None
    assert str(problem).startswith("main/m.asl.json:1:1  state 'Inner', like 1 more, has 'ItemReader'")
    assert problem.severity is Severity.WARNING
