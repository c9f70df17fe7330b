"""What is wrong with a definition, all of it at once, in AWS's words where they are known. How states hang together is
checked in `transitions`, expressions in `machine`, where they are compiled."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import cast

from bunsui.asl import fields
from bunsui.asl.language import DefinitionProblem
from bunsui.asl.path_validation import path_rules
from bunsui.asl.resource import parse_resource
from bunsui.asl.timestamps import parsed
from bunsui.asl.transitions import repeated_names, transitions
from bunsui.expressions import is_expression
from bunsui.model.json import Json

Problems = Iterator[DefinitionProblem]
Object = Mapping[str, Json]

_NAME_LENGTH = 80
_VARIABLE = re.compile(r"[^\W\d]\w*")


def problems(definition: Json) -> Problems:
    """Everything but the expressions."""
    if not isinstance(definition, dict):
        yield DefinitionProblem("/", "A definition must be a JSON object", "INVALID_JSON_DESCRIPTION")
        return
    language = definition.get("QueryLanguage", "JSONPath")
    if not isinstance(language, str) or language not in ("JSONata", "JSONPath"):
        yield DefinitionProblem("/QueryLanguage", "QueryLanguage must be 'JSONata' or 'JSONPath'")
    if "TimeoutSeconds" in definition:
        yield from _number("", definition, "TimeoutSeconds", 1, 99_999_999, literal=True)
    yield from _machine(definition, "", fields.MACHINE, language == "JSONata")
    yield from repeated_names(definition)


def _machine(machine: Object, path: str, allowed: frozenset[str], jsonata: bool) -> Problems:
    yield from _unknown(machine, allowed, path)
    missing = [name for name in ("States", "StartAt") if name not in machine]
    if missing:
        yield DefinitionProblem(path or "/", f"These fields are required: [{', '.join(missing)}]")
        return
    states = machine["States"]
    if not isinstance(states, dict) or not states:
        yield DefinitionProblem(f"{path}/States", "States must be an object with at least one state")
        return
    for name, state in states.items():
        yield from state_problems(name, state, f"{path}/States/{name}", jsonata)
    yield from transitions(machine, states, path)


def state_problems(name: str, state: Json, path: str, jsonata: bool) -> Problems:
    """Of one state and what is inside of it; `jsonata` is its machine's language."""
    if not isinstance(state, dict):
        yield DefinitionProblem(path, "A state must be an object")
        return
    if len(name) > _NAME_LENGTH:
        yield DefinitionProblem(path, f"The name of a state has at most {_NAME_LENGTH} characters")
    kind = state.get("Type")
    if not isinstance(kind, str) or kind not in fields.STATE:
        allowed = ", ".join(fields.STATE)
        yield DefinitionProblem(f"{path}/Type", f"The field 'Type' should have one of these values: [{allowed}]")
        return
    if _language_problem := _query_language(state, path, jsonata):
        yield _language_problem
        return
    own = state.get("QueryLanguage", "JSONata" if jsonata else "JSONPath") == "JSONata"
    yield from _state_fields(kind, state, path, own)
    yield from _values(kind, state, path, jsonata, own)


def _query_language(state: Object, path: str, jsonata: bool) -> DefinitionProblem | None:
    language = state.get("QueryLanguage")
    if jsonata and language == "JSONPath":
        message = "'QueryLanguage' can not be 'JSONPath' if set to 'JSONata' for whole state machine"
        return DefinitionProblem(path, message)
    if "QueryLanguage" in state and language not in ("JSONata", "JSONPath"):
        return DefinitionProblem(f"{path}/QueryLanguage", "QueryLanguage must be 'JSONata' or 'JSONPath'")
    return None


def _state_fields(kind: str, state: Object, path: str, own: bool) -> Problems:
    table = fields.STATE if own else fields.PATH_STATE
    yield from _unknown(state, table[kind], path, own)
    missing = [name for name in fields.REQUIRED.get(kind, ()) if name not in state]
    if missing == ["ItemProcessor"] and not own and "Iterator" in state:
        missing = []
    if missing:
        yield DefinitionProblem(path, f"These fields are required: [{', '.join(missing)}]")
    if "Next" in table[kind] and ("Next" in state) == (state.get("End") is True):
        yield DefinitionProblem(path, "Exactly one of 'Next' and 'End' is required")
    yield from _assign(state, path, own)
    yield from _handlers(state, path, own)


def _unknown(value: Object, allowed: frozenset[str], path: str, own: bool = True) -> Problems:
    for name in value:
        if name in allowed:
            continue
        if name in (fields.JSONPATH_ONLY if own else fields.JSONATA_ONLY):
            language, other = ("JSONata", "JSONPath") if own else ("JSONPath", "JSONata")
            message = f"The QueryLanguage is set to '{language}', but field '{name}' is only supported for the '{other}' QueryLanguage"  # noqa: E501
            yield DefinitionProblem(path or "/", message)
        elif name in fields.DISTRIBUTED:
            message = f"{name} does not run here yet"
            yield DefinitionProblem(path, message, "NOT_SUPPORTED")
        else:
            yield DefinitionProblem(path or "/", f"Field '{name}' is not supported")


