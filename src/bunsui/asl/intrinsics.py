"""The intrinsic functions of JSONPath states (``States.Format(...)``): what each makes of its arguments. How calls are
written is in `payload`. Raises Refused with the reason, in our words where AWS's are not known."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import math
import random
import uuid
from collections.abc import Callable, Mapping
from decimal import Decimal
from itertools import pairwise

import orjson

from bunsui.asl import limits
from bunsui.model.json import Json

_MOST_ITEMS = 1000
_MOST_CHARACTERS = 10_000
_INT = 1 << 32


class Refused(Exception):
    """The function has no value for these arguments."""


Seed = Callable[[], int]


def _format(seed: Seed, template: Json, *arguments: Json) -> Json:
    text = _text(template)
    parts: list[str] = []
    used = at = 0
    while at < len(text):
        if text[at] == "\\" and at + 1 < len(text):
            parts.append(text[at + 1])
            at += 2
        elif text.startswith("{}", at):
            if used >= len(arguments):
                raise Refused("there are more {} than arguments")
            parts.append(shown(arguments[used]))
            used, at = used + 1, at + 2
        else:
            parts.append(text[at])
            at += 1
    if used < len(arguments):
        raise Refused("there are fewer {} than arguments")
    return "".join(parts)


def shown(value: Json) -> str:
    """As AWS's own language prints values: objects like ``{a=1, b=[2]}``."""
    if isinstance(value, str):
        return value
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}={shown(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(shown(item) for item in value) + "]"
    return limits.text(value).decode()


def _string_to_json(seed: Seed, text: Json) -> Json:
    try:
        value: Json = orjson.loads(_text(text))
    except orjson.JSONDecodeError as error:
        raise Refused(f"the argument is not JSON: {error}") from None
    return value


def _json_to_string(seed: Seed, value: Json) -> Json:
    return limits.text(value).decode()


def _array(seed: Seed, *items: Json) -> Json:
    return list(items)


def _partition(seed: Seed, items: Json, size: Json) -> Json:
    array, step = _list(items), _whole(size)
    if step < 1:
        raise Refused("the size of a chunk must be a positive integer")
    return [array[at : at + step] for at in range(0, len(array), step)]


def _contains(seed: Seed, items: Json, wanted: Json) -> Json:
    sought = _canonical(wanted)
    return any(_canonical(item) == sought for item in _list(items))


def _range(seed: Seed, first: Json, last: Json, step: Json) -> Json:
    start, end, by = _whole(first), _whole(last), _whole(step)
    if by == 0:
        raise Refused("the step must not be zero")
    found = range(start, end + (1 if by > 0 else -1), by)
    if len(found) > _MOST_ITEMS:
        raise Refused(f"an array has at most {_MOST_ITEMS} items")
    return list(found)


def _get_item(seed: Seed, items: Json, index: Json) -> Json:
    array, at = _list(items), _whole(index)
    if not 0 <= at < len(array):
        raise Refused("the index is out of the array's bounds")
    return array[at]


def _length(seed: Seed, items: Json) -> Json:
    return len(_list(items))


def _unique(seed: Seed, items: Json) -> Json:
    found: dict[str, Json] = {}
    for item in _list(items):
        found.setdefault(_canonical(item), item)
    return list(found.values())


def _encode(seed: Seed, text: Json) -> Json:
    return base64.b64encode(_short(text).encode()).decode()


def _decode(seed: Seed, text: Json) -> Json:
    try:
        return base64.b64decode(_short(text), validate=True).decode()
    except (binascii.Error, ValueError):
        raise Refused("the argument is not Base64 of a text") from None


def _hash(seed: Seed, value: Json, algorithm: Json) -> Json:
    name = {"MD5": "md5", "SHA-1": "sha1", "SHA-256": "sha256", "SHA-384": "sha384", "SHA-512": "sha512"}
    if algorithm not in name:
        raise Refused(f"the algorithm must be one of {', '.join(name)}")
    text = value if isinstance(value, str) else limits.text(value).decode()
    return hashlib.new(name[str(algorithm)], _short(text).encode(), usedforsecurity=False).hexdigest()


def _merge(seed: Seed, one: Json, other: Json, deep: Json) -> Json:
    if not isinstance(one, dict) or not isinstance(other, dict):
        raise Refused("both arguments must be objects")
    if deep is not False:
        raise Refused("only shallow merging is supported: the third argument must be false")
    return {**one, **other}


def _random(seed: Seed, first: Json, last: Json, given: Json = None) -> Json:
    start, end = _whole(first), _whole(last)
    if end <= start:
        raise Refused("the end must be greater than the start")
    return random.Random(seed() if given is None else _whole(given)).randrange(start, end)  # noqa: S311 - no secret


def _add(seed: Seed, one: Json, other: Json) -> Json:
    """Of 32 bits, as AWS adds."""
    return (_whole(one) + _whole(other) + _INT // 2) % _INT - _INT // 2


def _split(seed: Seed, text: Json, separators: Json) -> Json:
    """At each of the characters; what is empty is left out."""
    given, ends = _text(text), set(_text(separators))
    places = [-1, *(at for at, character in enumerate(given) if character in ends), len(given)]
    return [given[start + 1 : end] for start, end in pairwise(places) if end > start + 1]


def _uuid(seed: Seed) -> Json:
    return str(uuid.UUID(int=random.Random(seed()).getrandbits(128), version=4))  # noqa: S311 - no secret


def _text(value: Json) -> str:
    if not isinstance(value, str):
        raise Refused("an argument must be a string")
    return value


def _short(value: Json) -> str:
    text = _text(value)
    if len(text) > _MOST_CHARACTERS:
        raise Refused(f"an argument has at most {_MOST_CHARACTERS} characters")
    return text


def _list(value: Json) -> list[Json]:
    if not isinstance(value, list):
        raise Refused("an argument must be an array")
    return value


def _whole(value: Json) -> int:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise Refused("an argument must be a number")
    return value if isinstance(value, int) else math.floor(Decimal(str(value)) + Decimal("0.5"))  # as Java rounds


def _canonical(value: Json) -> str:
    """The same for values that are equal: 1 and 1.0 are, true is no number."""
    return json.dumps(_plain(value), sort_keys=True)


def _plain(value: Json) -> Json:
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


Function = Callable[..., Json]
FUNCTIONS: Mapping[str, tuple[Function, int, int]] = {  # with how few and how many arguments it takes
    "Format": (_format, 1, 100),
    "StringToJson": (_string_to_json, 1, 1),
    "JsonToString": (_json_to_string, 1, 1),
    "Array": (_array, 0, 1000),
    "ArrayPartition": (_partition, 2, 2),
    "ArrayContains": (_contains, 2, 2),
    "ArrayRange": (_range, 3, 3),
    "ArrayGetItem": (_get_item, 2, 2),
    "ArrayLength": (_length, 1, 1),
    "ArrayUnique": (_unique, 1, 1),
    "Base64Encode": (_encode, 1, 1),
    "Base64Decode": (_decode, 1, 1),
    "Hash": (_hash, 2, 2),
    "JsonMerge": (_merge, 3, 3),
    "MathRandom": (_random, 2, 3),
    "MathAdd": (_add, 2, 2),
    "StringSplit": (_split, 2, 2),
    "UUID": (_uuid, 0, 0),
}
