"""Expressions are JSONata as Step Functions runs it: without a context, bounded, and the same every time."""

from __future__ import annotations

from typing import Any

import pytest

from bunsui.expressions import WHOLE, EvaluationError, Expression, SyntaxProblem, Undefined

BAG = {
    f"op{i:02d}": {"s": "ok", "o": {"rows": i, "name": "x" * 80, "tags": [1, 2, {"k": "v" * 50}]}} for i in range(60)
}


def value(text: str, states: Any = None, **variables: Any) -> Any:
    return Expression(text).evaluate(states, variables)


def test_states_and_variables_are_read_by_name() -> None:
    assert value("$states.input.x + $y", {"input": {"x": 1}}, y=2) == 3


def test_whole_numbers_stay_whole() -> None:
    results = [value(text) for text in ("1.0", "10/2", "$sum([1,2])", "1e3", "$floor(3.7)")]
    assert results == [1, 5, 3, 1000, 3]
    assert all(type(result) is int for result in results)
    assert value("5/2") == 2.5


def test_a_list_of_one_stays_a_list() -> None:
    assert value("$states.input.x", {"input": {"x": [1]}}) == [1]


def test_null_is_a_value_and_nothing_is_not() -> None:
    assert value("$states.input.x", {"input": {"x": None}}) is None
    with pytest.raises(Undefined):
        value("$states.input.y", {"input": {"x": None}})
    with pytest.raises(Undefined):
        value("$nobody")


@pytest.mark.parametrize("text", ["$", "$$", "states", "*", "**", "$keys()", "$map([1], function($v){$})", "`a b`"])
def test_there_is_no_context_at_the_top(text: str) -> None:
    with pytest.raises(Undefined):
        value(text, {"input": 1}, a=1)


def test_inside_a_filter_the_context_is_the_item() -> None:
    assert value("$count($x[$ = 1])", x=[1, 2, 1]) == 2
    assert value("[1..3].($ * 2)") == [2, 4, 6]
    assert value("$x[a = 1].b", x=[{"a": 1, "b": 2}]) == 2


def test_what_it_reads_of_a_context_is_told() -> None:
    assert Expression("foo + $x").stray == ("foo",)
    assert Expression("$x.foo[bar = 1]").stray == ()
    assert Expression("$ + 1").stray == (WHOLE,)
    assert Expression("($f := function($a){$a}; $f($x))").stray == ()


def test_a_variable_may_hide_a_function() -> None:
    assert value("$sum", sum=3) == 3


def test_a_local_variable_hides_one_from_outside() -> None:
    assert value("($x := 1; $x + $y)", x=5, y=2) == 3


@pytest.mark.parametrize(
    ("text", "offset"),
    [("1) + (2", 1), ("foo[", 3), ("$x := 1; $y", 7), ("'abc", 0), ("", 0), ("$eval('1')", 0), ("$x ~> $eval", 6)],
)
def test_a_syntax_problem_has_its_offset(text: str, offset: int) -> None:
    with pytest.raises(SyntaxProblem) as caught:
        Expression(text)
    assert caught.value.offset == offset


def test_a_comment_at_the_end_does_not_swallow_anything() -> None:
    assert value("1 /* ) */") == 1


def test_an_error_carries_the_expression_and_jsonatas_code() -> None:
    with pytest.raises(EvaluationError) as caught:
        value("$x + 1", x="a")
    assert caught.value.text == "$x + 1"
    assert str(caught.value) == 'T2001: The left side of the "+" operator must evaluate to a number'
    assert not isinstance(caught.value, Undefined)


@pytest.mark.parametrize(
    "text",
    [
        "($f := function($n){$f($n + 1)}; $f(1))",
        "($f := function($n){1 + $f($n + 1)}; $f(1))",
        "($f := function($s){$f($s & $s)}; $f('xxxxxxxx'))",
        "[1..100000000]",
        "$map([1..9999999], function($v){[1..9999999]})",
        "$pad('x', 100000000)",
        "$sort([1..100000], function($a, $b){$a < $b})",
        "$range(0, 1000000, 1)",
    ],
)
def test_what_never_ends_or_never_stops_growing_is_an_error(text: str) -> None:
    with pytest.raises(EvaluationError):
        value(text)


def test_the_last_resort_is_the_clock() -> None:
    with pytest.raises(EvaluationError):
        value("$match('aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!', /(a+)+$/)")


@pytest.mark.parametrize("text", ["(" * 5000 + "1" + ")" * 5000, "[" * 100_000, "-" * 100_000 + "1"])
def test_a_text_nested_too_deeply_is_a_problem(text: str) -> None:
    with pytest.raises((SyntaxProblem, EvaluationError)):
        value(text)


def test_data_nested_too_deeply_is_an_error() -> None:
    data: Any = 1
    for _ in range(3000):
        data = {"a": data}
    with pytest.raises(EvaluationError):
        value("$x.a", x=data)


@pytest.mark.parametrize(
    "text", ["$random()", "$uuid()", "$shuffle([1..20])", "$now()", "$millis()", "[1..3].$random()"]
)
def test_the_same_seed_and_time_give_the_same_value(text: str) -> None:
    expression = Expression(text)
    assert expression.evaluate(now=1e9, seed=7) == expression.evaluate(now=1e9, seed=7)


@pytest.mark.parametrize("text", ["$random()", "$uuid()", "$shuffle([1..20])"])
def test_another_seed_gives_another_value(text: str) -> None:
    assert Expression(text).evaluate(seed=1) != Expression(text).evaluate(seed=2)


def test_any_whole_number_is_a_seed() -> None:
    for seed in (-1, 0, 2**64, 2**200, -(2**70)):
        Expression("$random() & $uuid() & $string($shuffle([1..3]))").evaluate(seed=seed)


def test_the_time_is_what_was_handed_in() -> None:
    assert Expression("$now()").evaluate(now=1700000000.123) == "2023-11-14T22:13:20.123Z"
    assert Expression("$millis()").evaluate(now=1700000000.123) == 1700000000123
