"""What of a checkpoint is kept when some of it is to run again, what that costs in completed work, and what then runs.

Which way out asks for what is in `recovery`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from bunsui.analysis.checkpoint import Checkpoint, operation_of
from bunsui.analysis.shape import Shape
from bunsui.model.json import Json
from bunsui.model.pipeline import RunIf

Shapes = tuple[Shape, ...]


def ancestors(shapes: Shapes, names: Collection[str]) -> frozenset[str]:
    """Everything that these need, and what that needs."""
    needs = {shape.name: shape.needs for shape in shapes}
    found: set[str] = set()
    pending = [need for name in names for need in needs.get(name, ())]
    while pending:
        if (name := pending.pop()) not in found:
            found.add(name)
            pending.extend(needs.get(name, ()))
    return frozenset(found)


def descendants(shapes: Shapes, names: Collection[str]) -> frozenset[str]:
    """Everything that needs one of these, and what needs that."""
    readers: dict[str, list[str]] = {}
    for shape in shapes:
        for need in shape.needs:
            readers.setdefault(need, []).append(shape.name)
    found: set[str] = set()
    pending = [reader for name in names for reader in readers.get(name, ())]
    while pending:
        if (name := pending.pop()) not in found:
            found.add(name)
            pending.extend(readers.get(name, ()))
    return frozenset(found)


def kept(
    known: Checkpoint, shapes: Shapes, forced: Collection[str] = (), given: Mapping[str, Json] | None = None
) -> Checkpoint:
    """Without what is forced to run again and all below it, closed under ancestors. `given` outputs count as done.

    `forced` may name operations of unfinished nested pipelines as ``parent.child``.
    """
    given = given or {}
    own = {name for name in forced if "." not in name}
    again = own | descendants(shapes, own)
    records = {name: record for name, record in known.resume.items() if name not in again}
    resume = _closed(records | {name: {"s": "ok", "o": output} for name, output in given.items()}, shapes)
    open_ = {s.name: s for s in shapes if s.name not in resume and all(need in resume for need in s.needs)}
    going_on = {name: shape for name, shape in open_.items() if name not in again}
    return Checkpoint(
        resume=resume,
        partial={name: items for name, items in known.partial.items() if name in going_on and going_on[name].fan_out},
        children=dict(_children(known, going_on, forced)),
        orphaned=tuple(name for name in known.orphaned if any(shape.name == name for shape in shapes)),
    )


def _closed(records: Mapping[str, Json], shapes: Shapes) -> dict[str, Json]:
    """Those whose ancestors are all among them, in the pipeline's order."""
    needs = {shape.name: shape.needs for shape in shapes if shape.name in records}
    while True:
        left = {name: own for name, own in needs.items() if all(need in needs for need in own)}
        if len(left) == len(needs):
            return {name: records[name] for name in needs}
        needs = left


def _children(
    known: Checkpoint, going_on: Mapping[str, Shape], forced: Collection[str]
) -> Iterator[tuple[str, Checkpoint]]:
    for key, child in known.children.items():
        name = operation_of(key)
        if name in going_on and going_on[name].inner:
            inside = {path.removeprefix(f"{name}.") for path in forced if path.startswith(f"{name}.")}
            yield key, kept(child, going_on[name].inner, inside)


def lost(known: Checkpoint, keeps: Checkpoint, path: str = "") -> tuple[str, ...]:
    """Operations that had completed, or items of them, of which nothing is kept: they rerun at a raised generation."""
    found = dict.fromkeys(path + name for name in known.orphaned)
    for name in [*known.resume, *(name for name, items in known.partial.items() if items)]:
        if name not in keeps.resume and name not in keeps.partial:
            found[path + name] = None
    for key, child in known.children.items():
        name = operation_of(key)
        if key in keeps.children:
            found |= dict.fromkeys(lost(child, keeps.children[key], f"{path}{name}."))
        elif name not in keeps.resume and child != Checkpoint():
            found[path + name] = None
    return tuple(found)


def inside(keeps: Checkpoint, path: str = "") -> tuple[str, ...]:
    """Operations of unfinished nested pipelines whose outputs are kept, as ``parent.child``."""
    found: dict[str, None] = {}
    for key, child in keeps.children.items():
        own = f"{path}{operation_of(key)}."
        found |= dict.fromkeys(own + name for name in child.resume)
        found |= dict.fromkeys(inside(child, own))
    return tuple(found)


@dataclass(frozen=True, slots=True)
class Outlook:
    """What comes of the operations that are not kept if nothing fails now. `maybe` also depends on a ``when``."""

    runs: tuple[str, ...]
    skipped: tuple[str, ...]
    maybe: tuple[str, ...]


def outlook(shapes: Shapes, records: Mapping[str, Json]) -> Outlook:
    """By the rules of `run_if`: what waits for a failure is skipped, and so is what needs that."""
    skips = {name for name, record in records.items() if isinstance(record, dict) and record.get("s") == "skipped"}
    order = _in_order(shapes)
    for shape in order:
        if shape.name not in records and _is_skipped(shape, skips):
            skips.add(shape.name)
    rest = [shape for shape in shapes if shape.name not in records]
    runs = tuple(shape.name for shape in rest if shape.name not in skips)
    maybe = {shape.name for shape in rest if shape.conditional}
    return Outlook(
        runs=runs,
        skipped=tuple(shape.name for shape in rest if shape.name in skips),
        maybe=tuple(name for name in runs if name in maybe | descendants(shapes, maybe)),
    )


def _is_skipped(shape: Shape, skips: Collection[str]) -> bool:
    if shape.run_if is RunIf.ONE_FAILED:
        return True
    return shape.run_if is RunIf.ALL_SUCCESS and any(need in skips for need in shape.needs)


def _in_order(shapes: Shapes) -> list[Shape]:
    """Each after what it needs."""
    found: dict[str, Shape] = {}
    waiting = list(shapes)
    while waiting:
        ready = [shape for shape in waiting if all(need in found for need in shape.needs)]
        if not ready:
            return [*found.values(), *waiting]
        found |= {shape.name: shape for shape in ready}
        waiting = [shape for shape in waiting if shape.name not in found]
    return list(found.values())


def longest(shapes: Shapes, runs: Collection[str], seconds: Mapping[str, float]) -> float:
    """Along the critical path of what runs; operations that were never timed take no time."""
    ends: dict[str, float] = {}
    for shape in _in_order(shapes):
        own = seconds.get(shape.name, 0.0) if shape.name in runs else 0.0
        ends[shape.name] = own + max((ends.get(need, 0.0) for need in shape.needs), default=0.0)
    return max(ends.values(), default=0.0)
