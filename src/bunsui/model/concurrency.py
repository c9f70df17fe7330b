"""What a pipeline says under `concurrency:`, as it is acted on.

Who is admitted when is decided in `analysis.admission`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from bunsui.model.json import Json


class OnExcess(StrEnum):
    """What becomes of a session when `max_sessions` of its pipeline are open already."""

    QUEUE = "queue"
    REJECT = "reject"
    SKIP = "skip"
    CANCEL_OLDEST = "cancel_oldest"


@dataclass(frozen=True, slots=True)
class Concurrency:
    """`slots` are of the pool; a higher `priority` is worth as many minutes of waiting."""

    max_sessions: int | None = None
    on_excess: OnExcess = OnExcess.QUEUE
    pool: str | None = None
    slots: int = 1
    priority: int = 0

    @staticmethod
    def of(policies: Mapping[str, Json]) -> Concurrency:
        """Of a pipeline's or a session's policies, which were checked when the file was read."""
        found: Any = policies.get("concurrency") or {}
        return Concurrency(
            max_sessions=found.get("max_sessions"),
            on_excess=OnExcess(found.get("on_excess", "queue")),
            pool=found.get("pool"),
            slots=found.get("slots", 1),
            priority=found.get("priority", 0),
        )

    def queue(self, pipeline: str) -> str | None:
        """Where its sessions wait: the pool's name, else ``pipeline/<name>`` when they are counted; None: nowhere."""
        if self.pool is not None:
            return self.pool
        return f"pipeline/{pipeline}" if self.max_sessions is not None else None
