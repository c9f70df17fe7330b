"""Where the code of an operation lies, and its digest: what tells whether it was changed since a session ran."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from bunsui.model.pipeline import CommandTask, EcsTask, LambdaTask, Operation, Pipeline, PipelineTask, PythonTask
from bunsui.services.wiring import Files

NO_FILES = hashlib.sha256().hexdigest()  # of folders that are not on this machine: what it runs was not changed here
Known = Mapping[tuple[str, ...], str]


def code_digests(pipeline: Pipeline, files: Files, known: Known | None = None) -> tuple[str, ...]:
    """Of every operation in order, those of nested pipelines behind their own. `known` was just looked at."""
    digest = digester(files, known)
    return tuple(digest(owner, operation) for owner, operation in _all(pipeline))


def _all(pipeline: Pipeline) -> Iterator[tuple[Pipeline, Operation]]:
    for operation in pipeline.operations.values():
        yield pipeline, operation
        if isinstance(operation.task, PipelineTask) and operation.task.child is not None:
            yield from _all(operation.task.child)


def digester(files: Files, given: Known | None = None) -> Callable[[Pipeline, Operation], str]:
    """Each place is read once, however many operations share it."""
    known = dict(given or {})

    def digest(pipeline: Pipeline, operation: Operation) -> str:
        places = _places(pipeline, operation, files)
        if places not in known:
            known[places] = files.digest(places)
        return known[places]

    return digest


def _places(pipeline: Pipeline, operation: Operation, files: Files) -> tuple[str, ...]:
    """Its folder of code; without one the module beside the pipeline, or the files that its command names."""
    match operation.task:
        case PythonTask(code=str(code)) | LambdaTask(code=str(code)):
            return (str(Path(pipeline.folder, code)),)
        case PythonTask(call=handler) | LambdaTask(handler=str(handler)):
            top = handler.partition(":")[0].partition(".")[0]
            return (os.path.join(pipeline.folder, f"{top}.py"), os.path.join(pipeline.folder, top))
        case CommandTask(run=words) | EcsTask(command=words):
            paths = [str(Path(pipeline.folder, word)) for word in words if word and not word.startswith(("-", "{%"))]
            return tuple(path for path in paths if files.exists(path))
        case _:
            return ()
