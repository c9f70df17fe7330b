"""What is given to a run, against the parameters of its pipeline: typed, complete, within the rules."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from bunsui.definition import values
from bunsui.definition.tree import shorten
from bunsui.errors import InvalidInput
from bunsui.model.json import Json
from bunsui.model.nearest import did_you_mean
from bunsui.model.pipeline import Parameter, Pipeline
from bunsui.model.problem import Place, Problem

_NOTHING: Mapping[str, str] = {}
_NO_VALUES: Mapping[str, Json] = {}
_WORDS = {"true": True, "false": False}


@dataclass(frozen=True, slots=True)
class Binding:
    """`params` has a value for every parameter; it is complete exactly when there are no problems."""

    params: Mapping[str, Json]
    problems: tuple[Problem, ...] = ()


def bind(pipeline: Pipeline, given: Mapping[str, Json], texts: Mapping[str, str] = _NOTHING) -> Binding:
    """`given` are typed values; `texts` are typed by a person (``-p month=3``) and win over them."""
    bound: dict[str, Json] = {}
    problems = list(_unknown(pipeline, [*given, *texts]))
    for name, rules in pipeline.params.items():
        try:
            value = _value(rules, given, texts)
        except ValueError as error:
            problems.append(Problem(rules.place, f"parameter '{name}': {error}", f"Give it with -p {name}=VALUE."))
        else:
            bound[name] = value
    return Binding(bound, tuple(problems))


def complaints(params: Mapping[str, Parameter], texts: Mapping[str, str]) -> dict[str, str]:
    """Why a run with these texts would be refused, as a sentence for each parameter that is at fault."""
    found: dict[str, str] = {}
    for name, rules in params.items():
        try:
            _value(rules, _NO_VALUES, texts)
        except ValueError as error:
            found[name] = str(error)
    return found


def parse_cli(text: str, params: Mapping[str, Parameter]) -> tuple[str, Json]:
    """``key=value`` as a name and a typed value. Raises InvalidInput."""
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise InvalidInput(f"'{shorten(text)}' is not of the form key=value", "Write -p key=value")
    if name not in params:
        hint = did_you_mean(name, params, f"The parameters are: {', '.join(params) or 'none'}.")
        raise InvalidInput(f"there is no parameter '{shorten(name)}'", hint)
    try:
        return name, from_text(params[name], value)
    except ValueError as error:
        raise InvalidInput(f"parameter '{name}': {error}", f"Write -p {name}=VALUE") from None


def from_text(rules: Parameter, text: str) -> Json:
    """The text as the parameter's type: lists and objects are JSON. Raises ValueError with a sentence."""
    if rules.type == "string":
        return text
    if rules.type == "boolean" and text.lower() in _WORDS:
        return _WORDS[text.lower()]
    try:
        value: Json = json.loads(text, parse_constant=_no_number)
    except (ValueError, RecursionError):
        value = text
    complaint = values.type_complaint(rules, value := _whole(rules, value))
    if complaint is None:
        return value
    json_hint = " It is written as JSON." if rules.type in ("list", "object") else ""
    raise ValueError(complaint + json_hint)


def _value(rules: Parameter, given: Mapping[str, Json], texts: Mapping[str, str]) -> Json:
    if rules.name in texts:
        value = from_text(rules, texts[rules.name])
    elif rules.name in given:
        value = _whole(rules, given[rules.name])
    elif rules.required:
        raise ValueError("it is missing.")
    else:
        return rules.default
    if complaint := values.complaint(rules, value):
        raise ValueError(complaint)
    return value


def _unknown(pipeline: Pipeline, names: list[str]) -> Iterator[Problem]:
    for name in dict.fromkeys(names):
        if name not in pipeline.params:
            there = ", ".join(pipeline.params) or "none"
            hint = did_you_mean(name, pipeline.params, f"The parameters are: {there}.")
            message = f"pipeline '{pipeline.name}' has no parameter '{shorten(name)}'."
            yield Problem(Place(pipeline.source), message, hint)


def _whole(rules: Parameter, value: Json) -> Json:
    """3.0 is a whole number, too."""
    if rules.type == "integer" and isinstance(value, float) and value.is_integer():
        return int(value)
    return value


def _no_number(text: str) -> Json:
    raise ValueError(text)
