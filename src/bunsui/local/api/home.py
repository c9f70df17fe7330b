"""What the operations of the API work on: the engine's commands, what may be read of it, the folder of functions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from bunsui.local.api.reading import ApiReader
from bunsui.local.state_machines import LocalStateMachines


@dataclass(frozen=True, slots=True)
class ApiHome:
    """`clock` gives seconds since the epoch. `end` is told how long to wait for an execution, and whether it ended."""

    engine: LocalStateMachines
    reader: ApiReader
    functions: Path
    clock: Callable[[], float]
    sleep: Callable[[float], None]
