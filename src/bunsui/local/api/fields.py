"""The parameters that operations take, with the constraints that AWS documents for them, and how they are checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bunsui.local.api import failures

_TYPES: Mapping[str, tuple[type, ...]] = {
    "String": (str,),
    "Integer": (int,),
    "Boolean": (bool,),
    "List": (list,),
    "Map": (dict,),
}
_KINDS: Mapping[type, str] = {
    str: "STRING_VALUE",
    bool: "BOOLEAN_VALUE",
    int: "NUMBER_VALUE",
    float: "NUMBER_VALUE",
    list: "START_ARRAY",
    dict: "START_OBJECT",
}


@dataclass(frozen=True, slots=True)
class Field:
    """`least` and `most` are lengths of texts and values of numbers. What is `hidden` is not repeated in messages."""

    kind: str = "String"
    required: bool = False
    least: int | None = None
    most: int | None = None
    values: tuple[str, ...] = ()
    hidden: bool = False


Fields = Mapping[str, Field]


def checked(fields: Fields, given: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters that there are, without those that are null or unknown. Raises ApiError with all problems."""
    problems: list[str] = []
    found: dict[str, Any] = {}
    for name, field in fields.items():
        value = given.get(name)
        if value is None:
            if field.required:
                problems.append(f"Value null at '{name}' failed to satisfy constraint: Member must not be null")
            continue
        _demand_type(field, value)
        problems += (_told(name, field, value, rule) for rule in _broken(field, value))
        found[name] = value
    if problems:
        raise failures.validation(problems)
    return found


def _demand_type(field: Field, value: Any) -> None:
    if not isinstance(value, _TYPES[field.kind]) or (field.kind == "Integer" and isinstance(value, bool)):
        kind = _KINDS.get(type(value), "VALUE")
        if kind.startswith("START"):
            raise failures.serialization(
                f"Start of {'list' if kind == 'START_ARRAY' else 'structure or map'} found where not expected"
            )
        raise failures.serialization(f"{kind} can not be converted to {_article(field.kind)}")
    if isinstance(value, str) and not _is_text(value):
        raise failures.serialization("a text is not Unicode")


def _article(kind: str) -> str:
    return f"an {kind}" if kind == "Integer" else f"a {kind}"


def _is_text(value: str) -> bool:
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def _broken(field: Field, value: Any) -> list[str]:
    rules: list[str] = []
    size, what = (len(value), "length") if field.kind == "String" else (value, "value")
    if field.least is not None and size < field.least:
        rules.append(f"Member must have {what} greater than or equal to {field.least}")
    if field.most is not None and size > field.most:
        rules.append(f"Member must have {what} less than or equal to {field.most}")
    if field.values and value not in field.values:
        rules.append(f"Member must satisfy enum value set: [{', '.join(field.values)}]")
    return rules


def _told(name: str, field: Field, value: Any, rule: str) -> str:
    shown = "Value" if field.hidden else f"Value '{value}'"
    return f"{shown} at '{name}' failed to satisfy constraint: {rule}"
