"""The done set of an execution, rebuilt from its history, and the input of the execution that goes on from it.

What a checkpoint is stored as, and when, is the services' work.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import TypeAlias

from bunsui.analysis.progress import Tracker
from bunsui.analysis.shape import Shape
from bunsui.analysis.tree import ExecutionTree
from bunsui.analysis.work import Work
from bunsui.model.json import Json


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What is known done. `resume` holds ok and skipped records whose ancestors are all ok or skipped.

    `partial` holds outputs of fan-out items by index; `children` the checkpoints of unfinished nested pipelines.
    `orphaned` names operations that completed (or items of them) below a failure: they are not done, and rerun at a
    raised generation. `unread` names those of `resume` whose outputs nothing will read: the next execution is not
    handed them.
    """

    resume: Mapping[str, Json] = field(default_factory=dict)
    partial: Mapping[str, Mapping[str, Json]] = field(default_factory=dict)
    children: Mapping[str, Checkpoint] = field(default_factory=dict)
    orphaned: tuple[str, ...] = ()
    unread: tuple[str, ...] = ()


Children: TypeAlias = Mapping[str, Callable[[], Checkpoint | None]]
"""Of nested pipelines, by their key; asked only for those that matter. None: it is gone from the backend."""


def checkpoint(tree: ExecutionTree, shapes: tuple[Shape, ...]) -> Checkpoint:
    """The checkpoint after this execution, with what it was itself given and did not come to use."""
    tracker = Tracker(shapes)
    tracker.feed(tree.events)
    inner = {shape.name: shape.inner for shape in shapes}
    children = {key: partial(checkpoint, child, inner[operation_of(key)]) for key, child in tree.children.items()}
    return checkpoint_of(tracker, children)


def checkpoint_of(tracker: Tracker, children: Children, given: Checkpoint = Checkpoint()) -> Checkpoint:
    """The same from a history that was read; `children` are asked for those of nested pipelines that did not end.

    `given` is what the execution began with, if that is known better than from its input.
    """
    given = from_json(dict(tracker.input)) if given == Checkpoint() else given
    done = done_set(tracker)
    open_ = [shape for shape in tracker.shapes if _is_open(shape, done)]
    return Checkpoint(
        resume={name: dict(record) for name, record in done.items()},
        partial=_partial(tracker, given, open_),
        children=_children(children, given, open_),
        orphaned=_orphaned(tracker, {*done, *(shape.name for shape in open_)}),
    )


def _is_open(shape: Shape, done: Mapping[str, object]) -> bool:
    return shape.name not in done and all(need in done for need in shape.needs)


def done_set(tracker: Tracker) -> dict[str, Mapping[str, Json]]:
    """Records of operations that are ok or skipped, and so is everything they depend on."""
    done: dict[str, Mapping[str, Json]] = {}
    waiting = [work for work in tracker.work.values() if _complete(work)]
    while waiting:
        before = len(waiting)
        waiting = [work for work in waiting if not _joins(work, done)]
        if len(waiting) == before:
            break
    return {name: done[name] for name in tracker.work if name in done}


def _joins(work: Work, done: dict[str, Mapping[str, Json]]) -> bool:
    """Put its record into the set, if it may be there by now."""
    if work.record is None or not all(need in done for need in work.shape.needs):
        return False
    done[work.shape.name] = work.record
    return True


def _complete(work: Work) -> bool:
    return work.record is not None and work.record.get("s") in ("ok", "skipped")


def _orphaned(tracker: Tracker, kept: Collection[str]) -> tuple[str, ...]:
    """What completed in vain, or items of it, or operations of a nested pipeline."""
    return tuple(
        name
        for name, work in tracker.work.items()
        if name not in kept and (work.outputs or work.children or (work.record or {}).get("s") == "ok")
    )


def _partial(tracker: Tracker, given: Checkpoint, open_: list[Shape]) -> dict[str, Mapping[str, Json]]:
    """Items that succeeded in this execution, and those it was given itself: it may have ended before it saw them."""
    found: dict[str, Mapping[str, Json]] = {}
    for shape in open_:
        if not shape.fan_out:
            continue
        now = {str(index): output for index, output in sorted(tracker.work[shape.name].outputs.items())}
        if items := {**given.partial.get(shape.name, {}), **now}:
            found[shape.name] = items
    return found


