"""What screens ask the loader's threads for: a job, and who is told of its end."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from textual.message_pump import MessagePump

from bunsui.tui.messages import Told
from bunsui.workspace import Workspace

Job = Callable[[Workspace], Told | None]


@dataclass(frozen=True, slots=True)
class Asked:
    name: str
    job: Job
    to: MessagePump

    @property
    def key(self) -> tuple[str, int]:
        return self.name, id(self.to)


@dataclass(frozen=True, slots=True)
class Busy:
    """What a thread does, and since when (monotonic)."""

    asked: Asked
    since: float
