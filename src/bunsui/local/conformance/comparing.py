"""What counts as the same: of values with places that may be anything, of ends, of histories."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bunsui.local.conformance.cases import Case
from bunsui.local.conformance.world import Observed

_ANY = "<any>"
_SHOWN = 300
_WHOLE = ("create_error", "request_error", "response")
_MISSING = object()

Event = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Verdict:
    """`full` None: no history was recorded. `why` says where they differ first."""

    final: bool
    full: bool | None = None
    why: str = ""

    @property
    def agrees(self) -> bool:
        return self.final and self.full is not False


def compare(case: Case, observed: Observed) -> Verdict:
    expected = case.expected
    for part in _WHOLE:
        if part in expected:
            same_ = part in observed and same(expected[part], observed[part])
            return Verdict(same_, None, "" if same_ else _differs(part, observed.get(part, observed), expected[part]))
    for field in ("status", "output", "error", "cause"):
        if field == "output" and expected.get("status") != "SUCCEEDED":
            continue
        wanted, found = expected.get(field, _MISSING), observed.get(field, _MISSING)
        if (wanted is _MISSING) != (found is _MISSING) or (wanted is not _MISSING and not same(wanted, found)):
            note = f" ({_short(observed)})" if field == "status" else ""
            return Verdict(False, False if "events" in expected else None, _differs(field, found, wanted) + note)
    if "events" not in expected:
        return Verdict(True)
    why = _history(expected["events"], observed["events"], loose=_concurrent(case.machine))
    return Verdict(True, not why, why)


def same(wanted: Any, found: Any) -> bool:
    """`<any>` stands for anything, in a text for any text; where an object is wanted, its JSON text will do."""
    if isinstance(wanted, str):
        return wanted == _ANY or (isinstance(found, str) and _matches(wanted, found))
    if isinstance(wanted, bool) or isinstance(found, bool) or wanted is None:
        return wanted is found
    if isinstance(wanted, dict):
        return _same_objects(wanted, _parsed(found))
    if isinstance(wanted, list):
        return isinstance(found, list) and len(wanted) == len(found) and all(map(same, wanted, found))
    return isinstance(found, (int, float)) and wanted == found


def _matches(wanted: str, found: str) -> bool:
    if _ANY not in wanted:
        return wanted == found
    return re.fullmatch(".*".join(map(re.escape, wanted.split(_ANY))), found, re.DOTALL) is not None


def _parsed(found: Any) -> Any:
    if not isinstance(found, str):
        return found
    try:
        return json.loads(found)
    except ValueError:
        return found


def _same_objects(wanted: Mapping[str, Any], found: Any) -> bool:
    """Keys with an `<any>` stand for as many others."""
    if not isinstance(found, dict) or len(wanted) != len(found):
        return False
    return all(_ANY in key or (key in found and same(value, found[key])) for key, value in wanted.items())


# Histories


def _concurrent(machine: Any) -> bool:
    """Whether AWS may have written the events in another order as well."""
    return any(
        (state.get("Type") == "Parallel" and len(state.get("Branches") or ()) > 1)
        or (state.get("Type") == "Map" and state.get("MaxConcurrency") != 1)
        for state in _states(machine)
    )


def _states(machine: Any) -> Iterator[Mapping[str, Any]]:
    for state in (machine.get("States") or {}).values() if isinstance(machine, dict) else ():
        if isinstance(state, dict):
            yield state
            for inner in (state.get("Iterator"), state.get("ItemProcessor"), *(state.get("Branches") or ())):
                yield from _states(inner)


def _history(wanted: Sequence[Event], found: Sequence[Event], *, loose: bool) -> str:
    """Where they differ first; empty if they do not."""
    if len(wanted) != len(found):
        return f"{len(found)} events instead of {len(wanted)}"
    if loose or any(event.get("unordered") for event in wanted):
        return _unordered(wanted, found)
    for one, other in zip(wanted, found, strict=True):
        for field in ("type", "id", "previousEventId", "details"):
            if not same(one[field], other[field]):
                return _differs(f"event {one['id']} {one['type']}: {field}", other[field], one[field])
    return ""


def _unordered(wanted: Sequence[Event], found: Sequence[Event]) -> str:
    """The same events in any order that has parents first, with the same last one."""
    if [event["id"] for event in found] != list(range(1, len(found) + 1)):
        return "the ids are not 1..n"
    if any(event["previousEventId"] >= event["id"] for event in found):
        return "an event comes before its parent"
    if wanted[-1]["type"] != found[-1]["type"]:
        return _differs("last event", found[-1]["type"], wanted[-1]["type"])
    left = list(found)
    for event in sorted(wanted, key=lambda event: json.dumps(event["details"]).count(_ANY)):
        match = next((o for o in left if o["type"] == event["type"] and same(event["details"], o["details"])), None)
        if match is None:
            return f"no event {event['type']} {_short(event['details'])}"
        left.remove(match)
    return ""


def _differs(what: str, found: Any, wanted: Any) -> str:
    return f"{what}: {_short(found)} instead of {_short(wanted)}"


def _short(value: Any) -> str:
    if value is _MISSING:
        return "nothing"
    text = json.dumps(value, default=str, ensure_ascii=False)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