def _children(children: Children, given: Checkpoint, open_: list[Shape]) -> dict[str, Checkpoint]:
    """Of unfinished nested pipelines; one that this execution never reached is known from what it was given."""
    names = {shape.name for shape in open_}
    found = dict(given.children)
    for key, read in children.items():
        if operation_of(key) in names and (known := read()) is not None:
            found[key] = known
    return {key: known for key, known in found.items() if operation_of(key) in names}


def operation_of(key: str) -> str:
    """Of ``operation`` or, in a fan-out, ``operation[index]``."""
    return key.partition("[")[0]


def resume_input(
    session: str, params: Mapping[str, Json], generations: Mapping[str, int], known: Checkpoint | None = None
) -> dict[str, Json]:
    """The input of a session's execution: from nothing, or going on from what is known done.

    `generations` of nested operations (``parent.child``) are handed to them within `children`.
    """
    given = known or Checkpoint()
    return {
        "session": session,
        "params": dict(params),
        "generations": {name: number for name, number in generations.items() if "." not in name},
        **_known(given, generations),
    }


def _known(known: Checkpoint, generations: Mapping[str, int]) -> dict[str, Json]:
    return {
        "resume": {
            name: _status_only(record) if name in known.unread else record for name, record in known.resume.items()
        },
        "partial": {name: dict(items) for name, items in known.partial.items()},
        "children": _children_input(known, generations),
    }


def _status_only(record: Json) -> Json:
    return {"s": record.get("s")} if isinstance(record, dict) else record


def _children_input(known: Checkpoint, generations: Mapping[str, int]) -> dict[str, Json]:
    """By operation; what is known of a fan-out's items is by index within that."""
    found: dict[str, Json] = {}
    nested = {name.partition(".")[0] for name in generations if "." in name}
    for name in sorted(nested | {operation_of(key) for key in known.children}):
        inner = {path.removeprefix(f"{name}."): n for path, n in generations.items() if path.startswith(f"{name}.")}
        own: Json = {path: number for path, number in inner.items() if "." not in path}
        found[name] = {
            **_known(known.children.get(name, Checkpoint()), inner),
            **{key[len(name) + 1 : -1]: dict(_known(child, inner)) for key, child in _items_of(known, name)},
            "generations": own,
        }
    return found


def _items_of(known: Checkpoint, name: str) -> list[tuple[str, Checkpoint]]:
    return [(key, child) for key, child in known.children.items() if key.startswith(f"{name}[")]


def raised(generations: Mapping[str, int], names: tuple[str, ...]) -> dict[str, int]:
    """Generations after an explicit rerun of these operations."""
    return {**generations, **{name: generations.get(name, 0) + 1 for name in names}}


def orphans(known: Checkpoint) -> tuple[str, ...]:
    """Every operation that reruns although it had completed, nested ones as ``parent.child``."""
    found = dict.fromkeys(known.orphaned)
    for key, child in known.children.items():
        found |= dict.fromkeys(f"{operation_of(key)}.{name}" for name in orphans(child))
    return tuple(found)


def to_json(known: Checkpoint) -> dict[str, Json]:
    """As it is stored."""
    return {
        "resume": dict(known.resume),
        "partial": {name: dict(items) for name, items in known.partial.items()},
        "children": {key: to_json(child) for key, child in known.children.items()},
        "orphaned": list(known.orphaned),
        "unread": list(known.unread),
    }


def from_json(value: Mapping[str, Json]) -> Checkpoint:
    """Of a stored checkpoint, or of an execution's input."""
    return Checkpoint(
        resume=_object(value.get("resume")),
        partial={name: _object(items) for name, items in _object(value.get("partial")).items()},
        children=dict(_children_of(_object(value.get("children")))),
        orphaned=_names(value.get("orphaned")),
        unread=_names(value.get("unread")),
    )


def _names(value: Json) -> tuple[str, ...]:
    return tuple(str(name) for name in value) if isinstance(value, list) else ()


def _children_of(children: Mapping[str, Json]) -> Iterator[tuple[str, Checkpoint]]:
    for name, value in children.items():
        child = from_json(_object(value))
        if child != Checkpoint():
            yield name, child
        for index, item in _object(value).items():
            if index.isdecimal():
                yield f"{name}[{index}]", from_json(_object(item))


def _object(value: Json) -> dict[str, Json]:
    return value if isinstance(value, dict) else {}
