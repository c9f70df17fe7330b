"""The critical path of a run: the chain of operations that decided when it ended. Pure, from views of operations."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from bunsui.analysis.progress import OperationView


def critical_path(views: Sequence[OperationView]) -> tuple[str, ...]:
    """From the operation that ended last back over, each time, the dependency that ended last; in order of time.

    Operations of nested pipelines are not on it: their parent is. What never ran is on no path.
    """
    ran = {view.name: view for view in views if view.depth == 0 and view.ended is not None and view.started is not None}
    found: list[str] = []
    current = _last(ran.values())
    while current is not None and current.name not in found:
        found.append(current.name)
        current = _last([ran[need] for need in current.needs if need in ran])
    return tuple(reversed(found))


def ready(views: Iterable[OperationView], begin: float) -> dict[str, float]:
    """When nothing held an operation up any more: its last dependency had ended, or what it is in began.

    Empty for a machine without dependencies: its states follow each other, and nothing tells what each waited for.
    """
    found = {view.name: view for view in views}
    if not any(view.needs for view in found.values()):
        return {}
    return {name: _ready(view, found, begin) for name, view in found.items()}


def _ready(view: OperationView, found: Mapping[str, OperationView], begin: float) -> float:
    prefix = view.name.rpartition(".")[0]
    names = [f"{prefix}.{need}" if prefix else need for need in view.needs]
    ends = [found[name].ended for name in names if name in found]
    parent = found.get(prefix)
    start = parent.started if parent is not None and parent.started is not None else begin
    return max([start, *(end for end in ends if end is not None)])


def _last(views: Iterable[OperationView]) -> OperationView | None:
    return max(views, key=lambda view: (view.ended or 0.0, view.started or 0.0), default=None)
