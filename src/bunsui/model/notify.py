"""Who is told what: the key `notify` of a pipeline, and the same for all pipelines of a home."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from bunsui.model.alert import AlertKind, Target
from bunsui.model.json import Json
from bunsui.model.secret import Secret

CONSOLE = "console"
EVENTS: Mapping[str, AlertKind] = {
    "on_failure": AlertKind.FAILURE,
    "on_recovery": AlertKind.RECOVERY,
    "on_fixed": AlertKind.FIXED,
    "on_success": AlertKind.SUCCESS,
    "on_slow": AlertKind.SLOW,
    "on_queue": AlertKind.QUEUE,
}
TIMES = ("slow_after", "queue_after")
QUEUE_AFTER = 900.0  # seconds, if nobody says otherwise
_SILENT = frozenset({AlertKind.SUCCESS})  # not told unless somebody asks for it


@dataclass(frozen=True, slots=True)
class Notify:
    """`targets` of the kinds that are named; an empty list tells nobody. Times are seconds."""

    targets: Mapping[AlertKind, tuple[Target, ...]] = field(default_factory=dict)
    slow_after: float | None = None  # by the pipeline's own history if nobody says
    queue_after: float | None = None

    def to(self, kind: AlertKind) -> tuple[Target, ...]:
        """Where nothing is named: the console of whoever is there, and the record."""
        return self.targets.get(kind, () if kind in _SILENT else (Target(CONSOLE),))

    @property
    def queue_limit(self) -> float:
        return self.queue_after or QUEUE_AFTER


def parse(value: Json, folder: str) -> Notify:
    """From the checked JSON of a file; `folder` is where its ``file:`` references begin."""
    found = value if isinstance(value, dict) else {}
    targets = {
        kind: tuple(_target(one, folder) for one in listed)
        for event, kind in EVENTS.items()
        if isinstance(listed := found.get(event), list)
    }
    return Notify(targets, _seconds(found.get("slow_after")), _seconds(found.get("queue_after")))


def merged(own: Notify, around: Notify) -> Notify:
    """The pipeline's word counts, kind by kind; the home's where it has none."""
    return Notify(
        {**around.targets, **own.targets},
        own.slow_after if own.slow_after is not None else around.slow_after,
        own.queue_after if own.queue_after is not None else around.queue_after,
    )


def _target(value: Json, folder: str) -> Target:
    if isinstance(value, dict):
        return Target(Secret(str(value.get("secret"))), folder)
    return Target(str(value), folder)


def _seconds(value: Json) -> float | None:
    return float(value) if isinstance(value, int | float) else None
