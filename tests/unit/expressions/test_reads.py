"""What an expression reads is seen through strings, comments, regular expressions, blocks and lambdas."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bunsui.expressions import Expression, analyse


def free(text: str) -> list[str]:
    return [".".join((read.name, *read.members)) for read in analyse(text).variables]


def called(text: str) -> list[str]:
    return [call.name for call in analyse(text).functions]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("$extract.flights", ["extract.flights"]),
        ("$extract . `in put`.x", ["extract.in put.x"]),
        ("$extract[0].x", ["extract"]),
        ("$a + $b & $a", ["a", "b", "a"]),
        ('\'$no\' & "$no \\"$no" & `$no`', []),
        ("$a /* $no */ + /* * $no **/ $b", ["a", "b"]),
        ("$contains($a, /$no\\/[/]$no/) and $b / $c / $d", ["a", "b", "c", "d"]),
        ("$x[/a$b/i]", ["x"]),
        ("($x := $y; $x + $z)", ["y", "z"]),
        ("($y := $y + 1; $y)", ["y"]),
        ("($x := 1; ($x := $x; $y := 2; $x); $y)", ["y"]),
        ("($x := 1) + $x", ["x"]),
        ("$map($list, function($v, $i){$v + $i + $out})", ["list", "out"]),
        ("function($v){$v}($v)", ["v"]),
        ("($f := function($n){$n = 0 ? 1 : $n * $f($n - 1)}; $f($k))", ["k"]),
        ("λ($v){$v + $w}", ["w"]),
        ("function($a)<n:n>{$a}", []),
        ("$a@$b.$b#$i.$i", ["a"]),
        ("$sum", ["sum"]),
        ("$", []),
        ("$$.x", []),
        ("$f($x := 1, $x)", []),
        ("{'a': $a, $b: 1}", ["a", "b"]),
        ("$a ? $b : $c", ["a", "b", "c"]),
        ("$a ~> $b ~> |$c|{'d': $d}|", ["a", "b", "c", "d"]),
    ],
)
def test_free_variables_are_those_that_it_does_not_bind(text: str, names: list[str]) -> None:
    assert free(text) == names


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("$sum([1]) + $count($x)", ["sum", "count"]),
        ("($f := function(){1}; $f())", []),
        ("'$f()' & $g ()", ["g"]),
        ("$map($x, function($h){$h()})", ["map"]),
    ],
)
def test_functions_are_what_is_called_and_not_bound(text: str, names: list[str]) -> None:
    assert called(text) == names


def test_offsets_are_those_of_the_text() -> None:
    text = "  $a.`b c`.d + $sum($e)"
    (a, e), (call,) = analyse(text).variables, analyse(text).functions
    assert (a.offset, a.member_offsets, call.offset, e.offset) == (2, (5, 11), 15, 20)
    assert [text[read.offset :][:2] for read in (a, e)] == ["$a", "$e"]


def test_fields_outside_any_path_are_listed() -> None:
    assert [field.name for field in analyse("foo.bar + $x.y + `a b`").fields] == ["foo", "a b"]


_PIECES = [
    "$a",
    "$b.c",
    "$",
    "(",
    ")",
    "{",
    "}",
    "[",
    "]",
    ":=",
    ";",
    ",",
    "'x",
    "'",
    '"',
    "/",
    "/*",
    "*/",
    "`",
    "@",
    "#",
]
_MORE = [
    "function",
    "λ",
    "1",
    "1.5e3",
    "\\",
    " ",
    "\n",
    "and",
    "?",
    ":",
    "..",
    "~>",
    "|",
    "%",
    "é",
    "\x00",
    "$f(",
    "in",
]


@given(st.lists(st.sampled_from(_PIECES + _MORE), max_size=30).map("".join))
def test_any_text_can_be_analysed(text: str) -> None:
    reads = analyse(text)
    places = [read.offset for read in reads.variables] + [call.offset for call in reads.functions]
    assert all(text[offset] == "$" for offset in places)


@given(st.lists(st.sampled_from(_PIECES + _MORE), max_size=12).map("".join))
def test_what_the_engine_reads_is_among_what_is_found(text: str) -> None:
    try:
        expression = Expression(text)
    except ValueError:
        return
    import jlens

    engine = set(jlens.Expression(text).reads()["bindings"])
    assert engine - {"partition", "range", "hash", "parse", "random", "uuid"} <= expression.reads.names
