"""What a recovery must know of an execution besides its checkpoint: what began, what was cut off, how long it took."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from bunsui.analysis.checkpoint import operation_of
from bunsui.analysis.progress import Tracker
from bunsui.analysis.work import Work
from bunsui.model.json import Json
from bunsui.model.status import OperationStatus


@dataclass(frozen=True, slots=True)
class Seen:
    """By operation; in `began` also those of nested pipelines, as ``parent.child``.

    `unexited`: its own task, wait or fan-out was entered and never left: what a redrive would run again. `seconds` are
    of operations that completed in this execution. `items` are the indexes of a fan-out that succeeded, `totals` how
    many it has.
    """

    statuses: Mapping[str, OperationStatus] = field(default_factory=dict)
    records: Mapping[str, Json] = field(default_factory=dict)
    unexited: tuple[str, ...] = ()
    began: frozenset[str] = frozenset()
    seconds: Mapping[str, float] = field(default_factory=dict)
    items: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    totals: Mapping[str, int] = field(default_factory=dict)
    nested: tuple[str, ...] = ()  # operations that started an execution of their own
    tries: Mapping[str, int] = field(default_factory=dict)  # of operations (or their items) that took more than one


def seen(tracker: Tracker, children: Mapping[str, Seen] | None = None) -> Seen:
    """From a history that was read, and what was seen of nested pipelines, by their key."""
    work = tracker.work
    return Seen(
        statuses={view.name: view.status for view in tracker.views()},
        records={name: dict(one.record) for name, one in work.items() if one.record is not None},
        unexited=tuple(name for name, one in work.items() if one.open and not one.record and _may_run_again(one)),
        began=frozenset(_began(tracker, children or {})),
        seconds={name: took for name, one in work.items() if (took := _took(one)) is not None},
        items={name: tuple(sorted(one.outputs)) for name, one in work.items() if one.outputs},
        totals={name: one.total for name, one in work.items() if one.total is not None},
        nested=tuple(name for name, one in work.items() if one.children),
        tries={name: most for name, one in work.items() if (most := _most_tries(one)) > 1},
    )


def _may_run_again(work: Work) -> bool:
    return not (work.shape.raw and work.shape.kind == "fail")


def _began(tracker: Tracker, children: Mapping[str, Seen]) -> Iterator[str]:
    for name, work in tracker.work.items():
        if work.tries or (work.started is not None and not work.reused):
            yield name
    for key, child in children.items():
        yield from (f"{operation_of(key)}.{name}" for name in child.began)


def _most_tries(work: Work) -> int:
    return max((len(tries) for tries in work.tries.values()), default=0)


def _took(work: Work) -> float | None:
    if work.reused or work.started is None or work.ended is None or (work.record or {}).get("s") != "ok":
        return None
    return work.ended - work.started