def _assign(owner: Object, path: str, own: bool = True) -> Problems:
    assign = owner.get("Assign", {})
    if not isinstance(assign, dict):
        yield DefinitionProblem(f"{path}/Assign", "Assign must be an object")
        return
    for given in assign:
        name = given if own else given.removesuffix(".$")
        if not _VARIABLE.fullmatch(name) or name == "states" or len(name) > _NAME_LENGTH:
            yield DefinitionProblem(f"{path}/Assign/{name}", f"'{name}' is not a name for a variable")


def _handlers(state: Object, path: str, own: bool) -> Problems:
    for field, allowed, required in (
        ("Retry", fields.RETRIER, ("ErrorEquals",)),
        ("Catch", fields.CATCHER if own else fields.PATH_CATCHER, ("ErrorEquals", "Next")),
    ):
        handlers = state.get(field, [])
        if not isinstance(handlers, list):
            yield DefinitionProblem(f"{path}/{field}", f"{field} must be an array")
            continue
        for index, handler in enumerate(handlers):
            last = index == len(handlers) - 1
            yield from _handler(handler, f"{path}/{field}[{index}]", allowed, required, last, own)


def _handler(
    handler: Json, path: str, allowed: frozenset[str], required: tuple[str, ...], last: bool, own: bool
) -> Problems:
    if not isinstance(handler, dict):
        yield DefinitionProblem(path, "Must be an object")
        return
    yield from _unknown(handler, allowed, path, own)
    missing = [name for name in required if name not in handler]
    if missing:
        yield DefinitionProblem(path, f"These fields are required: [{', '.join(missing)}]")
    errors = handler.get("ErrorEquals", ["?"])
    if not isinstance(errors, list) or not errors or not all(isinstance(error, str) for error in errors):
        yield DefinitionProblem(f"{path}/ErrorEquals", "ErrorEquals must be a non-empty array of error names")
    elif "States.ALL" in errors and (len(errors) > 1 or not last):
        message = "States.ALL must be alone in ErrorEquals, and in the last place"
        yield DefinitionProblem(f"{path}/ErrorEquals", message)
    yield from _assign(handler, path, own)
    yield from _retrier_numbers(handler, path)


def _retrier_numbers(handler: Object, path: str) -> Problems:
    yield from _number(path, handler, "IntervalSeconds", 1, 99_999_999, literal=True)
    yield from _number(path, handler, "MaxAttempts", 0, 99_999_999, literal=True)
    yield from _number(path, handler, "MaxDelaySeconds", 1, 31_622_400, literal=True)
    yield from _number(path, handler, "BackoffRate", 1, 1e9, whole=False, literal=True)
    if handler.get("JitterStrategy", "NONE") not in ("NONE", "FULL"):
        yield DefinitionProblem(f"{path}/JitterStrategy", "JitterStrategy must be 'NONE' or 'FULL'")


def _number(
    path: str, value: Object, name: str, least: float, most: float, *, whole: bool = True, literal: bool = False
) -> Problems:
    """A number within bounds; an expression, where one may stand, is checked when it is evaluated."""
    number = value.get(name, least)
    if is_expression(number) and not literal:
        return
    right_type = isinstance(number, int if whole else (int, float)) and not isinstance(number, bool)
    if not right_type or not least <= cast(float, number) <= most:
        kind = "an integer" if whole else "a number"
        yield DefinitionProblem(f"{path}/{name}", f"{name} must be {kind} from {least:g} to {most:g}")


def _task(state: Object, path: str, jsonata: bool) -> Problems:
    resource = state.get("Resource")
    if "Resource" in state and (not isinstance(resource, str) or parse_resource(resource) is None):
        message = f"The resource provided {resource} is not recognized. The value is not a valid resource ARN, or the resource is not available in this region."  # noqa: E501
        yield DefinitionProblem(f"{path}/Resource", message)
    yield from _number(path, state, "TimeoutSeconds", 1, 99_999_999)
    yield from _number(path, state, "HeartbeatSeconds", 1, 99_999_999)
    timeout, heartbeat = state.get("TimeoutSeconds"), state.get("HeartbeatSeconds")
    if isinstance(timeout, int) and isinstance(heartbeat, int) and heartbeat >= timeout:
        yield DefinitionProblem(f"{path}/HeartbeatSeconds", "HeartbeatSeconds must be smaller than TimeoutSeconds")
    credentials = state.get("Credentials")
    if isinstance(credentials, dict) and "RoleArn" not in credentials:
        yield DefinitionProblem(f"{path}/Credentials", "The field 'RoleArn' is required but was missing")


