"""Whether a value fits a parameter. Used for defaults in files and for what is given to a run."""

from __future__ import annotations

import json
import math
import re

from bunsui.definition.containers import Section
from bunsui.definition.tree import shorten
from bunsui.model.json import Json
from bunsui.model.pipeline import Parameter
from bunsui.model.problem import Place
from bunsui.patterns import Pattern

_EXACT = 2**53
_DEEPEST = 100
_HALF = re.compile("[\ud800-\udfff]")
_TYPES: dict[str, str] = {
    "string": "a text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "list": "a list",
    "object": "an object",
}


def parameter(name: str, section: Section, place: Place) -> Parameter:
    return Parameter(
        name=name,
        type=section.good("type", "string"),
        required=section.good("required", "default" not in section),
        default=section.good("default"),
        description=section.good("description", ""),
        minimum=section.good("minimum"),
        maximum=section.good("maximum"),
        min_length=section.good("min_length"),
        max_length=section.good("max_length"),
        pattern=section.good("pattern"),
        choices=section.good("choices", ()),
        place=place,
    )


def complaint(rules: Parameter, value: Json) -> str | None:
    """Why the value does not fit, as a sentence, or None."""
    if found := type_complaint(rules, value) or unfit(value):
        return found
    if rules.choices and value not in rules.choices:
        return f"expected {' or '.join(_show(choice) for choice in rules.choices)}, not {_show(value)}."
    if isinstance(value, int | float) and not isinstance(value, bool):
        return _range_complaint(rules, value)
    if isinstance(value, str | list):
        return _length_complaint(rules, value)
    return None


def type_complaint(rules: Parameter, value: Json) -> str | None:
    if has_type(rules.type, value):
        return None
    return f"expected {_TYPES[rules.type]}, not {_show(value)}."


def unfit(value: Json, depth: int = 1) -> str | None:
    """Why the value cannot travel through a state machine, as a sentence, or None."""
    match value:
        case str() if _HALF.search(value):
            return "the text is not Unicode: it holds half of a character."
        case bool() | None | str():
            return None
        case int() if abs(value) > _EXACT:
            return "the number is too large: expressions would lose digits of it. Make it a text."
        case float() if not math.isfinite(value):
            return "the number is too large."
        case list() | dict() if depth > _DEEPEST:
            return f"it is nested more than {_DEEPEST} levels deep."
        case list():
            return next(filter(None, (unfit(part, depth + 1) for part in value)), None)
        case dict():
            parts = (part for pair in value.items() for part in pair)
            return next(filter(None, (unfit(part, depth + 1) for part in parts)), None)
    return None


def has_type(kind: str, value: Json) -> bool:
    match kind:
        case "string":
            return isinstance(value, str)
        case "integer":
            return isinstance(value, int) and not isinstance(value, bool)
        case "number":
            return isinstance(value, int | float) and not isinstance(value, bool)
        case "boolean":
            return isinstance(value, bool)
        case "list":
            return isinstance(value, list)
    return isinstance(value, dict)


def _range_complaint(rules: Parameter, value: float) -> str | None:
    if rules.minimum is not None and value < rules.minimum:
        return f"{value:g} is less than {rules.minimum:g}, the minimum."
    if rules.maximum is not None and value > rules.maximum:
        return f"{value:g} is more than {rules.maximum:g}, the maximum."
    return None


def _length_complaint(rules: Parameter, value: str | list[Json]) -> str | None:
    what = "characters" if isinstance(value, str) else "items"
    if rules.min_length is not None and len(value) < rules.min_length:
        return f"{len(value)} {what} are fewer than {rules.min_length}, the minimum."
    if rules.max_length is not None and len(value) > rules.max_length:
        return f"{len(value)} {what} are more than {rules.max_length}, the maximum."
    if isinstance(value, str) and rules.pattern is not None and not Pattern(rules.pattern).fits(value):
        return f"{_show(value)} does not match the pattern {shorten(rules.pattern)}."
    return None


def _show(value: Json) -> str:
    if isinstance(value, str):
        return f"'{shorten(value)}'"
    return shorten(json.dumps(value, ensure_ascii=False))
