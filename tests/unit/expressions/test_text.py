"""Which strings are expressions, and where their bodies begin."""

from __future__ import annotations

import pytest

from bunsui.expressions import body, body_offset, is_expression


@pytest.mark.parametrize("text", ["{% $x %}", "{%$x%}", "{%%}", "{% '%}' %}"])
def test_braces_around_the_whole_string_make_an_expression(text: str) -> None:
    assert is_expression(text)


@pytest.mark.parametrize("text", [" {% $x %}", "{% $x %} ", "{%}", "a {% $x %}", "{% $x", "", None, 3, ["{% $x %}"]])
def test_anything_else_is_not_one(text: object) -> None:
    assert not is_expression(text)


def test_the_body_is_what_stands_between_without_blanks() -> None:
    assert body("{%  $x + 1\n%}") == "$x + 1"
    assert "{%  $x %}"[body_offset("{%  $x %}") :].startswith("$x")
