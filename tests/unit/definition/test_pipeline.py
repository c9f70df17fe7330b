"""What a good file becomes: defaults applied, environments merged, reads found, text and hash kept."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from bunsui.definition import ConfigValidator
from bunsui.definition.key_rules import LATER
from bunsui.model.pipeline import (
    ApprovalTask,
    CommandTask,
    EcsTask,
    HttpTask,
    IntegrationTask,
    Jitter,
    LambdaTask,
    OnFailure,
    Pipeline,
    PythonTask,
    Retry,
    RunIf,
    Secret,
    Tolerance,
    WaitTask,
)
from bunsui.model.problem import Severity

EVERYTHING = Path(__file__).parent / "valid" / "everything.yaml"


def load(text: str) -> Pipeline:
    validation = ConfigValidator().validate(text.encode(), "p.yaml", "work")
    assert validation.errors == ()
    assert validation.pipeline is not None
    return validation.pipeline


@pytest.fixture(scope="module")
def pipeline() -> Pipeline:
    return load(EVERYTHING.read_text())


def test_the_text_its_hash_its_source_and_its_folder_are_kept(pipeline: Pipeline) -> None:
    data = EVERYTHING.read_bytes()
    assert pipeline.text == data.decode()
    assert pipeline.sha256 == hashlib.sha256(data).hexdigest()
    assert (pipeline.source, pipeline.folder) == ("p.yaml", "work")


def test_the_order_of_operations_is_that_of_the_file(pipeline: Pipeline) -> None:
    assert list(pipeline.operations)[:4] == ["extract", "existing", "clean", "by_airport"]


def test_the_keys_of_the_pipeline_are_read(pipeline: Pipeline) -> None:
    assert (pipeline.name, pipeline.on_failure, pipeline.timeout) == ("everything", OnFailure.FAIL_FAST, 86_400)
    assert (pipeline.joins, pipeline.limits, pipeline.python) == (False, True, ".venv/bin/python")
    assert pipeline.tags == {"team": "data"}
    assert pipeline.outputs["fixed"] == [1, None, True]


def test_every_kind_becomes_its_task(pipeline: Pipeline) -> None:
    tasks = {name: one.task for name, one in pipeline.operations.items()}
    assert tasks["extract"] == LambdaTask(handler="flights.extract", code="./functions", memory=256)
    assert tasks["clean"] == PythonTask("pkg.mod:fn", "./functions", 512)
    assert tasks["listed"] == CommandTask(("python", "x.py"), "python:3.12", 256, 512)
    assert tasks["train"] == EcsTask("train", ("python", "-m", "train"), 1024, 2048)
    assert tasks["managed"] == EcsTask(task_definition="train:3")
    assert tasks["ask"] == ApprovalTask("{% 'Publish ' & $params.month & '?' %}")
    assert tasks["pause"] == WaitTask(seconds=60)
    assert tasks["until"] == WaitTask(until="2026-01-31T06:00:00+09:00")
    assert tasks["until_computed"] == WaitTask(seconds="{% $params.month %}")
    assert tasks["notify_all"] == IntegrationTask("arn:aws:states:::sns:publish")
    http = tasks["call"]
    assert isinstance(http, HttpTask)
    assert (http.method, http.query, http.connection) == ("POST", {"q": 1}, "Default")


def test_defaults_hold_where_an_operation_says_nothing(pipeline: Pipeline) -> None:
    extract = pipeline.operations["extract"]
    assert (extract.timeout, extract.heartbeat) == (600, 60)
    assert extract.retry == (Retry(3, 2, 2.0, 60, Jitter.FULL, ("States.ALL",)),)


def test_what_an_operation_says_wins_over_the_defaults(pipeline: Pipeline) -> None:
    clean = pipeline.operations["clean"]
    assert (clean.timeout, clean.heartbeat) == (90, 30)
    assert [(rule.on, rule.max_attempts, rule.interval) for rule in clean.retry] == [
        (("Bad", "Worse"), 2, 1),
        (("Late",), 3, 90),
        (("States.ALL",), 1, 1),
    ]


def test_waits_and_approvals_are_not_tried_again(pipeline: Pipeline) -> None:
    assert pipeline.operations["pause"].retry == pipeline.operations["ask"].retry == ()
    assert pipeline.operations["pause"].timeout is None
    assert pipeline.operations["ask"].timeout == 3600


def test_a_default_heartbeat_is_left_out_where_it_is_not_shorter_than_the_timeout() -> None:
    made = load(
        "version: 1\nname: p\ndefaults: {timeout: 1h, heartbeat: 10m}\noperations:\n"
        "  a: {python: {call: a:b}, timeout: 5m}\n  b: {python: {call: a:b}}\n"
    )
    assert made.operations["a"].heartbeat is None
    assert made.operations["b"].heartbeat == 600


def test_environments_are_merged_and_secrets_stay_references(pipeline: Pipeline) -> None:
    assert pipeline.operations["clean"].env == {
        "STAGE": "test",
        "SHARED": "operation",
        "TOKEN": Secret("env:TOKEN"),
        "KEY": Secret("ssm:/key"),
    }
    assert pipeline.operations["extract"].env["SHARED"] == "defaults"


def test_only_operations_that_run_code_of_ours_get_an_environment(pipeline: Pipeline) -> None:
    assert pipeline.operations["existing"].env == pipeline.operations["call"].env == {}


def test_fan_outs_keep_their_list_and_their_tolerance(pipeline: Pipeline) -> None:
    by_airport, listed = pipeline.operations["by_airport"], pipeline.operations["listed"]
    assert by_airport.for_each == "{% $extract.airports %}"
    assert (by_airport.max_concurrency, by_airport.tolerate) == (8, Tolerance(percent=5.0))
    assert listed.for_each == [1, {"a": 2}, "{% $params.month %}"]
    assert (listed.tolerate, listed.idempotent) == (Tolerance(count=1), False)


def test_reads_are_the_operations_that_expressions_look_at(pipeline: Pipeline) -> None:
    assert pipeline.operations["by_airport"].reads == {"extract"}
    assert pipeline.operations["ask"].reads == {"by_airport"}
    assert pipeline.operations["call"].reads == {"by_airport"}
    assert pipeline.operations["extract"].reads == frozenset()
    assert pipeline.output_reads == {"by_airport", "clean"}


def test_conditions_and_rules_are_kept(pipeline: Pipeline) -> None:
    ask = pipeline.operations["ask"]
    assert (ask.when, ask.run_if) == ("{% $by_airport.succeeded > 0 %}", RunIf.NONE_FAILED)


def test_parameters_are_typed(pipeline: Pipeline) -> None:
    month = pipeline.params["month"]
    assert (month.type, month.minimum, month.maximum, month.default, month.required) == ("integer", 1, 12, 1, False)
    assert pipeline.params["must"].required
    assert not pipeline.params["dry"].required
    assert pipeline.params["map"].default == {"a": {"b": 1}}
    assert (month.place.line, month.place.column) == (6, 3)


def test_keys_that_nothing_acts_on_yet_are_kept_and_told(pipeline: Pipeline) -> None:
    assert set(pipeline.policies) == {"concurrency", "notify", "report", "recovery", "schedule"}
    assert pipeline.policies["notify"]["on_failure"] == [{"secret": "env:ALERT_URL"}, "mailto:data@example.com"]
    validation = ConfigValidator().validate(EVERYTHING.read_bytes(), "p.yaml")
    assert {problem.severity for problem in validation.problems} == {Severity.WARNING}
    assert len(validation.warnings) == len(LATER)


def test_an_operation_knows_its_place(pipeline: Pipeline) -> None:
    place = pipeline.operations["extract"].place
    assert (place.file, place.line, place.column) == ("p.yaml", 39, 3)


def test_an_expression_in_a_block_scalar_is_one_without_its_line_break() -> None:
    made = load(
        "version: 1\nname: p\nparams: {m: {}}\noperations:\n  a:\n    python: {call: a:b}\n"
        "    with:\n      x: |\n        {%\n          $params.m\n        %}\n      y: |\n        a text\n"
    )
    assert made.operations["a"].arguments == {"x": "{%\n  $params.m\n%}", "y": "a text\n"}


def test_a_byte_order_mark_and_windows_line_ends_are_read() -> None:
    text = "\ufeffversion: 1\r\nname: p\r\noperations:\r\n  a: {python: {call: a:b}}\r\n"
    made = load(text)
    assert list(made.operations) == ["a"]
    assert hashlib.sha256(made.text.encode()).hexdigest() == made.sha256


def test_yaml_words_are_read_as_yaml_1_2_says() -> None:
    made = load(
        "version: 1\nname: p\noperations:\n  a:\n    python: {call: a:b}\n"
        "    with: {n: ~, t: True, i: -7, f: 1.5, e: 2e3, h: 0x1F, o: 0o17, d: 2026-01-31, s: 'no', y: y, v: 1.2.3}\n"
    )
    assert made.operations["a"].arguments == {
        "n": None, "t": True, "i": -7, "f": 1.5, "e": 2000.0, "h": 31, "o": 15,
        "d": "2026-01-31", "s": "no", "y": "y", "v": "1.2.3",
    }  # fmt: skip
