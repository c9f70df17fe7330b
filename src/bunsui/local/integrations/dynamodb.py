"""DynamoDB's `updateItem` and `batchGetItem` on mailbox items, with its conditions and its errors.

Only the expressions that compiled machines use are known: SET and REMOVE, and attribute_(not_)exists joined by AND.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from bunsui.local.integrations.call import Call, Done, Failed, Integration, Parked, Reaction, Stores, sdk_metadata
from bunsui.model.json import Json

Item = Mapping[str, Json]
_KEY = "k"
_MOST_KEYS = 100
_REFUSED = Failed("DynamoDb.ConditionalCheckFailedException", "The conditional request failed")
_CLAUSES = re.compile(r"\b(SET|REMOVE)\b", re.IGNORECASE)
_CONDITION = re.compile(r"(attribute_not_exists|attribute_exists)\s*\(\s*([#\w]+)\s*\)", re.IGNORECASE)
_AND = re.compile(r"\s+AND\s+", re.IGNORECASE)


class _Invalid(Exception):
    """The message is DynamoDB's ValidationException's."""


def _update(call: Call, stores: Stores, done: Callable[[Json], Reaction] = Done) -> Reaction:
    given = call.arguments
    table, key = str(given.get("TableName")), given.get("Key")
    try:
        place = _place(key)
        old: Item = stores.mailboxes.get(table, place) or {}
        if not _holds(str(given.get("ConditionExpression") or ""), old, given):
            return _REFUSED
        new: dict[str, Json] = {**dict(old or key or {}), **_changed(str(given.get("UpdateExpression") or ""), given)}
        new = {name: value for name, value in new.items() if value is not _REMOVED}
    except _Invalid as problem:
        return Failed("DynamoDb.DynamoDbException", str(problem))
    stores.mailboxes.put(table, place, new)
    return done(_response(call, old, new))


def _update_and_wait(call: Call, stores: Stores) -> Reaction:
    return _update(call, stores, Parked)


def _batch_get(call: Call, stores: Stores) -> Reaction:
    responses: dict[str, Json] = {}
    for table, wanted in (call.arguments.get("RequestItems") or {}).items():
        keys = wanted.get("Keys") or []
        if len(keys) > _MOST_KEYS:
            return Failed("DynamoDb.DynamoDbException", f"Too many items requested: {len(keys)}")
        try:
            items = [stores.mailboxes.get(table, _place(key)) for key in keys]
        except _Invalid as problem:
            return Failed("DynamoDb.DynamoDbException", str(problem))
        responses[table] = [dict(item) for item in items if item is not None]
    return Done({"Responses": responses, "UnprocessedKeys": {}, **sdk_metadata(call)})


_REMOVED: Any = object()


def _place(key: Any) -> str:
    try:
        return str(key[_KEY]["S"])
    except (KeyError, TypeError):
        raise _Invalid("The provided key element does not match the schema") from None


def _holds(condition: str, item: Item, given: Mapping[str, Any]) -> bool:
    if not condition.strip():
        return True
    results = []
    for part in _AND.split(condition.strip()):
        found = _CONDITION.fullmatch(part.strip())
        if not found:
            raise _Invalid(f"Invalid ConditionExpression: {condition!r} is not known locally")
        results.append((_name(found[2], given) in item) == (found[1].lower() == "attribute_exists"))
    return all(results)


def _changed(expression: str, given: Mapping[str, Any]) -> dict[str, Json]:
    parts = _CLAUSES.split(expression)[1:]
    changed: dict[str, Json] = {}
    for clause, body in zip(parts[::2], parts[1::2], strict=True):
        for action in body.split(","):
            if clause.upper() == "REMOVE":
                changed[_name(action.strip(), given)] = _REMOVED
            else:
                name, _, value = action.partition("=")
                changed[_name(name.strip(), given)] = _value(value.strip(), given)
    if expression.strip() and not changed:
        raise _Invalid(f"Invalid UpdateExpression: {expression!r} is not known locally")
    return changed


def _name(text: str, given: Mapping[str, Any]) -> str:
    if not text.startswith("#"):
        return text
    try:
        return str(given["ExpressionAttributeNames"][text])
    except (KeyError, TypeError):
        raise _Invalid(f"An expression attribute name used in the document path is not defined: {text}") from None


def _value(text: str, given: Mapping[str, Any]) -> Json:
    try:
        value: Json = given["ExpressionAttributeValues"][text]
    except (KeyError, TypeError):
        raise _Invalid(f"An expression attribute value used in expression is not defined: {text}") from None
    return value


def _response(call: Call, old: Item, new: Item) -> Json:
    shown = {"ALL_NEW": new, "ALL_OLD": old}.get(str(call.arguments.get("ReturnValues") or "NONE"))
    return {**({"Attributes": dict(shown)} if shown else {}), **sdk_metadata(call)}


UPDATE_ITEM = Integration(_update)
UPDATE_ITEM_AND_WAIT = Integration(_update_and_wait)
BATCH_GET_ITEM = Integration(_batch_get)
