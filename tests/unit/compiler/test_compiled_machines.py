"""Compiled machines byte for byte: `tests/golden/compiler`. To renew: BUNSUI_GOLDEN=write pytest tests/unit/compiler.

A change here changes every user's deployed machines: look at the difference before it is renewed.
"""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path
from random import Random

import pytest

from bunsui.asl.machine import parse
from bunsui.compiler import compile_pipeline
from bunsui.errors import Refused
from bunsui.model.pipeline import (
    ApprovalTask,
    CommandTask,
    HttpTask,
    LambdaTask,
    OnFailure,
    Parameter,
    Pipeline,
    PipelineTask,
    Retry,
    RunIf,
    Tolerance,
    WaitTask,
)
from virtual import dags
from virtual.pipelines import op, pipeline, states

FOLDER = Path(__file__).parents[2] / "golden" / "compiler"
WRITE = os.environ.get("BUNSUI_GOLDEN") == "write"  # before a fixture clears the environment

CHAIN = pipeline(
    op("extract", given={"month": "{% $params.month %}"}, timeout=600, retry=(Retry(max_attempts=3, interval=2),)),
    op("clean", "extract", given={"rows": "{% $extract.rows %}"}),
    op("load", "clean", given={"rows": "{% $clean.rows %}"}),
    name="chain",
    outputs={"rows": "{% $load.rows %}"},
)
DIAMOND = pipeline(
    op("a"),
    op("b", "a", given={"x": "{% $a.x %}"}),
    op("c", "a"),
    op("d", "b", "c", given={"b": "{% $b %}"}),
    name="diamond",
)
THE_N = pipeline(op("a"), op("b"), op("c", "a"), op("d", "a", "b", given={"x": "{% $a.x %}"}), name="the-n")
CONDITIONS = pipeline(
    op("a"),
    op("b", "a", when="{% $a.rows > 0 %}"),
    op("tidy", "a", "b", run_if=RunIf.ALL_DONE),
    op("alarm", "b", run_if=RunIf.ONE_FAILED),
    op("report", "b", run_if=RunIf.NONE_FAILED),
    name="conditions",
)
FAN_OUT = pipeline(
    op("list"),
    op(
        "each",
        "list",
        for_each="{% $list.files %}",
        given={"file": "{% $item %}", "of": "{% $list.name %}"},
        tolerate=Tolerance(percent=5),
        retry=(Retry(max_attempts=2),),
        max_concurrency=8,
    ),
    op("sum", "each", given={"parts": "{% $each.items %}"}),
    name="fan-out",
)
NESTED = pipeline(
    op("sub", task=PipelineTask(child=CHAIN), given={"month": 3}),
    name="nested",
    params={"month": Parameter("month")},
)
KINDS = pipeline(
    op("command", task=CommandTask(("python", "x.py")), given={"n": 1}, heartbeat=60),
    op("handler", "command", task=LambdaTask(handler="m.f", code="./f"), inline=("rows",)),
    op("existing", "handler", task=LambdaTask(function="f"), given={"n": "{% $handler.n %}"}),
    op("http", "existing", task=HttpTask("https://x.example", headers={"X": "1"})),
    op("wait", "http", task=WaitTask(seconds=5)),
    op("approval", "wait", task=ApprovalTask("go on?")),
    op("send", "approval", task=CommandTask(("send",)), given={"by": "{% $approval.by %}"}),
    name="kinds",
    timeout=3600,
)
FAIL_FAST = pipeline(
    op("a"),
    op("b"),
    op("c", "a"),
    op("d", "a", "b", for_each=[1, 2], tolerate=Tolerance(count=1)),
    op("e", "d"),
    name="fail-fast",
    on_failure=OnFailure.FAIL_FAST,
)
MACHINES = [CHAIN, DIAMOND, THE_N, CONDITIONS, FAN_OUT, NESTED, KINDS, FAIL_FAST]


@pytest.mark.parametrize("made", MACHINES, ids=lambda made: made.name)
def test_golden(made: Pipeline) -> None:
    path = FOLDER / f"{made.name}.asl.json"
    text = json.dumps(compile_pipeline(made).definition, indent=2, ensure_ascii=False) + "\n"
    if WRITE:
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8")


@pytest.mark.parametrize("made", MACHINES, ids=lambda made: made.name)
def test_the_language_accepts_it_and_every_name_is_short_enough(made: Pipeline) -> None:
    machine = compile_pipeline(made)
    parse(machine.definition)
    assert all(len(name) <= 80 for name in states(machine.definition))


def test_the_longest_names_make_states_of_at_most_eighty_characters() -> None:
    a, b, c, d = ("abcd"[i] * 63 for i in range(4))
    made = pipeline(
        op(a, when="{% true %}"),
        op(b),
        op(c, a, task=CommandTask(("x",)), given={"x": f"{{% ${a}.x %}}"}, for_each=[1]),
        op(d, a, b),
    )
    definition = compile_pipeline(made).definition
    parse(definition)
    assert max(len(name) for name in states(definition)) <= 80


def test_the_same_pipeline_gives_the_same_bytes() -> None:
    first, second = compile_pipeline(THE_N), compile_pipeline(THE_N)
    assert first.text == second.text
    assert first.sha256 == hashlib.sha256(first.text.encode()).hexdigest()
    assert json.loads(first.text) == first.definition


def test_every_placeholder_is_a_resource_or_the_backend_s() -> None:
    for made in MACHINES:
        machine = compile_pipeline(made)
        used = {part.split("}")[0] for part in machine.text.split("${")[1:]}
        shared = {"Mailboxes", "Bucket", "Cluster", "Subnets", "SecurityGroups", "PublicIp"}
        assert used - shared == set(machine.resources)


def test_a_state_of_an_operation_is_named_for_it_and_bookkeeping_is_capitalised() -> None:
    for made in MACHINES:
        for name in states(compile_pipeline(made).definition):
            assert name[0].isupper() or name.split(".")[0] in made.operations


def test_a_definition_that_is_too_large_is_refused_with_the_numbers() -> None:
    large = pipeline(*(op(f"op{i}", given={"text": "x" * 3000}) for i in range(300)), name="large")
    with pytest.raises(Refused, match=r"'large' has 1,\d{3},\d{3} bytes \(300 operations.*1,048,576"):
        compile_pipeline(large)


def test_limits_off_allow_any_size() -> None:
    large = pipeline(*(op(f"op{i}", given={"text": "x" * 3000}) for i in range(300)), limits=False)
    assert len(compile_pipeline(large).text) > 1_048_576
    assert compile_pipeline(large).limits is False


def test_an_operation_takes_about_as_many_bytes_as_planned() -> None:
    rnd = Random(1)
    plain = compile_pipeline(dags.build(dags.bare(dags.series_parallel(rnd, 200))))
    assert len(plain.text) / 200 < 1_800
    joined = compile_pipeline(dags.build(dags.bare(dags.sparse(rnd, 200))))
    assert len(joined.text) / 200 < 2_900
