"""An execution with its history and those of its nested pipelines. Services read them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from bunsui.model.history import Execution, HistoryEvent


@dataclass(frozen=True, slots=True)
class ExecutionTree:
    """`children` are keyed by the operation that started them; in a fan-out by ``operation[index]``."""

    execution: Execution
    events: tuple[HistoryEvent, ...]
    children: Mapping[str, ExecutionTree] = field(default_factory=dict)
