"""Histories as they are read from a backend: a live execution with its nested pipelines, and whole trees.

What a history means is decided in `analysis`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cache, partial
from typing import Protocol

from bunsui.analysis.checkpoint import Checkpoint, checkpoint_of, operation_of
from bunsui.analysis.progress import OperationView, Tracker
from bunsui.analysis.seen import Seen, seen
from bunsui.analysis.shape import Shape
from bunsui.analysis.tree import ExecutionTree
from bunsui.analysis.work import Work
from bunsui.errors import NotFound
from bunsui.model.history import Execution, HistoryEvent
from bunsui.ports import StateMachines


class Histories(Protocol):
    """What of StateMachines is read here."""

    def describe(self, arn: str) -> Execution:
        """The execution as it is."""

    def history(self, arn: str, after: int = 0) -> Iterator[HistoryEvent]:
        """Events with ids greater than `after`."""


class LiveExecution:
    """An execution that is looked at again and again: `poll` reads only what is new, nested pipelines too."""

    def __init__(
        self,
        machines: Histories,
        arn: str,
        shapes: tuple[Shape, ...],
        path: str = "",
        given: Checkpoint = Checkpoint(),
    ) -> None:
        """`given` is what the execution began with; it was not handed the outputs that it does not read."""
        self.arn = arn
        self._machines = machines
        self._given = given
        self._tracker = Tracker(shapes)
        self._path = path
        self._children: dict[str, LiveExecution] = {}
        self._views: tuple[OperationView, ...] | None = None  # as of the last poll that read something new

    def poll(self) -> bool:
        """Whether there was anything new."""
        before = self._tracker.last_id
        self._tracker.feed(self._machines.history(self.arn, before))
        self._tracker.complete(self._given.resume)
        new = self._tracker.last_id != before
        for name, work in self._tracker.work.items():
            if work.shape.inner and None in work.children:
                new = self._child(name, work).poll() or new
        if new:
            self._views = None
        return new

    def _child(self, name: str, work: Work) -> LiveExecution:
        """A retry or redrive of the parent starts another child: the newest is the one to look at."""
        arn = work.children[None]
        if name not in self._children or self._children[name].arn != arn:
            given = self._given.children.get(name, Checkpoint())
            self._children[name] = LiveExecution(self._machines, arn, work.shape.inner, f"{self._path}{name}.", given)
        return self._children[name]

    def views(self) -> tuple[OperationView, ...]:
        """Every operation, nested ones below their parent, named by their path. The same until a poll is new."""
        if self._views is None:
            self._views = tuple(self._made())
        return self._views

    def _made(self) -> Iterator[OperationView]:
        depth = self._path.count(".")
        for view in self._tracker.views():
            yield replace(view, name=self._path + view.name, depth=depth) if self._path else view
            if view.name in self._children:
                yield from self._children[view.name].views()

    def works(self) -> Iterator[tuple[str, Work]]:
        for name, work in self._tracker.work.items():
            yield self._path + name, work
        for child in self._children.values():
            yield from child.works()


def read_tree(machines: Histories, arn: str, shapes: tuple[Shape, ...]) -> ExecutionTree:
    """The whole history with those of nested pipelines. A child that is gone from the backend is left out."""
    events = tuple(machines.history(arn))
    tracker = Tracker(shapes)
    tracker.feed(events)
    children: dict[str, ExecutionTree] = {}
    for key, child, inner in _children_of(tracker):
        try:
            children[key] = read_tree(machines, child, inner)
        except NotFound:
            continue
    return ExecutionTree(machines.describe(arn), events, children)


@dataclass(frozen=True, slots=True)
class Known:
    """What a history tells of an execution: what is done after it, and what else a recovery must know."""

    checkpoint: Checkpoint = Checkpoint()
    seen: Seen = Seen()


def read_known(machines: StateMachines, arn: str, shapes: tuple[Shape, ...], given: Checkpoint = Checkpoint()) -> Known:
    """The history is read once and not kept: that of a long execution is large. `given`: what it began with."""
    tracker = Tracker(shapes)
    tracker.feed(machines.history(arn))
    tracker.complete(given.resume)
    nested = given.children
    children = {
        key: cache(partial(_child, machines, arn, inner, nested.get(key, Checkpoint())))
        for key, arn, inner in _children_of(tracker)
    }
    telling = {shape.name for shape in shapes if _has_delicate(shape.inner)}
    known = checkpoint_of(tracker, {key: partial(_checkpoint_of, read) for key, read in children.items()}, given)
    inside = {key: found.seen for key, read in children.items() if operation_of(key) in telling and (found := read())}
    return Known(known, seen(tracker, inside))


def _has_delicate(shapes: tuple[Shape, ...]) -> bool:
    """Whether an operation that should not run twice is among them: only then does it matter what began."""
    return any(not shape.idempotent or _has_delicate(shape.inner) for shape in shapes)


def _child(machines: StateMachines, arn: str, shapes: tuple[Shape, ...], given: Checkpoint) -> Known | None:
    try:
        return read_known(machines, arn, shapes, given)
    except NotFound:
        return None


def _checkpoint_of(read: Callable[[], Known | None]) -> Checkpoint | None:
    known = read()
    return known.checkpoint if known else None


def _children_of(tracker: Tracker) -> Iterator[tuple[str, str, tuple[Shape, ...]]]:
    """Key, ARN and operations of every nested pipeline that was started."""
    for name, work in tracker.work.items():
        for item, child in work.children.items():
            yield name if item is None else f"{name}[{item}]", child, work.shape.inner
