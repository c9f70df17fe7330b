"""The input of a nested pipeline's execution: its parameters, and what it should know of an earlier run.

A child is a machine of its own; its operations are known outside as ``parent.child``.
"""

from __future__ import annotations

from bunsui.compiler.context import ATTEMPT, BLOCK, generation
from bunsui.compiler.front import INPUT, Scope, braced, field
from bunsui.model.json import Json
from bunsui.model.pipeline import Operation, Pipeline


def child_input(operation: Operation, child: Pipeline, scope: Scope) -> Json:
    item = operation.for_each is not None
    path = f"{INPUT}.path&'{operation.name}.'" + ("&$states.input.index&'.'" if item else "")
    defaults = {name: one.default for name, one in child.params.items() if not one.required}
    return {
        "session": braced(f"{INPUT}.session"),
        "params": scope.template({**defaults, **operation.arguments}),
        "path": braced(path),
        "attempt": braced(f"({BLOCK}$replace({ATTEMPT},'.','-'))"),
        "generations": braced(_generations(operation, child)),
        **{key: braced(_known(operation, key)) for key in ("resume", "partial", "children")},
    }


def _known(operation: Operation, key: str) -> str:
    """What an earlier run of this child left. Items of a fan-out are known by their index."""
    child = f"{INPUT}.children.{field(operation.name)}"
    if operation.for_each is not None:
        child = f"$lookup({child},$string($states.input.index))"
    return f"($c:={child};$exists($c.{key})?$c.{key}:{{}})"


def _generations(operation: Operation, child: Pipeline) -> str:
    """Rerunning the parent's operation raises every one of the child: else their idempotency keys would repeat."""
    names = ",".join(f"'{name}'" for name in child.operations)
    own = f"$c:=$x.children.{field(operation.name)}.generations;$c:=$exists($c)?$c:{{}};"
    raised = f"$merge([{names}].{{$:$g+($exists($lookup($c,$))?$lookup($c,$):0)}})"
    return f"({BLOCK}{generation(operation.name)}{own}$g=0?$c:{raised})"
