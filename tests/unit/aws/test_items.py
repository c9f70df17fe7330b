"""Records as items: their slots, their keys, their size."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from bunsui import services
from bunsui.aws import items
from bunsui.errors import InvalidInput
from bunsui.ports import Record


def test_a_record_is_an_item_and_back_again() -> None:
    record = Record("p", "s", {"a": [1, None, ""]}, {"status": ("RUNNING", "1"), "due": ("all", "2")}, 4)
    item = items.item_of(record, "mark")
    assert items.record_of(item) == Record(record.partition, record.sort, record.body, record.indexes, 5)
    assert item["v2"] == {"S": "status#RUNNING"}
    assert item["s2"] == {"S": "1\0p\0s"}
    assert item["v5"] == {"S": "due#all"}


def test_places_in_an_index_are_in_order_of_the_place_then_of_the_key() -> None:
    places = [("3", "p1", "s"), ("3", "p3", "s"), ("30", "p0", "s"), ("4", "a", "s")]
    assert sorted(items.place_of(*place) for place in reversed(places)) == [items.place_of(*place) for place in places]


def test_two_names_in_one_slot_are_refused_where_they_meet() -> None:
    with pytest.raises(InvalidInput, match="slot 1"):
        items.item_of(Record("p", "s", {}, {"sessions": ("all", "1"), "pools": ("all", "1")}), "mark")


def test_an_item_over_400_kilobytes_is_refused_with_its_size() -> None:
    with pytest.raises(InvalidInput, match=r"410,0\d\d bytes"):
        items.item_of(Record("p", "s", {"text": "x" * 410_000}), "mark")


def test_a_name_that_an_index_cannot_hold_is_refused() -> None:
    with pytest.raises(InvalidInput, match="too long"):
        items.item_of(Record("p", "s", {}, {"status": ("v", "x" * 1024)}), "mark")


def test_the_table_has_an_index_for_each_slot_with_nothing_but_keys() -> None:
    made = items.definition("records")["GlobalSecondaryIndexes"]
    assert {items.index_name(slot) for slot in items.SLOTS.values()} < {one["IndexName"] for one in made}
    assert {one["Projection"]["ProjectionType"] for one in made} == {"KEYS_ONLY"}


def asked_for(path: Path) -> Iterator[str]:
    """Names of indexes that a module of the services reads, written there or in its constants."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    known: dict[str, str] = {}
    for node in tree.body:
        if isinstance(node, ast.Assign):
            pairs = zip(_parts(node.targets[0]), _parts(node.value), strict=False)
            known |= {n.id: v.value for n, v in pairs if isinstance(n, ast.Name) and isinstance(v, ast.Constant)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "query_index":
            for name in ast.walk(node.args[0]):
                if isinstance(name, ast.Constant):
                    yield str(name.value)
                elif isinstance(name, ast.Name) and name.id in known:
                    yield known[name.id]


def _parts(node: ast.expr) -> list[ast.expr]:
    return node.elts if isinstance(node, ast.Tuple) else [node]


def test_every_index_that_services_read_has_a_slot() -> None:
    found = {name for path in Path(services.__file__).parent.rglob("*.py") for name in asked_for(path)}
    assert {"sessions", "due", "pools", "fingerprint"} <= found
    assert found <= set(items.SLOTS)
