"""Which state, operation and fan-out item every event of a history belongs to, told from the events alone.

Names of states are the compiler's convention: ``<operation>`` and ``<operation>.<role>``; bookkeeping is capitalised.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, replace

from bunsui.analysis.shape import Shape
from bunsui.model.history import HistoryEvent
from bunsui.model.json import Json


@dataclass(frozen=True, slots=True)
class Spot:
    """`state` is empty for events of the execution itself; `operation` is None for bookkeeping."""

    state: str = ""
    operation: str | None = None
    role: str = ""
    item: int | None = None

    @property
    def main(self) -> bool:
        """It is the operation's own work, not its gate, join or bookkeeping."""
        return self.role in ("", "item")


NOWHERE = Spot()
_CHANGING = frozenset({"attempt", "token", ":token"})  # what is different in every try of a call


def _lasting(value: Json) -> Json:
    if isinstance(value, dict):
        return {key: _lasting(item) for key, item in value.items() if key not in _CHANGING}
    if isinstance(value, list):
        return [_lasting(item) for item in value]
    if isinstance(value, str) and value.startswith('{"bunsui"'):
        with contextlib.suppress(ValueError):
            return _lasting(json.loads(value))
    return value


def _call(parameters: Json) -> str:
    return json.dumps(_lasting(parameters), sort_keys=True)


class Trace:
    """Feed it a history in order, in pieces of any size; it answers where each event happened."""

    def __init__(self, shapes: Iterable[Shape]) -> None:
        self._shapes = {shape.name: shape for shape in shapes}
        self._spots: dict[int, Spot] = {0: NOWHERE}
        self._calls: dict[str, Spot] = {}
        self._scheduled_so_far: list[tuple[Json, Spot]] = []  # not yet in `_calls`: only a redrive asks for them

    def spot(self, event: HistoryEvent) -> Spot:
        spot = self._find(event)
        if event.type == "TaskScheduled":
            spot = self._scheduled(event, spot)
        self._spots[event.id] = spot
        return spot

    def _scheduled(self, event: HistoryEvent, spot: Spot) -> Spot:
        """After a redrive a task is scheduled with no state entered: it is known by what it calls."""
        parameters = event.details.get("parameters")
        if spot.state:
            self._scheduled_so_far.append((parameters, spot))
            return spot
        self._calls |= {_call(given): there for given, there in self._scheduled_so_far}
        self._scheduled_so_far.clear()
        return self._calls.get(_call(parameters), spot)

    def _find(self, event: HistoryEvent) -> Spot:
        if event.type.startswith("Execution"):
            return NOWHERE
        before = self._spots.get(event.previous_id, NOWHERE)
        name = event.details.get("name")
        if event.type.endswith("StateEntered"):
            return self._named(str(name), before.item if self._inside_map(before, str(name)) else None)
        if event.type == "MapIterationStarted":
            index = event.details.get("index")
            return self._named(str(name), index if isinstance(index, int) else None)
        if event.type.endswith("StateExited"):
            return self._exited(str(name), before)
        return before

    def _exited(self, name: str, before: Spot) -> Spot:
        """A Map's exit follows the last event of its last iteration, and yet belongs to no item."""
        spot = self._named(name, None)
        if spot.operation is None or spot.state == spot.operation:
            return spot
        return replace(spot, item=before.item)

    def _inside_map(self, before: Spot, name: str) -> bool:
        """After the last iteration the chain leaves the Map: only states named for items are inside."""
        return before.item is not None and self._named(name, None).role.startswith("item")

    def _named(self, state: str, item: int | None) -> Spot:
        if state in self._shapes:
            return Spot(state, state, "", item)
        operation, _, role = state.partition(".")
        if operation in self._shapes and not self._shapes[operation].raw:
            return Spot(state, operation, role, item)
        return Spot(state, None, "", item)
