"""Records of the Table as items of DynamoDB: keys, the attributes of indexes, sizes. Requests are in `table`.

A body travels as JSON text: whatever the local Table stores comes back the same (numbers, empty strings, reserved
words). An index is a slot, a pair of attributes with a sparse global secondary index over it; many names share a slot.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from bunsui.errors import InvalidInput
from bunsui.ports import Deletion, Record

PARTITION, SORT, REVISION, BODY, INDEXES, MARK = "pk", "sk", "revision", "body", "indexes", "mark"
LARGEST = 400 * 1024  # bytes of an item, names of attributes included
_LONGEST_VALUE, _LONGEST_PLACE = 2048, 1024
_END = "\0"  # between the parts of a place: sorts below all that a name can hold

# Names that one record has together must be in different slots; a new name needs no change of the table.
SLOTS: dict[str, int] = {
    "sessions": 1,
    "status": 2,
    "pipeline": 3,
    "ended": 4,
    "due": 5,
    "alerts": 1,
    "session-alerts": 2,
    "waiting-alerts": 3,
    "pipelines": 1,
    "pools": 1,
    "fingerprints": 1,
    "fingerprint": 2,
}
COUNT = 6  # slots of the table; the last is for names that are not above
Item = dict[str, dict[str, str]]


def slot_of(index: str) -> int:
    return SLOTS.get(index, COUNT)


def index_name(slot: int) -> str:
    return f"by{slot}"


def attributes_of(slot: int) -> tuple[str, str]:
    """What the slot's index is keyed by."""
    return f"v{slot}", f"s{slot}"


def key(partition: str, sort: str) -> Item:
    return {PARTITION: {"S": partition}, SORT: {"S": sort}}


def value_of(index: str, value: str) -> str:
    return f"{index}#{value}"


def place_of(place: str, partition: str, sort: str) -> str:
    """Where a record stands in an index: by its place, then by its key."""
    return f"{place}{_END}{partition}{_END}{sort}"


def index_key(index: str, value: str, place: str, partition: str, sort: str) -> Item:
    """A place in an index, as DynamoDB names it to go on from there."""
    of_value, of_place = attributes_of(slot_of(index))
    there = {of_value: {"S": value_of(index, value)}, of_place: {"S": place_of(place, partition, sort)}}
    return key(partition, sort) | there


def item_of(record: Record, mark: str) -> Item:
    """The item that stores it at its next revision. `mark` tells this write from every other."""
    item = key(record.partition, record.sort) | {
        REVISION: {"N": str(record.revision + 1)},
        BODY: {"S": orjson.dumps(record.body).decode()},
        MARK: {"S": mark},
    }
    if record.indexes:
        item[INDEXES] = {"S": orjson.dumps({name: list(entry) for name, entry in record.indexes.items()}).decode()}
    item |= _entries(record)
    _check_size(record, item)
    return item


def _entries(record: Record) -> Item:
    made: Item = {}
    for name, (value, place) in record.indexes.items():
        of_value, of_place = attributes_of(slot_of(name))
        if of_value in made:
            raise InvalidInput(
                f"{_named(record)} has two indexes in slot {slot_of(name)}: {', '.join(record.indexes)}",
                "Give one a slot of its own: SLOTS in bunsui/aws/items.py",
            )
        made[of_value] = {"S": value_of(name, value)}
        made[of_place] = {"S": place_of(place, record.partition, record.sort)}
        if len(made[of_value]["S"].encode()) > _LONGEST_VALUE or len(made[of_place]["S"].encode()) > _LONGEST_PLACE:
            raise InvalidInput(f"the index {name} of {_named(record)} is too long for DynamoDB", "Shorten the name")
    return made


def _check_size(record: Record, item: Item) -> None:
    size = size_of(item)
    if size > LARGEST:
        hint = "Large values belong into the object store; shorten what is given"
        raise InvalidInput(f"{_named(record)} has {size:,} bytes, but DynamoDB holds {LARGEST:,} in an item", hint)


def size_of(item: Item) -> int:
    """As DynamoDB counts: names and values in UTF-8; a number by its digits, at most 21."""
    return sum(len(name.encode()) + len(text.encode()) for name, held in item.items() for text in held.values())


def record_of(item: Mapping[str, Mapping[str, Any]]) -> Record:
    packed = orjson.loads(item[INDEXES]["S"]) if INDEXES in item else {}
    return Record(
        item[PARTITION]["S"],
        item[SORT]["S"],
        orjson.loads(item[BODY]["S"]),
        {name: (value, place) for name, (value, place) in packed.items()},
        int(item[REVISION]["N"]),
    )


def _named(write: Record | Deletion) -> str:
    return f"the record {write.partition} {write.sort}"


def definition(name: str) -> dict[str, Any]:
    """The table, as CreateTable takes it: paid by the request, its indexes holding nothing but keys."""
    slots = range(1, COUNT + 1)
    names = [PARTITION, SORT, *(one for slot in slots for one in attributes_of(slot))]
    return {
        "TableName": name,
        "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [{"AttributeName": one, "AttributeType": "S"} for one in names],
        "KeySchema": _schema(PARTITION, SORT),
        "GlobalSecondaryIndexes": [
            {
                "IndexName": index_name(slot),
                "KeySchema": _schema(*attributes_of(slot)),
                "Projection": {"ProjectionType": "KEYS_ONLY"},
            }
            for slot in slots
        ],
    }


def _schema(partition: str, sort: str) -> list[dict[str, str]]:
    return [{"AttributeName": partition, "KeyType": "HASH"}, {"AttributeName": sort, "KeyType": "RANGE"}]
