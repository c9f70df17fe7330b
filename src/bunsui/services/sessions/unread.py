"""Which outputs of a checkpoint the next execution is not handed, since nothing in it reads them any more.

What an operation reads is the compiler's knowledge; what a checkpoint is, that of `analysis.checkpoint`.
"""

from __future__ import annotations

from dataclasses import replace

from bunsui.analysis.checkpoint import Checkpoint, operation_of
from bunsui.model.pipeline import Operation, Pipeline, PipelineTask


def with_unread(known: Checkpoint, pipeline: Pipeline) -> Checkpoint:
    """It, with those named, nested pipelines too. All outputs stay in it: a later rerun may want them."""
    from bunsui.compiler import still_read

    read = still_read(pipeline, frozenset(known.resume))
    return replace(
        known,
        unread=tuple(name for name in known.resume if name not in read),
        children={
            key: _of_child(child, pipeline.operations.get(operation_of(key))) for key, child in known.children.items()
        },
    )


def _of_child(known: Checkpoint, operation: Operation | None) -> Checkpoint:
    if operation is None or not isinstance(operation.task, PipelineTask) or operation.task.child is None:
        return known
    return with_unread(known, operation.task.child)
