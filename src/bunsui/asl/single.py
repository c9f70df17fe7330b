"""A state on its own, without the machine that it belongs to: checked and made, wherever its Next may lead."""

from __future__ import annotations

from collections.abc import Mapping

from bunsui.asl.language import AnyState, InvalidDefinition
from bunsui.asl.machine import Builder
from bunsui.asl.validation import state_problems
from bunsui.model.json import Json


def single_state(definition: Mapping[str, Json], name: str, jsonata: bool) -> AnyState:
    """`jsonata`: its machine is. Raises InvalidDefinition with all problems."""
    builder = Builder(jsonata)
    place = f"/States/{name}"
    found = list(state_problems(name, dict(definition), place, jsonata))
    if not found:
        state = builder.state("", name, definition, place)
        found = builder.problems
    if found:
        raise InvalidDefinition(found)
    return state
