"""What must come of a spec, told from the rules of the design alone: nothing of the compiler is used here.

Statuses, when each operation starts and ends in virtual time, its value, and which calls are made.
"""

from __future__ import annotations

import heapq
from collections.abc import Mapping
from dataclasses import dataclass, field

from bunsui.model.pipeline import RunIf
from virtual.dags import Item, Node, Spec

MODULUS = 9973  # values stay small however deep the DAG


@dataclass(frozen=True)
class Fate:
    """`value` is what readers see (None: nothing). `called` are (item, start) of its task's calls, in order."""

    status: str  # ok, failed, upstream_failed, skipped
    start: float
    end: float
    value: int | None = None
    called: tuple[tuple[int | None, float], ...] = ()
    reused: bool = False
    items_ok: tuple[tuple[int, float], ...] = ()  # (index, end) of items that succeeded in this execution
    broken: float | None = None  # when it ends the execution under fail_fast


@dataclass(frozen=True)
class Known:
    """What is there before an execution: done operations, items of fan-outs, and calls that were made already."""

    done: Mapping[str, Fate] = field(default_factory=dict)
    items: Mapping[str, frozenset[int]] = field(default_factory=dict)
    calls: Mapping[tuple[str, int | None], int] = field(default_factory=dict)


def fates(spec: Spec, known: Known | None = None) -> dict[str, Fate]:
    """Under `continue`, of an execution that is not stopped. Start is 0."""
    known = known or Known()
    found: dict[str, Fate] = {}
    for node in spec.nodes:
        if node.name in known.done:
            found[node.name] = _reused(known.done[node.name])
        else:
            found[node.name] = _fate(spec, node, found, known)
    return found


def _reused(fate: Fate) -> Fate:
    return Fate(fate.status, 0.0, 0.0, fate.value, reused=True)


def _fate(spec: Spec, node: Node, found: Mapping[str, Fate], known: Known) -> Fate:
    needs = [found[need] for need in node.needs]
    start = max((need.end for need in needs), default=0.0)
    status = decided(node, [need.status for need in needs])
    if status is None and node.when is not None:
        holds = node.when if isinstance(node.when, bool) else found[node.when].status == "ok"
        status = None if holds else "skipped"
    if status is not None:
        return Fate(status, start, start)
    return _run(node, start, found, known)


def decided(node: Node, statuses: list[str]) -> str | None:
    """The status that run_if gives without running it; None: it runs."""
    failed = any(status in ("failed", "upstream_failed") for status in statuses)
    skipped = any(status == "skipped" for status in statuses)
    match node.run_if:
        case RunIf.ALL_DONE:
            return None
        case RunIf.ONE_FAILED:
            return None if failed else "skipped"
        case RunIf.NONE_FAILED:
            return "upstream_failed" if failed else None
        case _:
            return "upstream_failed" if failed else "skipped" if skipped else None


def _run(node: Node, start: float, found: Mapping[str, Fate], known: Known) -> Fate:
    if node.items is not None:
        return _fan_out(node, start, found, known)
    if node.kind == "wait":
        return Fate("ok", start, start + node.seconds)
    before = known.calls.get((node.name, None), 0)
    good, end, calls = _tries(node, Item(node.seconds, node.failures), before, None, start)
    value = None if node.kind == "approval" else (1 + received(node, found)) % MODULUS
    broken = None if good else end
    return Fate("ok" if good else "failed", start, end, value if good else None, tuple(calls), broken=broken)


def received(node: Node, found: Mapping[str, Fate]) -> int:
    return sum(value for read in node.reads if (value := found[read].value) is not None)


def _tries(
    node: Node, item: Item, before: int, index: int | None, start: float
) -> tuple[bool, float, list[tuple[int | None, float]]]:
    calls: list[tuple[int | None, float]] = []
    now = start
    for number in range(node.tries):
        calls.append((index, now))
        now += item.seconds
        if before + number + 1 > item.failures:
            return True, now, calls
        if number + 1 < node.tries:
            now += 1
    return False, now, calls


def _fan_out(node: Node, start: float, found: Mapping[str, Fate], known: Known) -> Fate:
    assert node.items is not None
    passed = known.items.get(node.name, frozenset())
    free = [start] * min(40, node.max_concurrency or 40)
    end, failed, ok_items, first = start, 0, [], None
    calls: list[tuple[int | None, float]] = []
    for index, item in enumerate(node.items):
        if index in passed:
            continue
        begin = heapq.heappop(free)
        good, over, own = _tries(node, item, known.calls.get((node.name, index), 0), index, begin)
        heapq.heappush(free, over)
        end, failed = max(end, over), failed + (not good)
        calls += own
        if good:
            ok_items.append((index, over))
        else:
            first = over if first is None else min(first, over)
    status = "failed" if failed > _allowed(node) else "ok"
    value = len(node.items) - failed if status == "ok" else None
    broken = first if node.tolerate is None else end if status == "failed" else None
    return Fate(status, start, end, value, tuple(calls), items_ok=tuple(ok_items), broken=broken)


def _allowed(node: Node) -> float:
    if node.tolerate is None or node.items is None:
        return 0
    if node.tolerate.count is not None:
        return node.tolerate.count
    return (node.tolerate.percent or 0) * len(node.items) / 100


def done_at(spec: Spec, found: Mapping[str, Fate], moment: float = float("inf")) -> dict[str, Fate]:
    """Ok or skipped by then, and so is every ancestor."""
    done: dict[str, Fate] = {}
    for node in spec.nodes:
        fate = found[node.name]
        good = fate.status in ("ok", "skipped") and fate.end <= moment
        if good and all(need in done for need in node.needs):
            done[node.name] = fate
    return done


def breaks_at(found: Mapping[str, Fate]) -> float | None:
    """When a failure ends the execution under fail_fast."""
    return min((fate.broken for fate in found.values() if fate.broken is not None), default=None)


def critical_path(spec: Spec, found: Mapping[str, Fate]) -> float:
    """The longest chain of operations that ran, by their own durations."""
    longest: dict[str, float] = {}
    for node in spec.nodes:
        fate = found[node.name]
        longest[node.name] = max((longest[need] for need in node.needs), default=0.0) + fate.end - fate.start
    return max(longest.values(), default=0.0)
