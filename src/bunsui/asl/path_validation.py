"""What is wrong with the rules of a Choice state in JSONPath. Paths are checked where they are compiled."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from bunsui.asl import fields
from bunsui.asl.comparisons import OPERATORS, kind_of
from bunsui.asl.language import DefinitionProblem
from bunsui.model.json import Json

Problems = Iterator[DefinitionProblem]
Object = Mapping[str, Json]

_GROUPS = ("And", "Or", "Not")
_VARIABLE = re.compile(r"[^\W\d]\w*(\.\$)?")


def path_rules(state: Object, path: str) -> Problems:
    rules = state.get("Choices", [{}])
    if not isinstance(rules, list) or not rules:
        yield DefinitionProblem(f"{path}/Choices", "Choices must be a non-empty array")
        return
    for index, rule in enumerate(rules if "Choices" in state else ()):
        place = f"{path}/Choices[{index}]"
        if not isinstance(rule, dict):
            yield DefinitionProblem(place, "Must be an object")
            continue
        if not isinstance(rule.get("Next"), str):
            yield DefinitionProblem(place, "These fields are required: [Next]")
        assign = rule.get("Assign", {})
        if not isinstance(assign, dict) or not all(_VARIABLE.fullmatch(name) for name in assign):
            yield DefinitionProblem(f"{place}/Assign", "Assign must be an object with names of variables")
        yield from _test(rule, place, fields.PATH_RULE)


def _test(rule: Object, path: str, beside: frozenset[str]) -> Problems:
    """A comparison, or And, Or, Not of tests; `beside` is what else may stand there."""
    groups = [name for name in _GROUPS if name in rule]
    operators = [name for name in rule if name in OPERATORS]
    for name in rule:
        if name not in beside and name not in groups and name not in operators and name != "Variable":
            yield DefinitionProblem(path, f"Field '{name}' is not supported")
    if groups:
        if len(groups) + len(operators) + ("Variable" in rule) > 1:
            yield DefinitionProblem(path, "A rule has exactly one of And, Or, Not and a comparison")
        yield from _group(groups[0], rule[groups[0]], f"{path}/{groups[0]}")
    elif len(operators) != 1 or not isinstance(rule.get("Variable"), str):
        yield DefinitionProblem(path, "A comparison has a Variable and exactly one operator")
    elif not kind_of(operators[0])(rule[operators[0]]):
        yield DefinitionProblem(f"{path}/{operators[0]}", f"{operators[0]} has a value of the wrong type")


def _group(name: str, value: Json, path: str) -> Problems:
    parts = [value] if name == "Not" else value
    if not isinstance(parts, list) or not parts:
        yield DefinitionProblem(path, f"{name} must be a non-empty array")
        return
    for index, part in enumerate(parts):
        place = path if name == "Not" else f"{path}[{index}]"
        if isinstance(part, dict):
            yield from _test(part, place, frozenset({"Comment"}))
        else:
            yield DefinitionProblem(place, "Must be an object")
