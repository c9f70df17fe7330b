"""JSON texts of parameters: read, with AWS's words for what is wrong with them; and written, as AWS gives them."""

from __future__ import annotations

import json
import re
from typing import Any

import orjson

from bunsui.local.payloads import dumps
from bunsui.model.json import Json

_WORD = re.compile(r"[A-Za-z_$][\w$]*")
_LONGEST_WORD = 40


class NotJson(ValueError):
    """`place` is (line, column) of the problem, from 1."""

    def __init__(self, message: str, place: tuple[int, int]) -> None:
        super().__init__(message)
        self.place = place


def parse(text: str) -> Any:
    """Raises NotJson with the words of AWS's own parser, as far as they are known."""
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        pass
    try:
        return json.loads(text, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        raise NotJson(_told(text, error), _place(text, error.pos)) from None
    except (ValueError, RecursionError) as error:
        raise NotJson(str(error) or "nested too deeply", (1, 1)) from None


def _no_constant(name: str) -> Any:
    raise ValueError(f"Non-standard token '{name}': enable JsonParser.Feature.ALLOW_NON_NUMERIC_NUMBERS to allow")


def _place(text: str, at: int) -> tuple[int, int]:
    word = _WORD.match(text, at)
    end = min(word.end() if word else at, len(text))
    return text.count("\n", 0, end) + 1, end - (text.rfind("\n", 0, end) + 1) + 1


def _told(text: str, error: json.JSONDecodeError) -> str:
    at = error.pos
    if at >= len(text.rstrip()):
        return "Unexpected end-of-input"
    character = text[at]
    if error.msg == "Expecting value" and (word := _WORD.match(text, at)):
        wanted = "(JSON String, Number, Array, Object or token 'null', 'true' or 'false')"
        return f"Unrecognized token '{word[0][:_LONGEST_WORD]}': was expecting {wanted}"
    wanted = {
        "Expecting property name enclosed in double quotes": "was expecting double-quote to start field name",
        "Expecting ',' delimiter": "was expecting comma to separate Object entries",
        "Expecting ':' delimiter": "was expecting a colon to separate field name and value",
    }.get(error.msg, "expected a valid value (JSON String, Number, Array, Object or token 'null', 'true' or 'false')")
    return f"Unexpected character ('{character}' (code {ord(character)})): {wanted}"


def written(value: Json) -> str:
    return dumps(value).decode()
