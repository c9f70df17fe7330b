"""Definitions as texts: what is wrong with one, in AWS's words, by the type of machine that it is for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from bunsui.asl.language import DefinitionProblem, InvalidDefinition
from bunsui.asl.machine import parse
from bunsui.local.api import failures, texts

_NOT_EXPRESS = (".waitForTaskToken", ".sync:2", ".sync")
_SHOWN = 500  # characters of a text that is no JSON


def check(text: str, type: str) -> tuple[DefinitionProblem, ...]:
    """All problems; none if it is valid."""
    try:
        definition = texts.parse(text)
    except texts.NotJson as error:
        source = f'[Source: (String)"{text[:_SHOWN]}"; line: {error.place[0]}, column: {error.place[1]}]'
        return (DefinitionProblem(source, f"{error}\n at {source}", "INVALID_JSON_DESCRIPTION"),)
    if not isinstance(definition, dict):
        return (DefinitionProblem("/", "A definition must be a JSON object", "INVALID_JSON_DESCRIPTION"),)
    try:
        parse(definition)
    except InvalidDefinition as invalid:
        return invalid.problems
    return tuple(_for_express(definition, "")) if type == "EXPRESS" else ()


def demand_valid(text: str, type: str) -> None:
    """Raises ApiError (InvalidDefinition)."""
    if found := check(text, type):
        raise failures.invalid_definition(str(InvalidDefinition(found)))


def _for_express(machine: Any, path: str) -> Iterator[DefinitionProblem]:
    for name, state in machine["States"].items():
        place = f"{path}/States/{name}"
        resource = str(state.get("Resource", ""))
        pattern = next((ending for ending in _NOT_EXPRESS if resource.endswith(ending)), None)
        if pattern:
            message = f"Express state machine does not support '{pattern}' service integration "
            yield DefinitionProblem(f"{place}/Resource", message)
        if ":activity:" in resource:
            yield DefinitionProblem(f"{place}/Resource", "Express state machine does not support Activity ARN ")
        for index, branch in enumerate(state.get("Branches", [])):
            yield from _for_express(branch, f"{place}/Branches[{index}]")
        for field in ("ItemProcessor", "Iterator"):
            if field in state:
                yield from _for_express(state[field], f"{place}/{field}")
