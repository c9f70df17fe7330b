"""The port Table on one table of DynamoDB. How a record is an item is in `items`; SQLite's adapter is in `local`.

Reads by key are consistent. An index is eventually consistent: its entries are only keys, the records behind them are
read consistently, and entries that hold no more are left out.
"""

from __future__ import annotations

import dataclasses
import time
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

import orjson

from bunsui.aws import items
from bunsui.aws.clients import Clients
from bunsui.aws.errors import Answer, Declined
from bunsui.aws.items import Item
from bunsui.errors import Conflict, InvalidInput, Throttled
from bunsui.ports import Deletion, Page, Record, checked_writes

_FAILED, _BUSY, _CANCELLED = (
    "ConditionalCheckFailedException",
    "TransactionConflictException",
    "TransactionCanceledException",
)
_LARGEST_TRANSACTION = 4 * 1024 * 1024
_PAUSES = (0.02, 0.05, 0.1, 0.2, 0.4, 0.8, 1.6)  # seconds before it is tried again while others are at it
_KEYS = 100  # that one BatchGetItem reads
_PAGE = 1000
_PASSING = frozenset({"TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"})


class DynamoDBClient:
    """Safe to use from several threads and by any number of processes."""

    def __init__(self, clients: Clients, name: str, sleep: Callable[[float], None] = time.sleep) -> None:
        self._clients = clients
        self._name = name
        self._sleep = sleep

    def get(self, partition: str, sort: str) -> Record | None:
        found = self._ask("get_item", Key=items.key(partition, sort), ConsistentRead=True).get("Item")
        return items.record_of(found) if found else None

    def put(self, record: Record) -> Record:
        checked_writes([record])
        mark = uuid.uuid4().hex
        given = {**self._put(record, mark), "ReturnValuesOnConditionCheckFailure": "ALL_OLD"}
        for pause in (*_PAUSES, None):
            try:
                self._ask("put_item", (_FAILED, _BUSY), **given)
                break
            except Declined as no:
                if no.answer.code == _FAILED:
                    if _mark(no.answer.response.get("Item")) == mark:
                        break  # a try whose answer was lost had done it
                    raise _conflict(record) from None
                self._wait(pause, record)
        return dataclasses.replace(record, revision=record.revision + 1)

    def transact(self, writes: Sequence[Record | Deletion]) -> None:
        checked_writes(writes)
        if len(writes) == 1 and isinstance(writes[0], Record):
            self.put(writes[0])
        elif writes:
            self._transact(writes)

    def query(
        self,
        partition: str,
        prefix: str = "",
        *,
        newest_first: bool = False,
        limit: int = 100,
        after: str | None = None,
    ) -> Page:
        given: dict[str, Any] = _condition(partition, prefix)
        if after is not None:
            side = _beside(prefix, after)
            if side == (-1 if newest_first else 1):
                return Page(())
            if side == 0:
                given["ExclusiveStartKey"] = items.key(partition, after)
        given |= {"ConsistentRead": True, "ScanIndexForward": not newest_first}
        found = self._collected(given, limit + 1, lambda page: map(items.record_of, page))
        return Page(tuple(found[:limit]), found[limit - 1].sort if len(found) > limit else None)

    def query_index(
        self, index: str, value: str, *, newest_first: bool = False, limit: int = 100, after: str | None = None
    ) -> Page:
        slot = items.slot_of(index)
        given: dict[str, Any] = {
            "IndexName": items.index_name(slot),
            "KeyConditionExpression": "#v = :v",
            "ExpressionAttributeNames": {"#v": items.attributes_of(slot)[0]},
            "ExpressionAttributeValues": {":v": {"S": items.value_of(index, value)}},
        }
        if after is not None:
            given["ExclusiveStartKey"] = items.index_key(index, value, *_place(after))
        given["ScanIndexForward"] = not newest_first
        found = self._collected(given, limit + 1, lambda page: self._standing(index, value, page))
        return Page(tuple(found[:limit]), _following(index, found[limit - 1]) if len(found) > limit else None)

    def close(self) -> None:
        self._clients.close()

    def _collected(
        self, given: Mapping[str, Any], most: int, records_of: Callable[[Sequence[Item]], Iterable[Record]]
    ) -> list[Record]:
        """What a query finds, page by page, until that many are there."""
        found: list[Record] = []
        start: Mapping[str, Any] = {}
        while True:
            answer = self._ask("query", Limit=min(most - len(found), _PAGE), **{**given, **start})
            found += records_of(answer["Items"])
            if len(found) >= most or "LastEvaluatedKey" not in answer:
                return found
            start = {"ExclusiveStartKey": answer["LastEvaluatedKey"]}

    def _standing(self, index: str, value: str, entries: Sequence[Item]) -> Iterator[Record]:
        """The records behind entries of an index, as they are now, but for those that stand there no more."""
        of_place = items.attributes_of(items.slot_of(index))[1]
        there = self._records(list(dict.fromkeys(map(_key, entries))))
        for entry in entries:
            record = there.get(_key(entry))
            if record is None or index not in record.indexes:
                continue
            of, place = record.indexes[index]
            if of == value and items.place_of(place, record.partition, record.sort) == entry[of_place]["S"]:
                yield record

    def _records(self, keys: Sequence[tuple[str, str]]) -> dict[tuple[str, str], Record]:
        found: dict[tuple[str, str], Record] = {}
        for begin in range(0, len(keys), _KEYS):
            for item in self._batch(keys[begin : begin + _KEYS]):
                found[_key(item)] = items.record_of(item)
        return found

    def _batch(self, keys: Sequence[tuple[str, str]]) -> Iterator[Item]:
        """At most 100. What DynamoDB leaves undone is asked for again."""
        wanted: dict[str, Any] = {self._name: {"Keys": [items.key(*key) for key in keys], "ConsistentRead": True}}
        for pause in (*_PAUSES, None):
            answer = self._clients.ask("dynamodb", "batch_get_item", self._resource, RequestItems=wanted)
            yield from answer["Responses"].get(self._name, ())
            wanted = answer.get("UnprocessedKeys") or {}
            if not wanted:
                return
            if pause is None:
                raise Throttled(f"{self._resource} leaves {len(wanted[self._name]['Keys'])} records unread")
            self._sleep(pause)

    def _transact(self, writes: Sequence[Record | Deletion]) -> None:
        mark = uuid.uuid4().hex
        actions = [
            {"Delete": self._delete(w)} if isinstance(w, Deletion) else {"Put": self._put(w, mark)} for w in writes
        ]
        size = sum(items.size_of(action["Put"]["Item"]) for action in actions if "Put" in action)
        if size > _LARGEST_TRANSACTION:
            hint = "Write less at once; large values belong into the object store"
            raise InvalidInput(f"a transaction of {size:,} bytes, but {_LARGEST_TRANSACTION:,} is the most", hint)
        for pause in (*_PAUSES, None):
            try:
                # botocore gives all its tries one token: a transaction whose answer was lost is not done twice.
                self._clients.ask(
                    "dynamodb", "transact_write_items", self._resource, (_CANCELLED,), TransactItems=actions
                )
                return
            except Declined as no:
                self._wait(pause, _passing(no.answer, writes))

    def _put(self, record: Record, mark: str) -> dict[str, Any]:
        return {
            "TableName": self._name,
            "Item": items.item_of(record, mark),
            **_unchanged(record),
        }

    def _delete(self, deletion: Deletion) -> dict[str, Any]:
        return {"TableName": self._name, "Key": items.key(deletion.partition, deletion.sort), **_unchanged(deletion)}

    def _wait(self, pause: float | None, write: Record | Deletion) -> None:
        if pause is None:
            raise Conflict(f"{write.partition} {write.sort} is written by too many at once")
        self._sleep(pause)

    @property
    def _resource(self) -> str:
        return f"the table {self._name}"

    def _ask(self, method: str, expect: tuple[str, ...] = (), **given: Any) -> Any:
        return self._clients.ask("dynamodb", method, self._resource, expect, **{"TableName": self._name, **given})


