"""What a whole history tree comes to: every operation with the nested ones, their tries, and what was entered.

The live counterpart, which polls a backend, is `services.histories.LiveExecution`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from bunsui.analysis.given import given
from bunsui.analysis.progress import OperationView, Tracker
from bunsui.analysis.shape import Shape
from bunsui.analysis.tree import ExecutionTree
from bunsui.analysis.work import Try
from bunsui.model.json import Json


@dataclass(frozen=True, slots=True)
class Operation:
    """`tries` in order of their start. `item_errors`: of a fan-out, what failed, by index.

    `given` is what its task was handed (of a fan-out the item that was called last); None: no task was called.
    """

    view: OperationView
    tries: tuple[Try, ...] = ()
    item_errors: dict[int, str] = field(default_factory=dict)
    given: Json = None


def operations(tree: ExecutionTree, shapes: tuple[Shape, ...], path: str = "") -> Iterator[Operation]:
    """In the pipeline's order, those of a nested pipeline below their parent, as ``parent.child``."""
    tracker = Tracker(shapes)
    tracker.feed(tree.events)
    for view in tracker.views():
        work = tracker.work[view.name]
        tries = sorted((one for every in work.tries.values() for one in every), key=lambda one: one.started)
        named = replace(view, name=path + view.name, depth=path.count("."))
        yield Operation(named, tuple(tries), work.item_errors, given(work.called, work.put))
        child = tree.children.get(view.name)
        if child is not None and work.shape.inner:
            yield from operations(child, work.shape.inner, f"{path}{view.name}.")


def transitions(tree: ExecutionTree) -> int:
    """States entered, and calls made again: what Step Functions counts, nested pipelines included."""
    own = sum(event.type.endswith("StateEntered") for event in tree.events)
    calls = [event for event in tree.events if event.type in ("TaskScheduled", "LambdaFunctionScheduled")]
    entered = {event.id for event in tree.events if event.type.endswith("StateEntered")}
    own += sum(event.previous_id not in entered for event in calls)
    return own + sum(transitions(child) for child in tree.children.values())


def calls(tree: ExecutionTree, resource: str) -> int:
    """How often a resource was called, by a part of its ARN."""
    own = sum(
        event.type == "TaskScheduled"
        and resource in f"{event.details.get('resourceType')}:{event.details.get('resource')}"
        for event in tree.events
    )
    return own + sum(calls(child, resource) for child in tree.children.values())
