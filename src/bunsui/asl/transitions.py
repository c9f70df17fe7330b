"""How the states of a definition hang together: targets that exist, states that are reached, an end, names used once.
The states themselves are checked in `validation`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from bunsui.asl import fields
from bunsui.asl.language import DefinitionProblem
from bunsui.model.json import Json

Problems = Iterator[DefinitionProblem]
Object = Mapping[str, Json]

_UNREACHABLE = "MISSING_TRANSITION_TARGET"


def transitions(machine: Object, states: Mapping[str, Json], path: str) -> Problems:
    edges = {name: list(_targets(state)) for name, state in states.items() if isinstance(state, dict)}
    start = machine["StartAt"]
    if not isinstance(start, str) or start not in states:
        yield DefinitionProblem(f"{path}/StartAt", f"Missing 'Next' target: {start}", _UNREACHABLE)
        return
    for name, targets in edges.items():
        for place, target in targets:
            if not isinstance(target, str) or target not in states:
                where = f"{path}/States/{name}/{place}"
                yield DefinitionProblem(where, f"Missing 'Next' target: {target}", _UNREACHABLE)
    seen = _reachable(start, edges)
    for name in states:
        if name not in seen:
            yield DefinitionProblem(f"{path}/States/{name}", f'State "{name}" is not reachable.', _UNREACHABLE)
    if not any(_terminal(state) for state in states.values()):
        yield DefinitionProblem(path or "/", "Workflow has no terminal state", "MISSING_END_STATE")


def _terminal(state: Json) -> bool:
    kind = state.get("Type") if isinstance(state, dict) else None
    if not isinstance(state, dict) or not isinstance(kind, str) or kind not in fields.STATE:
        return True  # it has a problem of its own
    return state.get("End") is True or kind in ("Succeed", "Fail")


def _targets(state: Object) -> Iterator[tuple[str, Json]]:
    for field in ("Next", "Default"):
        if field in state:
            yield field, state[field]
    for field in ("Choices", "Catch"):
        rules = state.get(field)
        for index, rule in enumerate(rules if isinstance(rules, list) else ()):
            if isinstance(rule, dict) and "Next" in rule:
                yield f"{field}[{index}]/Next", rule["Next"]


def _reachable(start: str, edges: Mapping[str, list[tuple[str, Json]]]) -> set[str]:
    seen: set[str] = set()
    waiting = [start]
    while waiting:
        name = waiting.pop()
        if name not in seen and name in edges:
            seen.add(name)
            waiting.extend(target for _, target in edges[name] if isinstance(target, str))
    return seen


def repeated_names(definition: Object) -> Problems:
    """A state's name is unique in the whole definition."""
    seen: set[str] = set()
    for path, name in _names(dict(definition), ""):
        if name in seen:
            message = f"Duplicate State name: {name}"
            yield DefinitionProblem(path, message, "DUPLICATE_STATE_NAME")
        seen.add(name)


def _names(machine: Json, path: str) -> Iterator[tuple[str, str]]:
    states = machine.get("States") if isinstance(machine, dict) else None
    for name, state in states.items() if isinstance(states, dict) else ():
        place = f"{path}/States/{name}"
        yield place, name
        if isinstance(state, dict):
            branches = state.get("Branches")
            for index, branch in enumerate(branches if isinstance(branches, list) else ()):
                yield from _names(branch, f"{place}/Branches[{index}]")
            for field in ("ItemProcessor", "Iterator"):
                yield from _names(state.get(field), f"{place}/{field}")
