"""An existing ``.asl.json`` as a pipeline: read, and what of it only Step Functions can run is said by its name.

Whether it is a valid state machine is judged in `asl`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence

from bunsui.definition.tree import shorten
from bunsui.model.json import Json
from bunsui.model.problem import Place, Problem, Severity

MAX_BYTES = 1 << 20  # Step Functions takes no larger definition


def parse(data: bytes, file: str) -> tuple[Mapping[str, Json] | None, list[Problem]]:
    """The definition, or why it cannot be one; with it what the engine of this machine does not know."""
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
    return value, list(_unsupported(value, file))


def _no_number(text: str) -> Json:
    raise ValueError(f"{text} is not a number of JSON")


def _unsupported(machine: Mapping[str, Json], file: str) -> Iterator[Problem]:
    states = list(_states(machine, str(machine.get("QueryLanguage", "JSONPath"))))
    in_paths = [name for name, state, inherited in states if state.get("QueryLanguage", inherited) != "JSONata"]
    distributed = [name for name, state, _ in states if _mode(state) == "DISTRIBUTED"]
    if in_paths:
        hint = 'To run it here, write "QueryLanguage": "JSONata" at the top, and its expressions in JSONata.'
        yield _elsewhere(file, in_paths, "in JSONPath", hint)
    if distributed:
        yield _elsewhere(file, distributed, "a distributed Map", 'To run it here, use "Mode": "INLINE".')


def _elsewhere(file: str, states: Sequence[str], what: str, hint: str) -> Problem:
    first, more = f"state '{shorten(states[0])}'", len(states) - 1
    told = f"{first} is {what}, which runs" if not more else f"{first}, like {more} more, is {what}, which runs"
    return Problem(Place(file), f"{told} on Step Functions only.", hint, Severity.WARNING)


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
