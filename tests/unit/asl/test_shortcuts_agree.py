"""Expressions worked out without the JSONata engine give what the engine gives, and share what they hand on."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bunsui.asl.shortcut_reader import shortcut
from bunsui.asl.shortcuts import NOTHING, NotPlain
from bunsui.expressions import Expression, Undefined

PRUNE = "$p:=function($r){$sift($r,function($v,$k){$k!='o'})};"
TEXTS = [
    "$states.input",
    "$states.result.Payload",
    "$states.input.a.b",
    "$states.input.`a`.b",
    "$v.a",
    "$v",
    "{'x': $states.input.a, 'y': 'text', \"z\": {'w': $v}}",
    "$merge([$states.input, {'b': {'s': 'ok', 'o': $states.result.Payload}}])",
    "$merge([$states.input, $states.result, {'a': $v}])",
    f"($i:=$states.input;{PRUNE}$merge([$i,{{'b':{{'s':'ok','o':$states.result}},'a':$p($i.a)}}]))",
    f"($i:=$states.result;{PRUNE}{{'a':$i.a,'b':$p($i.b)}})",
]
TEXTS += [
    "($i:=$states.input;$merge([$i,{'b':{'s':'ok','o':$states.result.Payload},'a':$i.a.{'s':s,'e':o.a}}]))",
    "$merge([$states.input,{'a':$states.result.{'s':'failed','e':{'x':a,'Cause':$substring(b,0,2)}}}])",
    "$states.input.{'a': $v, 'b': `Payload`}",
    "$exists($states.input.a.b)",
    "$states.input.a & '.' & $v & 7 & $states.input.nope",
    "[$states.input.a, $v, 0][0]",
    "{'a': [], 'b': ['x', 1], 'c': 12}",
    "$split($states.input.a, 'a')[-1] & $split($v, '-')[-1]",
    "($x:=$states.input;$g:=[$x.a,0][0];{'k':$x.s&'/'&$g,'a':[$x.o,$split($x.b,'b')[-1]][0]&'.'&$g})",
]
OTHERS = [
    "$states.input.a[0]",
    "$sum($states.input)",
    "$states.input.a = 1",
    "-1",
    "1.5",
    "[$v]",
    "[$v][1]",
    "$exists($v) and $exists($v)",
    "$states.input.a ? 1 : 2",
    "{$v: 'a'}",
    "$merge($states.input)",
    "$states.input.*",
    "a",
    "{'a': b}",
    "$states.input.{'a': $}",
    "$states.input.{'a': b}.a",
    "$substring($v, 1)",
    "$states.input.a.$string()",
    "($i:=1;)",
    "'a\\n'",
    "$states.input{'a': $v}",
    "/* why */ $v",
    "",
]

names = st.sampled_from(["a", "b", "s", "o", "Payload"])
numbers = st.integers(-1000, 1000)
values = st.recursive(
    st.none() | st.booleans() | numbers | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=4),
    max_leaves=12,
)


@pytest.mark.parametrize("text", TEXTS)
@given(input=values, result=values, variable=values)
def test_a_shortcut_gives_what_the_engine_gives(text: str, input: Any, result: Any, variable: Any) -> None:
    node = shortcut(text)
    assert node is not None
    states = {"input": input, "result": result}
    try:
        value = node.value({"v": variable, "states": states})
    except NotPlain:
        return  # the engine is asked
    try:
        expected = Expression(text).evaluate(states, {"v": variable})
    except Undefined:
        expected = NOTHING
    assert value == expected
    assert not isinstance(value, dict) or list(value) == list(expected)  # type: ignore[arg-type]


@pytest.mark.parametrize("text", OTHERS)
def test_everything_else_is_left_to_the_engine(text: str) -> None:
    assert shortcut(text) is None


def test_values_are_shared_not_copied() -> None:
    bag = {"a": {"s": "ok"}, "b": [1]}
    node = shortcut("$merge([$states.input, {'c': 'x'}])")
    assert node is not None
    merged = node.value({"states": {"input": bag}})
    assert isinstance(merged, dict)
    assert merged["a"] is bag["a"]
    assert merged["b"] is bag["b"]
    assert bag == {"a": {"s": "ok"}, "b": [1]}
