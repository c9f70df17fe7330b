"""A forecast is what a run then takes: exactly where nothing is left to chance, and within bounds where joins wait."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest

from bunsui.compiler import compile_pipeline, forecast, still_read
from bunsui.model.forecast import Forecast, Join, Part
from bunsui.model.pipeline import HttpTask, Pipeline, PipelineTask
from virtual import dags
from virtual.pipelines import op, pipeline
from virtual.trial import Trial


def of(made: Pipeline) -> Forecast:
    return forecast(made, compile_pipeline(made))


def entered(run) -> int:
    return sum(1 for event in run.events if event.type.endswith("StateEntered"))


@pytest.mark.parametrize("seed", range(8))
def test_series_parallel_runs_take_exactly_what_was_forecast(seed: int) -> None:
    rnd = Random(seed)
    trial = Trial(dags.plain(rnd, dags.series_parallel(rnd, 25)))
    run, _ = trial.execute()
    found = of(trial.pipeline)
    assert (found.transitions_min, found.transitions, found.events) == (entered(run), entered(run), len(run.events))


@pytest.mark.parametrize("seed", range(8))
def test_runs_with_joins_stay_near_the_forecast(seed: int) -> None:
    rnd = Random(seed)
    trial = Trial(dags.plain(rnd, dags.layered(rnd, 30, 8)))
    run, _ = trial.execute()
    found = of(trial.pipeline)
    assert found.transitions_min <= entered(run) <= 1.3 * found.transitions
    assert len(run.events) <= 1.3 * found.events


def test_the_structure_shows_what_runs_beside_what() -> None:
    made = pipeline(op("a"), op("b", "a"), op("c", "a"), op("d", "b", "c"))
    one = {name: Part("operation", name) for name in "abcd"}
    beside = Part("parallel", parts=(one["b"], one["c"]))
    assert of(made).structure == Part("sequence", parts=(one["a"], beside, one["d"]))


def test_joins_are_pairs() -> None:
    assert of(pipeline(op("a"), op("b"), op("c", "a"), op("d", "a", "b"))).joins == (Join("a", "d"),)


def test_a_million_transitions_cost_twenty_five_dollars() -> None:
    found = of(pipeline(op("a"), op("b", "a")))
    assert found.cost == pytest.approx(found.transitions * 25 / 1_000_000)


def test_a_list_in_the_file_is_counted_and_another_is_supposed() -> None:
    known = of(pipeline(op("a", for_each=[1, 2, 3])))
    unknown = of(pipeline(op("a", for_each="{% $params.list %}")))
    assert known.transitions == known.transitions_min == 1 + 1 + 1 + 3 * 2 + 2
    assert unknown.transitions - known.transitions == 7 * 2
    assert any("10 items" in text and "a" in text for text in unknown.assumptions)


def test_nested_pipelines_count_in_transitions() -> None:
    child = pipeline(op("x"), op("y", "x"), name="child")
    found = of(pipeline(op("a", task=PipelineTask(child=child))))
    assert found.transitions == of(child).transitions + of(pipeline(op("a"))).transitions


def wide_join(count: int, **keys: Any) -> Pipeline:
    reads = {"all": [f"{{% $p{i} %}}" for i in range(count)]}
    producers = [op(f"p{i}", **keys) for i in range(count)]
    return pipeline(*producers, op("last", *(one.name for one in producers), given=reads))


def test_outputs_that_meet_in_one_state_get_caps_that_keep_them_below_the_limit() -> None:
    made = wide_join(8)
    found = of(made)
    assert 190 * 1024 < found.payload <= 200 * 1024
    assert found.warnings == ()
    assert any("travel by reference" in text for text in found.assumptions)
    cap = found.largest[0].bytes
    assert cap < 32 * 1024
    assert f"'cap':{cap}" in compile_pipeline(made).text


def test_so_many_outputs_that_no_caps_help_are_warned_of() -> None:
    assert any("may meet in one state" in text for text in of(wide_join(60)).warnings)
    inlined = of(wide_join(2, inline=("big",)))
    assert any("may meet in one state" in text for text in inlined.warnings)


def test_what_a_resume_begins_with_counts_too() -> None:
    """No state sees these together: each branch ends what it reads itself. A resume between may carry all of them."""
    branches = [one for i in range(10) for one in (op(f"a{i}"), op(f"b{i}", f"a{i}", given={"x": f"{{% $a{i} %}}"}))]
    found = of(pipeline(*branches))
    assert found.largest[0].bytes < 32 * 1024
    assert found.payload <= 200 * 1024


def test_a_chain_carries_only_what_is_still_read() -> None:
    chain = [op("op0"), *(op(f"op{i}", f"op{i - 1}", given={"x": f"{{% $op{i - 1} %}}"}) for i in range(1, 30))]
    found = of(pipeline(*chain))
    assert found.payload == 2 * 32 * 1024
    assert found.warnings == ()


def test_events_near_the_limit_are_warned_of() -> None:
    made = pipeline(*(op(f"a{i}", for_each=list(range(900))) for i in range(3)))
    assert any("history events" in text for text in of(made).warnings)


def test_a_full_fan_out_that_would_pass_the_limit_is_warned_of() -> None:
    made = pipeline(*(op(f"a{i}", for_each="{% $params.list %}") for i in range(3)))
    assert any(text.startswith("with 1,000 items in every fan-out about 27,") for text in of(made).warnings)


def test_more_items_at_once_than_an_inline_map_runs_are_warned_of() -> None:
    assert (
        "'a' asks for 100 items at once; an inline fan-out runs 40"
        in of(pipeline(op("a", for_each=[1], max_concurrency=100))).warnings
    )


def test_outputs_that_nobody_bounds_are_named() -> None:
    assert any("outputs of a are not stored" in text for text in of(pipeline(op("a", task=HttpTask("u")))).warnings)


def test_without_joins_the_loss_is_predicted() -> None:
    chains = pipeline(
        op("a1"), op("b1"), op("b2", "b1"), op("b3", "b2"), op("a2", "a1", "b1"), op("a3", "a2"), joins=False
    )
    found = of(chains)
    assert found.joins == ()
    assert found.barrier_loss is not None
    assert found.barrier_loss > 1
    assert any(f"about {found.barrier_loss:.2f} times as long" in text for text in found.warnings)
    assert of(pipeline(op("a"), op("b", "a"), joins=False)).barrier_loss == 1.0


def test_a_large_definition_is_warned_of_before_it_is_refused() -> None:
    made = pipeline(*(op(f"op{i}", given={"text": "x" * 3000}) for i in range(220)))
    found = of(made)
    assert found.definition_bytes == len(compile_pipeline(made).text)
    assert any("the definition has" in text for text in found.warnings)


def test_a_machine_of_the_user_s_own_has_a_size_only() -> None:
    definition = {"StartAt": "B", "QueryLanguage": "JSONata", "States": {"B": {"Type": "Succeed"}}}
    found = of(pipeline(definition=definition))
    assert (found.transitions, found.structure) == (0, None)
    assert found.definition_bytes > 0


def test_what_a_resume_can_still_read() -> None:
    made = pipeline(
        op("a"),
        op("b", "a", given={"x": "{% $a.x %}"}),
        op("c", "b", given={"x": "{% $b.x %}"}),
        outputs={"a": "{% $a.y %}"},
    )
    assert still_read(made, frozenset("a")) == {"a"}
    assert still_read(made, frozenset("ab")) == {"a", "b"}
    assert still_read(made, frozenset("abc")) == {"a"}
