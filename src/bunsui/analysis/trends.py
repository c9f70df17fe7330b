"""How a pipeline fares over its sessions: how long it takes, how often it succeeds, what is slow in it, what is flaky.

Pure: sessions are handed in as what is stored of them; no history is read again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from math import ceil
from statistics import median


@dataclass(frozen=True, slots=True)
class Past:
    """A session that ended, the newest first. `seconds` None: it took several executions, or never began.

    `operations` are seconds of those that completed, `failed` those that failed of themselves, `again` those that were
    tried again. `definition` is the hash of the pipeline's text.
    """

    id: str
    status: str
    created: str  # RFC 3339, UTC
    seconds: float | None
    executions: int = 1
    began: frozenset[str] = frozenset()
    operations: Mapping[str, float] = field(default_factory=dict)
    failed: frozenset[str] = frozenset()
    again: frozenset[str] = frozenset()
    definition: str = ""


@dataclass(frozen=True, slots=True)
class Durations:
    """Seconds. `nearly` is what nine of ten do not pass; `latest` of the newest."""

    count: int
    fastest: float
    typical: float
    nearly: float
    slowest: float
    latest: float


@dataclass(frozen=True, slots=True)
class OperationTrend:
    """`sessions` in which it began; `failed` and `again` of these. `share` of all operations' typical time.

    `flaky`: with the same definition it succeeded and did not. `broken`: with the latest it never succeeded.
    """

    name: str
    sessions: int
    durations: Durations | None
    share: float
    failed: int
    again: int
    flaky: bool = False
    broken: bool = False

    @property
    def flakiness(self) -> float:
        """The share of sessions in which it did not succeed at once."""
        return (self.failed + self.again) / self.sessions if self.sessions else 0.0


@dataclass(frozen=True, slots=True)
class PipelineTrend:
    """`durations` are of sessions that completed in one execution; `recovered` of those that needed more."""

    pipeline: str
    sessions: tuple[Past, ...]
    completed: int
    recovered: int
    durations: Durations | None
    operations: tuple[OperationTrend, ...]

    @property
    def success_rate(self) -> float | None:
        """Of those that a person did not cancel."""
        judged = sum(one.status != "CANCELLED" for one in self.sessions)
        return self.completed / judged if judged else None

    @property
    def flakiest(self) -> tuple[OperationTrend, ...]:
        flaky = [one for one in self.operations if one.flaky]
        return tuple(sorted(flaky, key=lambda one: (-one.flakiness, -one.failed, one.name)))

    @property
    def broken(self) -> tuple[OperationTrend, ...]:
        """What fails whenever it runs: that is no flakiness."""
        return tuple(sorted((one for one in self.operations if one.broken), key=lambda one: (-one.failed, one.name)))


def trend(pipeline: str, sessions: Sequence[Past]) -> PipelineTrend:
    """`sessions` come newest first."""
    good = [one for one in sessions if one.status == "COMPLETED"]
    return PipelineTrend(
        pipeline,
        tuple(sessions),
        completed=len(good),
        recovered=sum(one.executions > 1 for one in good),
        durations=durations([one.seconds for one in good if one.seconds is not None]),
        operations=tuple(sorted(_operations(sessions), key=lambda one: (-one.share, one.name))),
    )


def durations(seconds: Sequence[float]) -> Durations | None:
    """None when there are none. The newest comes first."""
    if not seconds:
        return None
    ranked = sorted(seconds)
    nearly = ranked[ceil(0.9 * len(ranked)) - 1]
    return Durations(len(ranked), ranked[0], median(ranked), nearly, ranked[-1], seconds[0])


def _operations(sessions: Sequence[Past]) -> Iterator[OperationTrend]:
    names = list(dict.fromkeys(name for one in sessions for name in (*one.operations, *sorted(one.began | one.failed))))
    took = {name: durations([one.operations[name] for one in sessions if name in one.operations]) for name in names}
    whole = sum(found.typical for found in took.values() if found) or 1.0
    for name in names:
        found = took[name]
        yield OperationTrend(
            name,
            sessions=sum(_ran(name, one) for one in sessions),
            durations=found,
            share=found.typical / whole if found else 0.0,
            failed=sum(name in one.failed for one in sessions),
            again=sum(name in one.again - one.failed for one in sessions),
            flaky=_is_flaky(name, sessions),
            broken=_is_broken(name, sessions),
        )


def _ran(name: str, one: Past) -> bool:
    return name in one.began or name in one.operations or name in one.failed


def _is_flaky(name: str, sessions: Sequence[Past]) -> bool:
    """What needed a second try has failed and succeeded in one session; otherwise it takes two."""
    if any(name in one.again - one.failed for one in sessions):
        return True
    good = {one.definition for one in sessions if name in one.operations and name not in one.failed}
    return any(name in one.failed and one.definition in good for one in sessions)


def _is_broken(name: str, sessions: Sequence[Past]) -> bool:
    ran = [one for one in sessions if _ran(name, one)]
    latest = [one for one in ran if one.definition == ran[0].definition]
    return bool(latest) and all(name in one.failed for one in latest)
