"""Records as items: their slots, their keys, their size."""

from __future__ import annotations

import pytest

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
