"""What a plain (unquoted) scalar means: YAML 1.2's core schema, and what older readers would have made of it."""

from __future__ import annotations

import re
from typing import NamedTuple

from bunsui.model.json import Json


class Surprise(NamedTuple):
    """Why another reader would see something else, and what to write instead."""

    message: str
    hint: str


_WORDS: dict[str, Json] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_INTEGER = re.compile(r"[-+]?[0-9]+")
_BASED = re.compile(r"0o[0-7]{1,20}|0x[0-9a-fA-F]{1,16}")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_LEADING_ZERO = re.compile(r"[-+]?0[0-9]+")
_SEXAGESIMAL = re.compile(r"[-+]?[0-9]+(?::[0-5]?[0-9])+(?:\.[0-9]*)?")
_UNDERSCORES = re.compile(r"[-+]?[0-9][0-9]*(?:_[0-9]+)+(?:\.[0-9_]*)?")
_BINARY = re.compile(r"[-+]?0b[01_]+")
_NOT_FINITE = re.compile(r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)")
_EXACT = 2**53
_YES = frozenset({"yes", "Yes", "YES", "on", "On", "ON"})
_NO = frozenset({"no", "No", "NO", "off", "Off", "OFF"})


def plain(text: str) -> tuple[Json, Surprise | None]:
    """The value, and a surprise where YAML 1.1 and 1.2, or YAML and JSON, disagree about it."""
    if text in _WORDS:
        return _WORDS[text], None
    if text in _YES or text in _NO:
        return text, _word(text)
    if text[0] not in "+-.0123456789":
        return text, None
    if _INTEGER.fullmatch(text):
        return _integer(text)
    if _BASED.fullmatch(text):
        return int(text, 0), None
    if _FLOAT.fullmatch(text):
        return _float(text)
    return text, _oddity(text)


def _word(text: str) -> Surprise:
    meaning = "true" if text in _YES else "false"
    return Surprise(
        f"unquoted, '{text}' is a word to some readers of YAML and {meaning} to others.",
        f'Write {meaning}, or "{text}" in quotes.',
    )


def _integer(text: str) -> tuple[Json, Surprise | None]:
    if _LEADING_ZERO.fullmatch(text):
        hint = f'Write {text.lstrip("+-0")[:40] or "0"}, or "{text[:40]}" in quotes.'
        return text, Surprise(f"a number with a leading zero, {text[:40]}, is octal to some readers of YAML.", hint)
    if len(text) > 17 or abs(int(text)) > _EXACT:
        return text, Surprise(f"{text[:40]} is too large a number: expressions would lose digits of it.", _QUOTES)
    return int(text), None


def _float(text: str) -> tuple[Json, Surprise | None]:
    number = float(text)
    if number in (float("inf"), float("-inf")):
        return text, Surprise(f"{text[:40]} is too large a number.", _QUOTES)
    return number, None


_QUOTES = "Write it in quotes."


def _oddity(text: str) -> Surprise | None:
    if _SEXAGESIMAL.fullmatch(text):
        return Surprise(f"unquoted, {text[:40]} is a number in base 60 to some readers of YAML.", _QUOTES)
    if _UNDERSCORES.fullmatch(text) or _BINARY.fullmatch(text):
        return Surprise(f"unquoted, {text[:40]} is a number to some readers of YAML and a text to others.", _QUOTES)
    if _NOT_FINITE.fullmatch(text):
        return Surprise(f"{text} is no number that JSON knows.", _QUOTES)
    return None
