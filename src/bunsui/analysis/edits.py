"""A pipeline's operations as digests, key by key, and what an edit changed between two of them.

A digest of the code is handed in: files are read by the services. What a change reruns is decided in `recovery`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, fields, is_dataclass
from typing import Any

from bunsui.model.json import Json
from bunsui.model.pipeline import Operation, Pipeline, PipelineTask, RunIf, Task

Digests = Mapping[str, Mapping[str, str]]  # by operation (``parent.child`` when nested; "": the pipeline), then by key

WHOLE = ""
NEW, GONE, INSIDE = "new", "gone", "operations"
_HOW = frozenset({"retry", "timeout", "heartbeat", "max_concurrency", "mode", "idempotent", "memory", "cpu"})
_NO_WORK = ("child", "memory", "cpu")


def digests(
    pipeline: Pipeline, code: Callable[[Pipeline, Operation], str], path: str = ""
) -> dict[str, dict[str, str]]:
    """Of every operation, nested ones too. Keys with nothing in them are left out. `code` gives "" for no code."""
    found = {path[:-1]: {key: _digest(value) for key, value in _whole(pipeline)}} if not path else {}
    for operation in pipeline.operations.values():
        own = {key: _digest(value) for key, value in _keys(operation)}
        if known := code(pipeline, operation):
            own["code"] = known[:12]
        found[path + operation.name] = own
        child = operation.task.child if isinstance(operation.task, PipelineTask) else None
        if child is not None:
            own |= {f"{key} of it": _digest(value) for key, value in _whole(child) if key != "params"}
            found |= digests(child, code, f"{path}{operation.name}.")
    return found


def _whole(pipeline: Pipeline) -> Iterator[tuple[str, Json]]:
    given: dict[str, Any] = {
        "on_failure": pipeline.on_failure.value,
        "timeout": pipeline.timeout,
        "outputs": dict(pipeline.outputs),
        "runtime": pipeline.python,
        "params": {name: [one.type, one.required, one.default] for name, one in pipeline.params.items()},
        "definition": pipeline.definition and dict(pipeline.definition),
    }
    return ((key, value) for key, value in given.items() if value not in (None, {}))


def _keys(operation: Operation) -> Iterator[tuple[str, Any]]:
    """As they are named in the file. What only describes is not among them."""
    given: dict[str, Any] = {
        operation.kind: _task(operation.task),
        "needs": sorted(operation.needs),
        "with": dict(operation.arguments),
        "env": {name: _plain(value) for name, value in operation.env.items()},
        "when": operation.when,
        "run_if": None if operation.run_if is RunIf.ALL_SUCCESS else operation.run_if.value,
        "for_each": operation.for_each,
        "mode": None if operation.mode == "inline" else operation.mode,
        "max_concurrency": operation.max_concurrency,
        "tolerate": _plain(operation.tolerate),
        "timeout": operation.timeout,
        "heartbeat": operation.heartbeat,
        "retry": [_plain(one) for one in operation.retry],
        "inline": list(operation.inline),
        "idempotent": None if operation.idempotent else False,
        "memory": getattr(operation.task, "memory", None),
        "cpu": getattr(operation.task, "cpu", None),
    }
    return ((key, value) for key, value in given.items() if value not in (None, [], {}) or key == operation.kind)


def _task(task: Task) -> dict[str, Any]:
    return {one.name: _plain(getattr(task, one.name)) for one in fields(task) if one.name not in _NO_WORK}


def _plain(value: Any) -> Any:
    return asdict(value) if is_dataclass(value) and not isinstance(value, type) else value


def _digest(value: Any) -> str:
    text = json.dumps(value, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def changed(before: Digests, after: Digests) -> dict[str, tuple[str, ...]]:
    """By operation, the keys that are not the same, in their order; ``new`` and ``gone`` for the operation itself."""
    found: dict[str, tuple[str, ...]] = {}
    for name in [*after, *(name for name in before if name not in after)]:
        if name not in before:
            found[name] = (NEW,)
        elif name not in after:
            found[name] = (GONE,)
        elif keys := _differing(before[name], after[name]):
            found[name] = keys
    return _with_parents(found)


def _differing(before: Mapping[str, str], after: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(key for key in {**before, **after} if before.get(key) != after.get(key))


def _with_parents(found: dict[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    """A nested pipeline is not the same when an operation inside has another effect."""
    for name in list(found):
        parent = name.rpartition(".")[0]
        while parent and has_effect(found[name]):
            if INSIDE not in found.get(parent, ()) and found.get(parent) not in ((NEW,), (GONE,)):
                found[parent] = (*found.get(parent, ()), INSIDE)
            parent = parent.rpartition(".")[0]
    return found


def has_effect(keys: tuple[str, ...]) -> bool:
    """Whether what came of the operation may be another now. How it is tried and what it may use does not count."""
    return any(key not in _HOW for key in keys)
