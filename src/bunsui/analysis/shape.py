"""What the reading side must know of a pipeline besides its history: names, kinds and dependencies of its operations.

Stored with each session, so that an old session reads the same after its file changed. Nothing here reads a history.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from bunsui.model.json import Json
from bunsui.model.pipeline import EcsTask, IntegrationTask, LambdaTask, Operation, Pipeline, PipelineTask, RunIf


@dataclass(frozen=True, slots=True)
class Shape:
    """An operation. `inner` are the operations of a nested pipeline; `raw`: a state of the user's own machine.

    `conditional`: whether it runs is also for an expression to say (`when`). `foreign`: on AWS it runs without our
    runtime, in a function or a container that was there before.
    """

    name: str
    kind: str
    needs: tuple[str, ...] = ()
    fan_out: bool = False
    raw: bool = False
    inner: tuple[Shape, ...] = ()
    run_if: RunIf = RunIf.ALL_SUCCESS
    conditional: bool = False
    idempotent: bool = True
    reads: tuple[str, ...] = ()  # operations whose outputs it reads
    foreign: bool = False


def shapes_of(pipeline: Pipeline) -> tuple[Shape, ...]:
    if pipeline.definition is not None:
        return tuple(_raw_shapes(pipeline.definition))
    return tuple(_shape(operation) for operation in pipeline.operations.values())


def _shape(operation: Operation) -> Shape:
    task = operation.task
    inner = shapes_of(task.child) if isinstance(task, PipelineTask) and task.child else ()
    return Shape(
        operation.name,
        operation.kind,
        operation.needs,
        operation.for_each is not None,
        inner=inner,
        run_if=operation.run_if,
        conditional=operation.when is not None,
        idempotent=operation.idempotent,
        reads=tuple(sorted(operation.reads)),
        foreign=_is_foreign(operation),
    )


def _is_foreign(operation: Operation) -> bool:
    match operation.task:
        case LambdaTask(function=str()) | EcsTask(task_definition=str()) | IntegrationTask():
            return True
    return False


def _raw_shapes(machine: Mapping[str, Json]) -> Iterator[Shape]:
    """Every state, those inside Parallel and Map too: a user's own machine has no other operations."""
    states = machine.get("States")
    for name, state in states.items() if isinstance(states, dict) else ():
        if not isinstance(state, dict):
            continue
        kind = str(state.get("Type", "")).lower()
        yield Shape(name, kind, fan_out=kind == "map", raw=True, foreign=kind == "task")
        branches = state.get("Branches")
        inner = [*(branches if isinstance(branches, list) else []), state.get("ItemProcessor"), state.get("Iterator")]
        for machine_inside in inner:
            if isinstance(machine_inside, dict):
                yield from _raw_shapes(machine_inside)


def to_json(shapes: tuple[Shape, ...]) -> list[Json]:
    return [
        {
            "name": shape.name,
            "kind": shape.kind,
            "needs": list(shape.needs),
            "fan_out": shape.fan_out,
            "raw": shape.raw,
            "inner": to_json(shape.inner),
            "run_if": shape.run_if.value,
            "conditional": shape.conditional,
            "idempotent": shape.idempotent,
            "reads": list(shape.reads),
            **({"foreign": True} if shape.foreign else {}),
        }
        for shape in shapes
    ]


def from_json(items: Json) -> tuple[Shape, ...]:
    return tuple(_from_item(item) for item in items if isinstance(item, dict)) if isinstance(items, list) else ()


def _from_item(item: dict[str, Json]) -> Shape:
    needs, reads = item.get("needs"), item.get("reads")
    return Shape(
        name=str(item["name"]),
        kind=str(item["kind"]),
        needs=tuple(str(need) for need in needs) if isinstance(needs, list) else (),
        fan_out=bool(item.get("fan_out")),
        raw=bool(item.get("raw")),
        inner=from_json(item.get("inner")),
        run_if=RunIf(str(item.get("run_if", "all_success"))),
        conditional=bool(item.get("conditional")),
        idempotent=bool(item.get("idempotent", True)),
        reads=tuple(str(name) for name in reads) if isinstance(reads, list) else (),
        foreign=bool(item.get("foreign")),
    )
