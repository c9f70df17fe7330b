"""Pipelines that came from S3: what of them would run on this machine, and the word of a person that it may.

Such a word is for one content, by its hash, and kept among the home's records. Reading such files is an adapter's.
"""

from __future__ import annotations

import hashlib
import shlex
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace

from bunsui.errors import Conflict, InvalidInput, Untrusted
from bunsui.model.address import is_remote
from bunsui.model.json import Json
from bunsui.model.pipeline import (
    CommandTask,
    EcsTask,
    LambdaTask,
    Operation,
    Pipeline,
    PipelineTask,
    PythonTask,
    Task,
)
from bunsui.model.problem import Problem
from bunsui.model.secret import Secret
from bunsui.ports import Record, Table

_PARTITION = "trust"


@dataclass(frozen=True, slots=True)
class Trust:
    """Which contents somebody looked at and allowed to run here."""

    table: Table

    def given(self, sha256: str) -> bool:
        return self.table.get(_PARTITION, sha256) is not None

    def give(self, sha256: str, body: Mapping[str, Json]) -> None:
        """Once; whoever comes second finds it given."""
        with suppress(Conflict):
            self.table.put(Record(_PARTITION, sha256, body))


def landed(pipeline: Pipeline, folder: str) -> Pipeline:
    """To be run on this machine: what came from S3 works in this folder. Raises InvalidInput for code that is not here.

    A pipeline of this machine stays as it is.
    """
    absent = tuple(_absent(pipeline))
    if absent:
        hint = "Copy the file and its code to this machine, and run it from there"
        raise InvalidInput(f"the code of {pipeline.source} is not on this machine", hint, absent)
    return _landed(pipeline, folder)


def _landed(pipeline: Pipeline, folder: str) -> Pipeline:
    operations = {name: _with_landed(operation, folder) for name, operation in pipeline.operations.items()}
    return replace(pipeline, operations=operations, folder=folder if is_remote(pipeline.folder) else pipeline.folder)


def _with_landed(operation: Operation, folder: str) -> Operation:
    task = operation.task
    if not isinstance(task, PipelineTask) or task.child is None:
        return operation
    return replace(operation, task=replace(task, child=_landed(task.child, folder)))


def _absent(pipeline: Pipeline) -> Iterator[Problem]:
    for _, owner, operation in _all(pipeline):
        code = getattr(operation.task, "code", None)
        if is_remote(owner.folder) and code and not code.startswith("/"):
            message = (
                f"operation '{operation.name}': its code '{code}' would lie at {owner.folder}, which is no folder."
            )
            yield Problem(operation.place, message, "Code is not read from S3: name a folder of this machine.")


def checked(pipeline: Pipeline, trust: Trust, source: str) -> None:
    """Raises Untrusted when what came from S3 would run something here that nobody allowed yet."""
    deeds, sha256 = tuple(_deeds(pipeline)), content(pipeline)
    if deeds and not trust.given(sha256):
        raise Untrusted(source, deeds, sha256)


def is_from_afar(pipeline: Pipeline) -> bool:
    """Whether it, or one that is nested in it, came from S3."""
    return any(is_remote(one.folder) for _, one in _pipelines(pipeline))


def content(pipeline: Pipeline) -> str:
    """The hash of all that came from S3: of a single file its own SHA-256."""
    hashes = sorted({owner.sha256 for _, owner in _pipelines(pipeline) if is_remote(owner.folder)})
    return hashes[0] if len(hashes) == 1 else hashlib.sha256("\n".join(hashes).encode()).hexdigest()


def _deeds(pipeline: Pipeline) -> Iterator[str]:
    """What would be run here, a line each, with the secrets that it would be handed."""
    for path, owner, operation in _all(pipeline):
        if not is_remote(owner.folder):
            continue
        if what := _run(operation.task):
            secrets = [f"{name} from {value.ref}" for name, value in operation.env.items() if isinstance(value, Secret)]
            yield f"{path}: {operation.kind} {what}" + (f", with {', '.join(secrets)}" if secrets else "")


def _run(task: Task) -> str:
    """Empty for what does not run here."""
    match task:
        case LambdaTask(handler=str(handler), code=code) | PythonTask(call=handler, code=code):
            return f"{handler} in {code}" if code else f"{handler} (in the current folder, or installed)"
        case CommandTask(run=words) | EcsTask(command=words):
            return shlex.join(words)
        case _:
            return ""


def _all(pipeline: Pipeline) -> Iterator[tuple[str, Pipeline, Operation]]:
    for path, owner in _pipelines(pipeline):
        for operation in owner.operations.values():
            yield f"{path}{operation.name}", owner, operation


def _pipelines(pipeline: Pipeline, path: str = "") -> Iterator[tuple[str, Pipeline]]:
    """It and all that are nested in it, with the path that the names of their operations begin with."""
    yield path, pipeline
    for operation in pipeline.operations.values():
        if isinstance(operation.task, PipelineTask) and operation.task.child is not None:
            yield from _pipelines(operation.task.child, f"{path}{operation.name}.")