def _wait(state: Object, path: str, jsonata: bool) -> Problems:
    if sum(name in state for name in ("Seconds", "Timestamp", "SecondsPath", "TimestampPath")) != 1:
        yield DefinitionProblem(path, "Exactly one of 'Seconds' and 'Timestamp' is required")
    yield from _number(path, state, "Seconds", 0, 99_999_999)
    timestamp = state.get("Timestamp")
    literal = isinstance(timestamp, str) and not is_expression(timestamp)
    if "Timestamp" in state and not is_expression(timestamp) and not (literal and parsed(cast(str, timestamp))):
        yield DefinitionProblem(f"{path}/Timestamp", "String does not match RFC3339 timestamp")


def _choice(state: Object, path: str, jsonata: bool) -> Problems:
    rules = state.get("Choices", [{}])
    if not isinstance(rules, list) or not rules:
        yield DefinitionProblem(f"{path}/Choices", "Choices must be a non-empty array")
        return
    for index, rule in enumerate(rules):
        place = f"{path}/Choices[{index}]"
        if not isinstance(rule, dict):
            yield DefinitionProblem(place, "Must be an object")
            continue
        yield from _unknown(rule, fields.RULE, place)
        missing = [name for name in ("Condition", "Next") if name not in rule] if "Choices" in state else []
        if missing:
            yield DefinitionProblem(place, f"These fields are required: [{', '.join(missing)}]")
        if not is_expression(rule.get("Condition", True)) and not isinstance(rule.get("Condition", True), bool):
            yield DefinitionProblem(f"{place}/Condition", "Condition must be a JSONata expression or a boolean")
        yield from _assign(rule, place)


def _fail(state: Object, path: str, jsonata: bool) -> Problems:
    for name in ("Error", "Cause"):
        if name in state and not isinstance(state[name], str):
            yield DefinitionProblem(f"{path}/{name}", f"{name} must be a string")


def _values(kind: str, state: Object, path: str, jsonata: bool, own: bool) -> Problems:
    """What fields hold. `jsonata` is the machine's language, which inner machines have, `own` the state's."""
    if not own:
        yield from _no_expressions(state, path)
    if not own and kind == "Choice":
        yield from path_rules(state, path)
    else:
        yield from _VALUES[kind](state, path, jsonata)


def _no_expressions(state: Object, path: str) -> Problems:
    """An expression is only a text in JSONPath."""
    for name in ("Seconds", "TimeoutSeconds", "HeartbeatSeconds", "MaxConcurrency", "ToleratedFailureCount"):
        if isinstance(state.get(name), str):
            yield DefinitionProblem(f"{path}/{name}", f"Expected value of type Integer for {name}")
    if is_expression(state.get("Timestamp")):
        yield DefinitionProblem(f"{path}/Timestamp", "String does not match RFC3339 timestamp")


def _parallel(state: Object, path: str, jsonata: bool) -> Problems:
    branches = state.get("Branches", [])
    if not isinstance(branches, list) or ("Branches" in state and not branches):
        yield DefinitionProblem(f"{path}/Branches", "Branches must be a non-empty array")
        return
    for index, branch in enumerate(branches):
        yield from _inner(branch, f"{path}/Branches[{index}]", fields.BRANCH, jsonata)


def _map(state: Object, path: str, jsonata: bool) -> Problems:
    if "Items" in state and not is_expression(state["Items"]) and not isinstance(state["Items"], list):
        yield DefinitionProblem(f"{path}/Items", "Items must be an array or a JSONata expression")
    yield from _number(path, state, "MaxConcurrency", 0, 99_999_999)
    yield from _number(path, state, "ToleratedFailureCount", 0, 99_999_999)
    yield from _number(path, state, "ToleratedFailurePercentage", 0, 100, whole=False)
    for name in ("ItemProcessor", "Iterator"):
        if name in state:
            yield from _processor(state[name], f"{path}/{name}", jsonata)


def _processor(processor: Json, path: str, jsonata: bool) -> Problems:
    config = processor.get("ProcessorConfig") if isinstance(processor, dict) else None
    if isinstance(config, dict) and config.get("Mode", "INLINE") not in ("INLINE", "DISTRIBUTED"):
        yield DefinitionProblem(f"{path}/ProcessorConfig/Mode", "Mode must be 'INLINE' or 'DISTRIBUTED'")
        return
    yield from _inner(processor, path, fields.PROCESSOR, jsonata)


def _inner(machine: Json, path: str, allowed: frozenset[str], jsonata: bool) -> Problems:
    if isinstance(machine, dict):
        yield from _machine(machine, path, allowed, jsonata)
    else:
        yield DefinitionProblem(path, "Must be an object")


def _nothing(state: Object, path: str, jsonata: bool) -> Problems:
    return iter(())


_VALUES = {
    "Task": _task,
    "Pass": _nothing,
    "Choice": _choice,
    "Wait": _wait,
    "Succeed": _nothing,
    "Fail": _fail,
    "Parallel": _parallel,
    "Map": _map,
}
