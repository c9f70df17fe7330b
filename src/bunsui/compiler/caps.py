"""How many bytes of outputs travel by value. What is larger goes into the object store and travels by reference.

Which caps a pipeline needs is found in `payload`; the task runtime, which is told them in `context`, applies them.
"""

from __future__ import annotations

from dataclasses import dataclass

_FLOOR = 4 * 1024  # below this a plain output of many small fields would not fit


@dataclass(frozen=True, slots=True)
class Caps:
    """Bytes of one operation's output, and of all items of a fan-out together."""

    operation: int = 32 * 1024
    fan_out: int = 100 * 1024

    def scaled(self, factor: float) -> Caps:
        return Caps(max(_FLOOR, int(self.operation * factor)), max(_FLOOR, int(self.fan_out * factor)))