def _unchanged(write: Record | Deletion) -> dict[str, Any]:
    """The condition that it is as it was read."""
    if isinstance(write, Record) and write.revision == 0:
        return {"ConditionExpression": "attribute_not_exists(#k)", "ExpressionAttributeNames": {"#k": items.PARTITION}}
    return {
        "ConditionExpression": "#r = :r",
        "ExpressionAttributeNames": {"#r": items.REVISION},
        "ExpressionAttributeValues": {":r": {"N": str(write.revision)}},
    }


def _passing(answer: Answer, writes: Sequence[Record | Deletion]) -> Record | Deletion:
    """What others were at, so that it is worth a second try. Raises Conflict or InvalidInput where it is not."""
    codes = [(str(reason.get("Code")), reason) for reason in answer.response.get("CancellationReasons", ())]
    for write, (code, _) in zip(writes, codes, strict=False):
        if code == "ConditionalCheckFailed":
            raise _conflict(write)
    for write, (code, reason) in zip(writes, codes, strict=False):
        if code not in (*_PASSING, "None"):
            raise InvalidInput(f"{write.partition} {write.sort}: {reason.get('Message', code)}", "Mend what is named")
    return next((write for write, (code, _) in zip(writes, codes, strict=False) if code in _PASSING), writes[0])


def _conflict(write: Record | Deletion) -> Conflict:
    return Conflict(f"{write.partition} {write.sort} is not at revision {write.revision} any more")


def _mark(item: Mapping[str, Any] | None) -> str:
    return str(item[items.MARK]["S"]) if item and items.MARK in item else ""


def _key(item: Item) -> tuple[str, str]:
    return item[items.PARTITION]["S"], item[items.SORT]["S"]


def _condition(partition: str, prefix: str) -> dict[str, Any]:
    names, values = {"#p": items.PARTITION}, {":p": {"S": partition}}
    if not prefix:
        return {
            "KeyConditionExpression": "#p = :p",
            "ExpressionAttributeNames": names,
            "ExpressionAttributeValues": values,
        }
    return {
        "KeyConditionExpression": "#p = :p AND begins_with(#s, :s)",
        "ExpressionAttributeNames": names | {"#s": items.SORT},
        "ExpressionAttributeValues": values | {":s": {"S": prefix}},
    }


def _beside(prefix: str, after: str) -> int:
    """Whether a place is before all that begins with the prefix (-1), after it (1), or within (0)."""
    if after.startswith(prefix):
        return 0 if after else -1
    return -1 if after.encode() < prefix.encode() else 1


def _following(index: str, last: Record) -> str:
    return orjson.dumps([last.indexes[index][1], last.partition, last.sort]).decode()


def _place(after: str) -> tuple[str, str, str]:
    """Where a page ended. It may come from a person."""
    try:
        place, partition, sort = orjson.loads(after)
    except (ValueError, TypeError):
        place = partition = sort = None
    if not (isinstance(place, str) and isinstance(partition, str) and isinstance(sort, str)):
        raise InvalidInput(f"{after!r} is not where a page ended", "Begin without it, and take what the list names")
    return place, partition, sort
