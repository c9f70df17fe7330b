"""A large field travels as a reference: an expression may pass it on; looking into it is an error that names it."""

from __future__ import annotations

from typing import Any

import pytest

from bunsui.expressions import analyse
from bunsui.model.history import HistoryEvent
from virtual.host import Reply, TaskCall
from virtual.pipelines import bag, op, pipeline, run


def reference(key: str) -> dict[str, Any]:
    return {"$ref": key, "bytes": 9000, "sha256": "00"}


ROWS = reference("outputs/s/a/1.0.0/rows.json")
FILE = reference("outputs/s/a/1.0.0/files/rows.csv")
OUTPUT = {"rows": ROWS, "file": FILE, "files": [FILE, FILE], "one": [FILE], "n": 3, "few": [1, 2], "it's": ROWS}


def outcome(text: str, **keys: Any) -> dict[str, Any]:
    """The record of an operation that has the text as an argument, after one that gave OUTPUT."""
    made = pipeline(op("a"), op("b", "a", given={"x": "{% " + text + " %}"}, **keys))
    done, _ = run(made, {"a": Reply(1.0, OUTPUT), "b": lambda call: Reply(1.0, {"got": call.arguments.get("x")})})
    found: dict[str, Any] = bag(done)["b"]
    return found


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("$a.rows", ROWS),
        ("{'all': [$a.rows, 1]}", {"all": [ROWS, 1]}),
        ("$a.n > 2 ? $a.rows : $a.few", ROWS),
        ("$exists($a.rows)", True),
        ("$a.rows.bytes", 9000),
        ("$merge([{'rows': $a.rows}, {'n': 1}])", {"rows": ROWS, "n": 1}),
        ("$map([1], function($i){ {'i': $i, 'rows': $a.rows} })", {"i": 1, "rows": ROWS}),
        ("$count($a.files)", 2),
        ("$count($a.few)", 2),
        ("$a.few[0] + $a.n", 4),
    ],
)
def test_what_passes_a_reference_on_or_looks_at_small_values_is_well(text: str, value: object) -> None:
    assert outcome(text) == {"s": "ok", "o": {"got": value}}


@pytest.mark.parametrize(
    "text",
    [
        "$a.rows[0]",
        "$a.rows.name",
        "$count($a.rows)",
        "$string($a.rows)",
        "[$count($append($a.rows, []))]",
        "'all: ' & $a.rows",
        "$a.rows = 3",
        "$a.n > 2 ? $count($a.rows) : 0",
        "$map($a.rows, function($v){ $v.x })",
        "$a.rows ~> $count()",
    ],
)
def test_what_looks_into_one_fails_and_names_the_field(text: str) -> None:
    record = outcome(text)
    assert record["e"]["Error"] == "States.QueryEvaluationError"
    assert "a.rows is a reference" in record["e"]["Cause"]


def test_a_field_of_any_name_can_be_named() -> None:
    assert "a.it's is a reference" in outcome("$count($a.`it's`)")["e"]["Cause"]


def test_an_expression_that_only_passes_on_has_no_check_in_front() -> None:
    assert [read.used for read in analyse("{'a': [$a.rows], 'b': ($x := $b.rows; $x)}").variables] == [False, False]


def fanned_out(given: object, output: dict[str, Any]) -> dict[str, Any]:
    made = pipeline(op("a", for_each=[1, 2]), op("b", "a", given={"x": given}))

    def second(call: TaskCall) -> Reply:
        return Reply(1.0, {"got": call.arguments.get("x")})

    done, _ = run(made, {"a": Reply(1.0, output), "b": second})
    found: dict[str, Any] = bag(done)["b"]
    return found


def test_fields_of_items_are_looked_after_too() -> None:
    assert fanned_out("{% $sum($a.items.n) %}", OUTPUT)["o"] == {"got": 6}
    assert fanned_out("{% $count($a.items.file) %}", OUTPUT)["o"] == {"got": 2}
    assert "a.items.rows is a reference" in fanned_out("{% $count($a.items.rows) %}", OUTPUT)["e"]["Cause"]


@pytest.mark.parametrize(("text", "count"), [("$a.files", 2), ("$a.one", 1), ("$a.file", 1)])
def test_files_can_be_gone_through(text: str, count: int) -> None:
    made = pipeline(op("a"), op("b", "a", for_each="{% " + text + " %}"))
    done, _ = run(made, {"a": Reply(1.0, OUTPUT)})
    assert bag(done)["b"]["o"]["succeeded"] == count


def test_a_list_that_is_a_reference_cannot_be_gone_through() -> None:
    made = pipeline(op("a"), op("b", "a", for_each="{% $a.rows %}"))
    done, _ = run(made, {"a": Reply(1.0, OUTPUT)})
    assert "for_each of b is a reference" in _causes(done.events)


def _causes(events: list[HistoryEvent]) -> str:
    return " ".join(str(event.details.get("cause", "")) for event in events)
