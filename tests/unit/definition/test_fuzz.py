"""Whatever the bytes, the answer is a pipeline, or problems with places inside the file. Never an exception."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bunsui.definition import ConfigValidator
from bunsui.definition.keys import OPERATION, PIPELINE
from bunsui.definition.positions import place_inside
from bunsui.definition.reader import read
from bunsui.definition.tree import Mapping, Scalar

HERE = Path(__file__).parent
SEEDS = [path.read_bytes() for path in sorted(HERE.glob("*/*.yaml"))]
BREAKS = re.compile("\r\n|[\n\r]")  # what YAML's reader counts as the end of a line


def check(data: bytes) -> None:
    validation = ConfigValidator(lambda kind, wanted, folder: None).validate(data, "f.yaml")
    assert (validation.pipeline is None) == bool(validation.errors)
    lines = BREAKS.split(data.decode("utf-8-sig", errors="replace"))
    for problem in validation.problems:
        place = problem.place
        assert place.file == "f.yaml"
        assert 1 <= place.line <= len(lines) + 1
        width = len(lines[place.line - 1]) if place.line <= len(lines) else 0
        assert 1 <= place.column <= width + 2
        assert f"{problem.message}{problem.hint}".isprintable()


@given(st.binary(max_size=200))
def test_any_bytes(data: bytes) -> None:
    check(data)


@given(st.text(st.sampled_from("abn:-?[]{}&*!|>'\"%@`#, \n\t\r~0.1é\u2028\x85\\<"), max_size=60))
def test_any_text_of_yaml_characters(text: str) -> None:
    check(text.encode())


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    """A file of the corpus with some pieces cut out, doubled, swapped or replaced."""
    data = bytearray(draw(st.sampled_from(SEEDS)))
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, max(len(data) - 1, 0)))
        end = min(start + draw(st.integers(0, 12)), len(data))
        piece = draw(
            st.one_of(st.binary(max_size=4), st.sampled_from([b"\n", b"  ", b"{% ", b" %}", b"$", b"'", b": "]))
        )
        data[start:end] = draw(st.sampled_from([b"", bytes(data[start:end]) * 2, piece]))
    return bytes(data)


@settings(max_examples=150)
@given(mutated())
def test_files_with_slips(data: bytes) -> None:
    check(data)


WORDS = [key.name for key in (*PIPELINE.keys, *OPERATION.keys)] + ["a", "b", "extract", "call", "env", "secret", "on"]
LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-5, 50),
    st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from(["10m", "a:b", "a.b", "{% $a.x %}", "{% $params.x + ( %}", "{% $item %}", "5%", "", "env:X", "p"]),
    st.text(max_size=5),
)
TREES = st.recursive(
    LEAVES,
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(st.sampled_from(WORDS), inner, max_size=6)),
    max_leaves=25,
)
OPERATIONS = st.dictionaries(
    st.sampled_from(["a", "b", "c", "extract", "load"]),
    st.fixed_dictionaries(
        {"python": st.just({"call": "a:b"})},
        optional={
            "needs": st.lists(st.sampled_from(["a", "b", "c", "extract"]), max_size=3),
            "with": TREES,
            "when": LEAVES,
            "for_each": TREES,
            "retry": TREES,
            "timeout": LEAVES,
            "env": TREES,
            "tolerate": LEAVES,
            "pipeline": TREES,
        },
    ),
    min_size=1,
)


@given(TREES)
def test_any_tree_of_known_words(tree: Any) -> None:
    check(json.dumps(tree).encode())


@settings(max_examples=200)
@given(OPERATIONS, st.dictionaries(st.sampled_from([key.name for key in PIPELINE.keys]), TREES, max_size=3))
def test_pipelines_that_are_nearly_right(operations: Any, more: Any) -> None:
    check(json.dumps({"version": 1, "name": "p", "operations": operations} | more, indent=1).encode())


PIECES = st.sampled_from(["$n ", "+ ", "'a' ", '"b" ', "\\ ", "é🙂 ", "it's ", "x ", "#", ": ", "[1] ", "{ "])


def _single(text: str) -> str:
    return "'" + text.replace("'", "''").replace(" ", "\n    ", 1) + "'"


def _double(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("é", "\\u00e9").replace(" ", "\\\n    \\x20", 1)
    return f'"{escaped}"'


def _literal(text: str) -> str:
    return "|\n    " + text.replace(" ", "\n    ", 1)


def _folded(text: str) -> str:
    return ">-\n    " + text.replace(" ", "\n    ", 2)


@pytest.mark.parametrize("write", [_single, _double, _literal, _folded])
@given(st.lists(PIECES, min_size=1, max_size=8).map("".join))
def test_every_character_of_a_string_is_found_again_in_the_file(write: Any, text: str) -> None:
    source = f"key: {write('{% ' + text + '%}')}\n"
    document = read(source.encode(), "f.yaml")
    assert isinstance(document.root, Mapping)
    node = document.root.values["key"]
    assert isinstance(node, Scalar)
    lines = source.split("\n")
    for offset, char in enumerate(node.text):
        if char.isspace() or char in "'\"\\":
            continue
        line, column = place_inside(node, offset, source)
        assert lines[line][column] in (char, "\\")
