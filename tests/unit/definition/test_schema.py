"""The JSON Schema for editors and the parser say the same."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from ruamel.yaml import YAML

from bunsui.definition import ConfigValidator, json_schema
from bunsui.definition.containers import Either, ListOf, MapOf, Record
from bunsui.definition.keys import PIPELINE
from bunsui.model.pipeline import KINDS

HERE = Path(__file__).parent
SCHEMA = Draft202012Validator(json_schema())
# What only the parser can see: the text of the file, several keys together, the graph, expressions.
BEYOND = {
    "definition_and_operations", "expression_places", "expression_places_crlf", "expression_places_quoted",
    "expressions", "graph", "names", "nothing_can_be_found", "params", "defaults", "yaml_surprises",
}  # fmt: skip
STRUCTURAL = [p for p in sorted((HERE / "bad").glob("*.yaml")) if p.stem not in BEYOND and p.stem[:5] != "yaml_"]


def test_it_is_a_schema() -> None:
    Draft202012Validator.check_schema(json_schema())


@pytest.mark.parametrize("path", sorted((HERE / "valid").glob("*.yaml")), ids=lambda path: path.stem)
def test_a_valid_file_passes_the_schema(path: Path) -> None:
    document = YAML(typ="safe", pure=True).load(path.read_text())
    assert [error.message for error in SCHEMA.iter_errors(document)] == []


@pytest.mark.parametrize("path", STRUCTURAL, ids=lambda path: path.stem)
def test_a_file_with_wrong_keys_or_types_does_not(path: Path) -> None:
    document = YAML(typ="safe", pure=True).load(path.read_text())
    assert not SCHEMA.is_valid(document)


def _parser_keys(shape: Any, path: str) -> Iterator[str]:
    match shape:
        case Record(keys=keys):
            for key in keys:
                yield f"{path}/{key.name}"
                yield from _parser_keys(key.shape, f"{path}/{key.name}")
        case MapOf(value=value):
            yield from _parser_keys(value, f"{path}/*")
        case ListOf(item=item):
            yield from _parser_keys(item, f"{path}/[]")
        case Either(scalar=scalar, sequence=sequence, mapping=mapping):
            for one in (scalar, sequence, mapping):
                yield from _parser_keys(one, path)


def _schema_keys(schema: Any, path: str) -> Iterator[str]:
    for name, one in schema.get("properties", {}).items():
        yield f"{path}/{name}"
        yield from _schema_keys(one, f"{path}/{name}")
    if isinstance(schema.get("additionalProperties"), dict):
        yield from _schema_keys(schema["additionalProperties"], f"{path}/*")
    if "items" in schema:
        yield from _schema_keys(schema["items"], f"{path}/[]")
    for one in schema.get("anyOf", ()):
        yield from _schema_keys(one, path)


def test_the_schema_has_exactly_the_keys_of_the_parser() -> None:
    assert sorted(_schema_keys(json_schema(), "")) == sorted(_parser_keys(PIPELINE, ""))


def test_every_kind_of_the_model_is_a_key() -> None:
    keys = set(_parser_keys(PIPELINE, ""))
    assert {f"/operations/*/{kind}" for kind in KINDS} <= keys


def _objects(schema: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], dict[str, Any]]]:
    if isinstance(schema, dict):
        if schema.get("additionalProperties") is False:
            yield path, schema
        for key, one in schema.items():
            yield from _objects(one, (*path, key))
    if isinstance(schema, list):
        for one in schema:
            yield from _objects(one, path)


def test_no_mapping_with_known_keys_takes_others() -> None:
    closed = dict(_objects(json_schema()))
    assert len(closed) >= 20
    assert all(one["properties"] for one in closed.values())


def test_every_key_is_described() -> None:
    for path, one in _objects(json_schema()):
        for name, described in one["properties"].items():
            assert described["description"].endswith((".", ")")), (path, name)


@pytest.mark.parametrize("value", ["10m", "1h30m", "2s", "1w", 5, "0m"])
def test_durations_are_read_alike(value: Any) -> None:
    text = {"version": 1, "name": "p", "timeout": value, "operations": {"a": {"python": {"call": "a:b"}}}}
    import json

    assert SCHEMA.is_valid(text)
    found = ConfigValidator().validate(json.dumps(text).encode(), "p.yaml")
    assert (found.pipeline is None) == (value == "0m")
