"""An existing ``.asl.json`` as a pipeline: read, and what of it only Step Functions can run is said by its name.

Whether it is a valid state machine is judged in `asl`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

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


_ELSEWHERE = ("ItemReader", "ItemBatcher", "ResultWriter")  # of distributed Maps


def _unsupported(machine: Mapping[str, Json], file: str) -> Iterator[Problem]:
    for field in _ELSEWHERE:
        states = [name for name, state in _states(machine) if state.get("Type") == "Map" and field in state]
        if states:
            more = f", like {len(states) - 1} more," if len(states) > 1 else ""
            message = f"state '{shorten(states[0])}'{more} has '{field}', which works on Step Functions only."
            yield Problem(Place(file), message, "To run it here, leave it out.", Severity.WARNING)


def _states(machine: Mapping[str, Json]) -> Iterator[tuple[str, Mapping[str, Json]]]:
    """All states, also those inside Parallel and Map."""
    states = machine.get("States")
    for name, state in states.items() if isinstance(states, dict) else ():
        if not isinstance(state, dict):
            continue
        yield name, state
        branches = state.get("Branches")
        parts: list[Json] = [*(branches if isinstance(branches, list) else []), state.get("ItemProcessor")]
        for part in (*parts, state.get("Iterator")):
            if isinstance(part, dict):
                yield from _states(part)
