"""An existing ``.asl.json`` as a pipeline: read, and refused by name where the engine does not know it.

Whether it is a valid state machine is judged in `asl`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

from bunsui.definition.tree import shorten
from bunsui.model.json import Json
from bunsui.model.problem import Place, Problem

MAX_BYTES = 1 << 20  # Step Functions takes no larger definition


def parse(data: bytes, file: str) -> tuple[Mapping[str, Json] | None, list[Problem]]:
    """The definition, or why it cannot be one."""
    if len(data) > MAX_BYTES:
        return None, [Problem(Place(file), "a state machine is at most 1 MiB large.", "Cut it into nested pipelines.")]
    try:
        value: Json = json.loads(data.decode("utf-8-sig"), parse_constant=_no_number)
    except UnicodeDecodeError:
        return None, [Problem(Place(file), "the file is not UTF-8.", "Save it as UTF-8.")]
    except json.JSONDecodeError as error:
        place = Place(file, error.lineno, error.colno)
        return None, [Problem(place, f"this is not JSON: {error.msg}.", "A state machine is a JSON object.")]
    except (ValueError, RecursionError) as error:
        return None, [Problem(Place(file), f"this is not JSON: {error}.", "A state machine is a JSON object.")]
    if not isinstance(value, dict) or not isinstance(value.get("States"), dict):
        return None, [Problem(Place(file), "this is no state machine: it has no 'States'.", "Begin with StartAt.")]
    problems = list(_unsupported(value, file))
    return (None if problems else value), problems


def _no_number(text: str) -> Json:
    raise ValueError(f"{text} is not a number of JSON")


def _unsupported(machine: Mapping[str, Json], file: str) -> Iterator[Problem]:
    language = machine.get("QueryLanguage", "JSONPath")
    for name, state, inherited in _states(machine, str(language)):
        if state.get("QueryLanguage", inherited) != "JSONata":
            hint = 'Write "QueryLanguage": "JSONata" at the top, and its expressions in JSONata.'
            message = f"state '{shorten(name)}' is in JSONPath, which is not supported yet."
            yield Problem(Place(file), message, hint)
        if _mode(state) == "DISTRIBUTED":
            message = f"state '{shorten(name)}' is a distributed Map, which is not supported yet."
            yield Problem(Place(file), message, 'Use "Mode": "INLINE": at most 40 items at once.')


def _states(machine: Mapping[str, Json], inherited: str) -> Iterator[tuple[str, Mapping[str, Json], str]]:
    """All states, also those inside Parallel and Map, with the language around them."""
    states = machine.get("States")
    for name, state in states.items() if isinstance(states, dict) else ():
        if not isinstance(state, dict):
            continue
        yield name, state, inherited
        branches = state.get("Branches")
        parts: list[Json] = [*(branches if isinstance(branches, list) else []), state.get("ItemProcessor")]
        for part in (*parts, state.get("Iterator")):
            if isinstance(part, dict):
                yield from _states(part, str(part.get("QueryLanguage", inherited)))


def _mode(state: Mapping[str, Json]) -> Json:
    processor = state.get("ItemProcessor")
    config = processor.get("ProcessorConfig") if isinstance(processor, dict) else None
    return config.get("Mode") if isinstance(config, dict) else None
