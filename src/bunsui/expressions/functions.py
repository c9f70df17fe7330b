"""The functions that Step Functions adds to JSONata, and the names of all that exist. There is no ``$eval``."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Callable
from typing import Any

from bunsui.model.json import Json

RANGE_LIMIT = 1000  # items, as AWS bounds $range
_ALGORITHMS = {"MD5": "md5", "SHA-1": "sha1", "SHA-256": "sha256", "SHA-384": "sha384", "SHA-512": "sha512"}


class FunctionError(ValueError):
    """An argument that the function cannot take."""


def partition(array: Json, size: float) -> Json:
    """Cut a list into lists of `size` items; the last may be shorter."""
    if not isinstance(array, list):
        raise FunctionError("$partition needs a list")
    chunk = math.floor(size)
    if chunk < 1:
        raise FunctionError(f"$partition needs a size of at least 1, not {chunk}")
    return [array[start : start + chunk] for start in range(0, len(array), chunk)]


def number_range(first: float, last: float, step: float) -> Json:
    """Numbers from `first` to `last`, both included."""
    start, end, stride = math.floor(first), math.floor(last), math.floor(step)
    if stride == 0:
        raise FunctionError("$range needs a step that is not 0")
    numbers = range(start, end + (1 if stride > 0 else -1), stride)
    if len(numbers) > RANGE_LIMIT:
        raise FunctionError(f"$range gives {len(numbers)} numbers; at most {RANGE_LIMIT} are allowed")
    return list(numbers)


def content_hash(content: Json, algorithm: str) -> Json:
    if content is None:
        raise FunctionError("$hash needs a content")
    if algorithm not in _ALGORITHMS:
        raise FunctionError(f"$hash knows {', '.join(_ALGORITHMS)}, not '{algorithm}'")
    text = content if isinstance(content, str) else json.dumps(content, separators=(",", ":"), ensure_ascii=False)
    return hashlib.new(_ALGORITHMS[algorithm], text.encode(errors="replace"), usedforsecurity=False).hexdigest()


def parse(text: str) -> Json:
    if not isinstance(text, str):
        raise FunctionError("$parse needs a string")
    try:
        value: Json = json.loads(text, parse_constant=_no_number, parse_float=_finite)
    except (ValueError, RecursionError) as error:
        raise FunctionError(f"$parse: this is not JSON: {error}") from None
    return value


def _no_number(text: str) -> Json:
    raise ValueError(f"{text} is not a number of JSON")


def _finite(text: str) -> Json:
    return number if math.isfinite(number := float(text)) else _no_number(text)


def seeded(seed: int) -> dict[str, Callable[..., Json]]:
    """$random and $uuid of one evaluation: the same seed gives the same sequence."""
    from random import Random  # here, since it costs every start of the command line otherwise

    source = Random(seed)  # noqa: S311 - repeatable on purpose

    def random(*own_seed: Json) -> Json:
        if not own_seed:
            return source.random()
        if len(own_seed) > 1 or not isinstance(own_seed[0], int | float):
            raise FunctionError("$random takes one number, its seed, or nothing")
        return Random(own_seed[0]).random()  # noqa: S311

    def new_uuid(*nothing: Json) -> Json:
        if nothing:
            raise FunctionError("$uuid takes no arguments")
        digits = f"{source.getrandbits(128):032x}"
        variant = "89ab"[int(digits[16], 16) % 4]
        return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-{variant}{digits[17:20]}-{digits[20:]}"

    return {"random": random, "uuid": new_uuid}


# name -> (function, JSONata signature)
PURE: dict[str, tuple[Callable[..., Any], str | None]] = {
    "partition": (partition, "<an:a>"),
    "range": (number_range, "<nnn:a>"),
    "hash": (content_hash, "<xs:s>"),
    "parse": (parse, "<s:x>"),
}
SEEDED = frozenset({"random", "uuid"})
ABSENT = frozenset({"eval"})

_JSONATA = """
abs append assert average base64decode base64encode boolean ceil clone contains count decodeUrl decodeUrlComponent
distinct each encodeUrl encodeUrlComponent error exists filter floor formatBase formatInteger formatNumber fromMillis
join keys length lookup lowercase map match max merge millis min not now number pad parseInteger power reduce replace
reverse round shuffle sift single sort split spread sqrt string substring substringAfter substringBefore sum toMillis
trim type uppercase zip
"""
BUILT_IN = frozenset(_JSONATA.split()) | PURE.keys() | SEEDED
